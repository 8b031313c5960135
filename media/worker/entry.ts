// A media worker: the engine on real sockets, clock and files, driven by messages.
import { parentPort, workerData } from "node:worker_threads";
import { openCatalog } from "../codec/open-catalog.js";
import { MediaEngine } from "../engine/media-engine.js";
import { DescriptorLedger } from "../net/libc/descriptor-ledger.js";
import { openMediaNet } from "../net/open-media-net.js";
import { FileRecordingStore } from "../recorder/file-recording-store.js";
import type { FromWorker, MediaWorkerOptions, ToWorker } from "./message.js";
import { channelsOf } from "./parcel-channels.js";
import { SystemClock } from "./system-clock.js";
import { SystemRandom } from "./system-random.js";
import { createSystemSha256 } from "./system-sha256.js";

const port = parentPort;
if (port === null) throw new Error("media/worker/entry runs in a worker thread only");
const { recordingsDir, net: choice, ledger, ...options } = workerData as MediaWorkerOptions;
const tell = (message: FromWorker): void => port.postMessage(message);

// Messages wait until somebody listens.
const { net, way, unavailable } = await openMediaNet(choice, new DescriptorLedger(ledger));
const { codecs } = await openCatalog();
tell({ type: "started", net: way, ...(unavailable === undefined ? {} : { unavailable }) });
const engine = new MediaEngine({
  ...options,
  clock: new SystemClock(),
  random: new SystemRandom(),
  net,
  codecs,
  recordings: new FileRecordingStore(recordingsDir),
  createSha256: createSystemSha256,
  onFault: (error) => tell({ type: "fault", message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
});
engine.onEvent((event) => tell({ type: "event", event }));
engine.onMove((event) => port.postMessage({ type: "event", event } satisfies FromWorker, event.type === "leg.released" ? channelsOf(event.parcel) : []));

port.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "command":
      return engine.send(message.command);
    case "snapshot":
      return tell({ type: "snapshot", request: message.request, snapshot: engine.snapshot() });
    case "ping":
      return tell({ type: "pong" });
    case "close":
      // Without a listener and without sockets nothing keeps the thread alive.
      return void engine.close().then(() => port.close());
    default:
      return message satisfies never;
  }
});
