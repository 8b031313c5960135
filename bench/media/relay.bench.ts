// What the engine costs per relayed packet, its sockets left out: 50 calls of two legs, each leg's packet every 20 ms and
// one beat. Time is simulated; the sound is the same bytes again and again, the numbers in the headers go on.
import type { BridgeId, LegId, RecordingId } from "../../media/engine/command.js";
import { MediaEngine } from "../../media/engine/media-engine.js";
import type { TrackWriter } from "../../media/recorder/recording-store.js";
import type { MediaReceiver } from "../../media/net/media-net.js";
import { createSystemSha256 } from "../../media/worker/system-sha256.js";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { writeRtp } from "../../protocol/rtp/packet.js";
import { consume, measureNs, type BenchRow } from "../measure.js";

const CALLS = 50;
const FAR = { address: "10.0.0.2", port: 4000 };

interface Variant {
  readonly name: string;
  readonly recorded: boolean;
  /** The second leg of each call speaks µ-law. */
  readonly transcoded: boolean;
}

/** Returns the step of 20 ms: a packet from each leg, and what it sent in turn. */
async function prepare(variant: Variant): Promise<() => number> {
  const clock = new SimClock();
  const receivers: MediaReceiver[] = [];
  const writer: TrackWriter = { append: (bytes, written) => (consume(bytes[0]!), written()), close: () => Promise.resolve(), handOver: () => ({ written: 0, owed: new Uint8Array(0) }) };
  let sent = 0;
  const engine = new MediaEngine({
    clock,
    random: new SimRandom(1),
    createSha256: createSystemSha256,
    recordings: { create: () => writer, goOn: () => writer, read: () => Promise.resolve(undefined) },
    address: "10.0.0.1",
    portMin: 20_000,
    portMax: 29_999,
    net: {
      bind: (local, receive) => {
        if (local.port % 2 === 0) receivers.push(receive);
        return Promise.resolve({ local, close: () => {}, send: (bytes, length) => void (sent += length + bytes[2]!), handOver: () => ({ way: "memory", local }) });
      },
      adopt: () => {
        throw new Error("nothing is handed over here");
      },
    },
  });
  const payloadTypes: number[] = [];
  for (let i = 0; i < 2 * CALLS; i++) {
    const leg = `leg-${i}` as LegId;
    const codec = variant.transcoded && i % 2 === 1 ? "PCMU" : "PCMA";
    payloadTypes.push(codec === "PCMU" ? 0 : 8);
    engine.send({ type: "leg.open", leg });
    await clock.runMs(0);
    engine.send({ type: "leg.media", leg, settings: { remote: FAR, expectAddress: FAR.address, codec, payloadType: payloadTypes[i]!, dtmfPayloadType: 101, direction: "sendrecv", ptimeMs: 20 } });
    if (variant.recorded) engine.send({ type: "record.start", leg, recording: `recording-${i}` as RecordingId });
    if (i % 2 === 1) engine.send({ type: "bridge", bridge: `bridge-${i}` as BridgeId, legs: [`leg-${i - 1}` as LegId, leg] });
  }
  const packet = new Uint8Array(172);
  let seq = 0;
  return () => {
    clock.advanceMs(20);
    seq += 1;
    for (let i = 0; i < receivers.length; i++) {
      writeRtp(packet, 0, { marker: false, payloadType: payloadTypes[i]!, seq: seq & 0xffff, rtpTime: (seq * 160) >>> 0, ssrc: i + 1 });
      receivers[i]!(packet, packet.length, FAR);
    }
    return sent;
  };
}

export async function run(): Promise<BenchRow[]> {
  const variants: readonly Variant[] = [
    { name: "relayed", recorded: false, transcoded: false },
    { name: "relayed, both sides recorded", recorded: true, transcoded: false },
    { name: "A-law to µ-law, through the jitter buffer", recorded: false, transcoded: true },
    { name: "A-law to µ-law, both sides recorded", recorded: true, transcoded: true },
  ];
  const contenders = [];
  for (const variant of variants) contenders.push({ name: variant.name, once: await prepare(variant) });
  return measureNs(contenders).map((ns, i) => ({ name: variants[i]!.name, ours: ns / (2 * CALLS) / 1000, unit: "µs CPU a packet" }));
}
