// The media plane of production: worker threads on real sockets, recordings as files.
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { availableParallelism } from "node:os";
import type { Config } from "../../core/config/schema.js";
import type { LabelledSource, MetricSource } from "../../core/observe/metrics.js";
import type { PluginLog } from "../../core/sdk/index.js";
import { OWN_CODECS } from "../../media/codec/catalog.js";
import { openCatalog } from "../../media/codec/open-catalog.js";
import { loadLibc } from "../../media/net/libc/libc.js";
import { FileRecordingStore } from "../../media/recorder/file-recording-store.js";
import type { RecordingStore } from "../../media/recorder/recording-store.js";
import type { MediaPool } from "../../media/worker/media-pool.js";
import { openMediaPool } from "../../media/worker/open-media-pool.js";
import type { AudioCodecName } from "../../protocol/sdp/audio-format.js";
import type { Clock } from "../../protocol/base/clock.js";
import { ServerError } from "./error.js";

export interface Media {
  readonly port: MediaPool;
  readonly recordings: RecordingStore;
  readonly codecs: readonly AudioCodecName[];
  /** Resolves when the threads have ended. Idempotent. */
  close(): Promise<void>;
}

export interface MediaOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly recordingsFolder: string;
  readonly log: PluginLog;
}

/** @throws ServerError "SERVER_ADDRESS" where rtp.address is none of this machine's, "SERVER_MEDIA_NET" where the sockets asked for can't be had */
export async function openMedia({ config, clock, recordingsFolder, log }: MediaOptions): Promise<Media> {
  const { address, portMin, portMax, jitterMs } = config.rtp;
  await tryAddress(address);
  if (config.media.net === "libc") await needLibc();
  const port = await openMediaPool({
    address,
    portMin,
    portMax,
    jitterMs,
    net: config.media.net,
    // The first core is the main thread's.
    workers: config.media.workers ?? Math.max(1, availableParallelism() - 1),
    placement: config.media.placement,
    recordingsDir: recordingsFolder,
    clock,
    onStarted: (worker, net, unavailable) => log.info({ worker, net, ...(unavailable === undefined ? {} : { unavailable }) }, "the media worker has its sockets"),
    onFault: (message) => log.error({ fault: message }, "the media worker reports a fault"),
  });
  // The workers load it for themselves; here it is asked for what may be offered.
  const { opusUnavailable } = await openCatalog();
  if (opusUnavailable !== undefined) log.warn({ unavailable: opusUnavailable }, "libopus can't be loaded: Opus is not offered");
  const codecs: readonly AudioCodecName[] = opusUnavailable === undefined ? [...OWN_CODECS, "opus"] : OWN_CODECS;
  return { port, recordings: new FileRecordingStore(recordingsFolder), codecs, close: () => port.close() };
}

export const mediaMetrics = (port: MediaPool): MetricSource => ({
  part: "media",
  gauges: { workers: "Media workers that live." },
  counters: {
    workerRestarts: "Media workers that died and were replaced.",
    workerHangs: "Media workers that were ended because they gave no sign of life.",
    legsMoved: "Legs that went to another worker, to meet somebody there.",
    legsRevived: "Legs that came back on another worker when theirs had died.",
    legsLost: "Legs that could not.",
  },
  read: () => {
    const { workers, restarts, hangs, moved, revived, lost } = port.counters;
    return { workers, workerRestarts: restarts, workerHangs: hangs, legsMoved: moved, legsRevived: revived, legsLost: lost };
  },
});

export const perWorkerMetrics = (port: MediaPool): LabelledSource => ({
  part: "media",
  label: "worker",
  gauges: { legs: "Legs of this media worker.", legsPlaced: "Legs that were ever given to it." },
  read: () => {
    const { legs, placed } = port.counters;
    return legs.map((count, worker) => [String(worker), { legs: count, legsPlaced: placed[worker]! }]);
  },
});

async function needLibc(): Promise<void> {
  const loaded = await loadLibc();
  if ("unavailable" in loaded) throw new ServerError("SERVER_MEDIA_NET", `media.net: libc can't be called (${loaded.unavailable}); accepted: auto, dgram`);
}

/** A leg's port is bound when it is needed; that the address is ours is known now. */
function tryAddress(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    socket.once("error", (error) => {
      socket.close();
      reject(new ServerError("SERVER_ADDRESS", `rtp.address: UDP ${address} can't be bound (${error.message}); accepted: an address of this machine`, { cause: error }));
    });
    socket.bind(0, address, () => socket.close(() => resolve()));
  });
}
