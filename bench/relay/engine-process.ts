// The shipped engine alone in a process, so that the process's CPU time is what its legs cost: source check, header
// rewrite, counters, beat and all. Legs are opened by command, as call control does. Ends with standard input.
import { MediaEngine } from "../../media/engine/media-engine.js";
import type { BridgeId, LegId, MediaEvent, RecordingId } from "../../media/engine/command.js";
import { openMediaNet, type MediaNetChoice } from "../../media/net/open-media-net.js";
import { FileRecordingStore } from "../../media/recorder/file-recording-store.js";
import { SystemClock } from "../../media/worker/system-clock.js";
import { SystemRandom } from "../../media/worker/system-random.js";
import { createSystemSha256 } from "../../media/worker/system-sha256.js";

const [choice, base, peer, legs, recordings] = process.argv.slice(2) as [MediaNetChoice, string, string, string, string?];
const LEGS = Number(legs);
const LOOPBACK = "127.0.0.1";

const { net, way } = await openMediaNet(choice);
const engine = new MediaEngine({
  clock: new SystemClock(),
  random: new SystemRandom(),
  net,
  recordings: new FileRecordingStore(recordings ?? "/nonexistent"),
  createSha256: createSystemSha256,
  address: LOOPBACK,
  portMin: Number(base),
  portMax: Number(base) + 2 * LEGS - 1,
});
const opened = new Promise<void>((resolve) => {
  let count = 0;
  engine.onEvent((event: MediaEvent) => {
    if (event.type === "leg.failed") throw new Error(`no port for ${event.leg}`);
    if (event.type !== "leg.opened") return;
    // The load sends to BASE + 2i from PEER + i: ports are given in their order.
    const i = (event.port - Number(base)) / 2;
    engine.send({ type: "leg.media", leg: event.leg, settings: { remote: { address: LOOPBACK, port: Number(peer) + i }, expectAddress: LOOPBACK, codec: "PCMA", payloadType: 8, direction: "sendrecv", ptimeMs: 20 } });
    byPort.set(i, event.leg);
    if (++count === LEGS) resolve();
  });
});
const byPort = new Map<number, LegId>();
for (let i = 0; i < LEGS; i++) engine.send({ type: "leg.open", leg: `leg-${i}` as LegId });
await opened;
for (let i = 0; i < LEGS; i += 2) {
  const pair = [byPort.get(i)!, byPort.get(i + 1)!] as const;
  if (recordings !== undefined) for (const leg of pair) engine.send({ type: "record.start", leg, recording: `bench-${leg}` as RecordingId });
  engine.send({ type: "bridge", bridge: `bridge-${i}` as BridgeId, legs: pair });
}
const before = engine.snapshot().packets;
const start = process.cpuUsage();
console.log(`ready ${way}`);
process.stdin.resume();
process.stdin.once("end", () => {
  const used = process.cpuUsage(start);
  const { packets } = engine.snapshot();
  console.log(`${packets.sent - before.sent} ${used.user + used.system}`);
  process.exit(0);
});
