import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { tsAdd32 } from "../../protocol/base/sequence.js";
import { writeRtp } from "../../protocol/rtp/packet.js";
import type { MediaReceiver } from "../net/media-net.js";
import { MemoryRecordingStore } from "../recorder/memory-recording-store.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import type { BridgeId, MediaEvent, MediaSettings, RecordingId } from "./command.js";
import { MediaEngine } from "./media-engine.js";
import { leg } from "./testing/sim-media.js";

const FAR = { address: "10.0.0.2", port: 4000 };
const SETTINGS: MediaSettings = { remote: FAR, expectAddress: FAR.address, codec: "PCMA", payloadType: 8, dtmfPayloadType: 101, direction: "sendrecv", ptimeMs: 20 };

/** Legs whose packets come by hand: `a` is bridged with `b` and rests between its packets, `alone` meets every beat. */
async function rig() {
  const clock = new SimClock();
  const receivers: MediaReceiver[] = [];
  const recordings = new MemoryRecordingStore();
  const engine = new MediaEngine({
    clock,
    random: new SimRandom(1),
    createSha256: createSystemSha256,
    recordings,
    address: "10.0.0.1",
    portMin: 20_000,
    portMax: 20_019,
    net: {
      bind: (local, receive) => {
        if (local.port % 2 === 0) receivers.push(receive);
        return Promise.resolve({ local, close: () => {}, send: () => {}, handOver: () => ({ way: "memory", local }) });
      },
      adopt: () => {
        throw new Error("nothing is handed over here");
      },
    },
  });
  const closed: Extract<MediaEvent, { type: "record.closed" | "leg.closed" }>[] = [];
  engine.onEvent((event) => void ((event.type === "record.closed" || event.type === "leg.closed") && closed.push(event)));
  for (const name of ["a", "b", "alone"]) {
    engine.send({ type: "leg.open", leg: leg(name) });
    await clock.runMs(0);
    engine.send({ type: "leg.media", leg: leg(name), settings: SETTINGS });
  }
  engine.send({ type: "bridge", bridge: "b1" as BridgeId, legs: [leg("a"), leg("b")] });
  return { clock, engine, recordings, closed, receivers };
}

t.test("what a resting leg writes ahead is what it would have held back and written beat by beat: the same bytes, the same counters", async (t) => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new SimRandom(seed);
    const { clock, engine, recordings, closed, receivers } = await rig();
    const both = (command: (name: string) => Parameters<typeof engine.send>[0]): void => ["a", "alone"].forEach((name) => engine.send(command(name)));
    const firstSeq = seed * 777;
    let [firstTime, ssrc] = [seed * 99_999_999, seed];
    const sent = new Set<number>();
    await clock.runMs(random.next() * 40);
    both((name) => ({ type: "record.start", leg: leg(name), recording: `recording-${name}` as RecordingId }));
    for (let frame = 0; frame < 300; frame++) {
      const count = random.next() < 0.1 ? Math.floor(random.next() * 4) : 1;
      for (let i = 0; i < count; i++) {
        // Late, early, lost, twice, and now and then another beginning.
        if (random.next() < 0.005) [firstTime, ssrc] = [firstTime + 160 * Math.floor(random.next() * 200), ssrc + Math.floor(random.next() * 2)];
        const place = frame + (random.next() < 0.3 ? Math.floor(random.next() * 9 - 6) : 0);
        const rtpTime = tsAdd32(firstTime, 160 * place);
        if (sent.has(rtpTime)) continue;
        sent.add(rtpTime);
        const packet = new Uint8Array(172);
        writeRtp(packet, 0, { marker: false, payloadType: 8, seq: (firstSeq + place) & 0xffff, rtpTime, ssrc });
        for (let at = 12; at < 172; at++) packet[at] = Math.floor(random.next() * 200);
        for (const receive of receivers) receive(packet.slice(), 172, FAR);
      }
      if (random.next() < 0.01) both((name) => ({ type: "record.mask", leg: leg(name), on: true }));
      if (random.next() < 0.02) both((name) => ({ type: "record.mask", leg: leg(name), on: false }));
      await clock.runMs(random.next() < 0.02 ? 20 * Math.floor(random.next() * 8) : 20);
    }
    both((name) => ({ type: "record.stop", leg: leg(name), recording: `recording-${name}` as RecordingId }));
    both((name) => ({ type: "leg.close", leg: leg(name) }));
    await clock.runMs(100);
    const [written, beats] = await Promise.all(["a", "alone"].map(async (name) => Buffer.from((await recordings.read(`recording-${name}` as RecordingId))!.bytes)));
    t.ok(written!.length > 40_000 && beats!.equals(written!), `seed ${seed}: ${written!.length} bytes`);
    const of = (name: string) => closed.filter((event) => event.leg === name).map((event) => (event.type === "leg.closed" ? { ...event.counters, sent: 0 } : [event.durationMs, event.sha256]));
    t.same(of("a"), of("alone"), `seed ${seed}`);
  }
});
