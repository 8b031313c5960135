// The media plane of production: a worker thread on real sockets, recordings as files.
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Config } from "../../core/config/schema.js";
import type { PluginLog } from "../../core/sdk/index.js";
import type { MediaPort } from "../../media/engine/command.js";
import { loadLibc } from "../../media/net/libc/libc.js";
import { FileRecordingStore } from "../../media/recorder/file-recording-store.js";
import type { RecordingStore } from "../../media/recorder/recording-store.js";
import { WorkerMediaPort } from "../../media/worker/worker-media-port.js";
import type { Clock } from "../../protocol/base/clock.js";
import { ServerError } from "./error.js";

export interface Media {
  readonly port: MediaPort;
  readonly recordings: RecordingStore;
  /** Resolves when the thread has ended. Idempotent. */
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
  const port = new WorkerMediaPort({
    address,
    portMin,
    portMax,
    jitterMs,
    net: config.media.net,
    recordingsDir: recordingsFolder,
    clock,
    onStarted: (net, unavailable) => log.info({ net, ...(unavailable === undefined ? {} : { unavailable }) }, "the media worker has its sockets"),
    onFault: (message) => log.error({ fault: message }, "the media worker reports a fault"),
  });
  return { port, recordings: new FileRecordingStore(recordingsFolder), close: () => port.close() };
}

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
