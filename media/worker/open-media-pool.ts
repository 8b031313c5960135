// The pool of production: engines in threads, on this machine's sockets, clock and files.
import type { Clock } from "../../protocol/base/clock.js";
import { loadLibc } from "../net/libc/libc.js";
import { discardSocket } from "../net/libc/salvage.js";
import { MediaPool, type MediaPoolOptions } from "./media-pool.js";
import type { MediaWorkerOptions } from "./message.js";
import { portShare, workersFor } from "./port-share.js";
import { ThreadHost, type ThreadHostOptions } from "./thread-host.js";

export interface OpenMediaPoolOptions extends Omit<MediaWorkerOptions, "ledger">, Pick<ThreadHostOptions, "entry">, Pick<MediaPoolOptions, "placement" | "onStarted" | "onFault"> {
  readonly clock: Clock;
  /** Fewer where the ports don't suffice. */
  readonly workers: number;
}

/** Threads begin to start; legs that are opened meanwhile wait for them. */
export async function openMediaPool(options: OpenMediaPoolOptions): Promise<MediaPool> {
  const { clock, placement, onStarted, onFault, workers: wanted, ...worker } = options;
  const loaded = worker.net === "dgram" ? undefined : await loadLibc();
  const libc = loaded !== undefined && "libc" in loaded ? loaded.libc : undefined;
  const workers = workersFor(worker, wanted);
  // Every leg of all may meet on one.
  const socketsMax = worker.portMax - worker.portMin + 1;
  return new MediaPool({
    clock,
    workers,
    ports: worker,
    start: (index, listener) => new ThreadHost({ ...worker, ...portShare(worker, index, workers), libc, socketsMax }, listener),
    discard: (socket) => discardSocket(libc, socket),
    ...(placement === undefined ? {} : { placement }),
    ...(onStarted === undefined ? {} : { onStarted }),
    ...(onFault === undefined ? {} : { onFault }),
  });
}
