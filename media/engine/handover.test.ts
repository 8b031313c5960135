import t, { type Test } from "tap";
import { seqDiff16, tsDiff32 } from "../../protocol/base/sequence.js";
import { lawOf } from "../codec/g711.js";
import { DtmfDetector } from "../dsp/dtmf/dtmf-detector.js";
import { strongestTone } from "../dsp/goertzel.js";
import { Tone } from "../dsp/tone.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import type { BridgeId, PlayId, RecordingId } from "./command.js";
import { leg, SimMedia } from "./testing/sim-media.js";
import type { SimPhone } from "./testing/sim-phone.js";

const bridge = "b1" as BridgeId;
const play = "p1" as PlayId;

/** Two engines whose beats fall apart. */
async function pair(laterMs: number): Promise<readonly [SimMedia, SimMedia]> {
  const first = new SimMedia({ createSha256: createSystemSha256 });
  await first.clock.runMs(laterMs);
  return [first, new SimMedia({ createSha256: createSystemSha256, beside: first, seed: 2, portMin: 21_000, portMax: 21_019 })];
}

/** What a phone hears is one stream: one SSRC, no number left out, no time told twice or lost. */
function checkStream(t: Test, phone: SimPhone, fromMs = 0): void {
  const heard = phone.heard.filter((packet) => packet.atMs >= fromMs);
  t.equal(new Set(heard.map((packet) => packet.ssrc)).size, 1, "one SSRC");
  const broken = heard.findIndex((packet, i) => i > 0 && (seqDiff16(packet.seq, heard[i - 1]!.seq) !== 1 || tsDiff32(packet.rtpTime, heard[i - 1]!.rtpTime) < heard[i - 1]!.payload.length));
  t.equal(broken, -1, `${heard.length} packets in sequence`);
}

/** The largest step between two samples, beside that of a sine of `frequencyHz` at -10 dBm0: a click is a step. */
const clicks = (sound: Int16Array, frequencyHz: number): number => {
  const peak = 10 ** ((-10 - 3.14) / 20) * 32_768;
  const steepest = peak * 2 * Math.sin((Math.PI * frequencyHz) / 8000);
  return sound.reduce((count, sample, i) => count + (i > 0 && Math.abs(sample - sound[i - 1]!) > 1.3 * steepest ? 1 : 0), 0);
};

async function decoded(media: SimMedia, recording: string): Promise<Int16Array> {
  const { codec, bytes } = (await media.recordings.read(recording as RecordingId))!;
  return Int16Array.from(bytes, (byte) => lawOf(codec).decode[byte]!);
}

for (const laterMs of [3, 11, 2017.4])
  for (const latencyMs of [0, 5, 30])
    t.test(`a leg that talks goes to an engine that began ${laterMs} ms later, on its way for ${latencyMs} ms: recorded, played to, keyed, bridged`, async (t) => {
      const [a, b] = await pair(laterMs);
      const caller = await a.call("a", "10.0.0.2");
      const agent = await b.call("b", "10.0.0.3");
      caller.phone.sing(440);
      agent.phone.sing(1000);
      a.engine.send({ type: "record.start", leg: leg("a"), recording: "r1" as RecordingId });
      a.engine.send({ type: "play", leg: leg("a"), play, items: [{ kind: "tone", frequenciesHz: [600], levelDbm0: -10, durationMs: 1500 }], bargeIn: false, repeat: false });
      await a.clock.runMs(1000);
      // Down while the leg is on its way.
      caller.phone.press("7");
      await a.clock.runMs(50);
      const atMs = a.clock.monoMs();
      await a.move("a", b, { latencyMs, recording: "r2" as RecordingId });
      b.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
      await a.clock.runMs(1500);

      t.same([a, b].flatMap((media) => media.eventsOf("dtmf").map((event) => event.digit)), ["7"], "the key counts once");
      t.same(b.eventsOf("play.ended").map((event) => event.outcome), ["finished"], "what was played went on to its end");
      t.same(b.eventsOf("media.started").filter((event) => event.leg === "a"), [], "the far side's address was known already");
      checkStream(t, caller.phone);
      const tone = caller.phone.sound(atMs - 800).subarray(0, 8000);
      t.same([strongestTone(tone, 8000).frequencyHz.toFixed(0), clicks(tone, 600)], ["600", 0], "the tone has no click");
      for (const [heard, frequencyHz] of [[caller.phone.sound(atMs + 700), 1000], [agent.phone.sound(atMs + 200), 440]] as const) t.ok(Math.abs(strongestTone(heard, 8000).frequencyHz - frequencyHz) <= 1, `${frequencyHz} Hz through the bridge`);

      b.engine.send({ type: "leg.close", leg: leg("a") });
      await b.clock.runMs(10);
      const [first, second] = [await decoded(a, "r1"), await decoded(a, "r2")];
      const released = a.moves[0]!;
      t.same(released.type === "leg.released" && released.parcel.state!.recorded, { recording: "r1", durationMs: first.length / 8 });
      t.same([...a.eventsOf("record.closed"), ...b.eventsOf("record.closed")].map(({ recording, durationMs }) => [recording, durationMs]), [["r1", first.length / 8], ["r2", second.length / 8]]);
      // A key's packets are silence in the sound; around the seam there is none.
      const seam = Int16Array.from([...first.subarray(first.length - 320), ...second.subarray(0, 4000)]);
      t.equal(clicks(seam.subarray(0, 480), 440), 0, "the second track begins where the first ends");
      t.ok(Math.abs(first.length + second.length - 8 * (b.clock.monoMs() - laterMs)) <= 8 * 50, "and both together are as long as the call");
      const { counters } = b.eventsOf("leg.closed")[0]!;
      t.same([counters.lost, counters.late, counters.duplicate, counters.foreign], [0, 0, 0, 0], `${counters.received} packets, none lost on the way`);
      t.ok(caller.phone.sent - counters.received <= 1, "but the one that was on the network at the end");
      t.same([...a.faults, ...b.faults], []);
      a.engine.send({ type: "port.free", port: caller.at.port });
      t.match([a.engine.snapshot(), b.engine.snapshot()], [{ legs: 0, ports: { used: 0, draining: 1 } }, { legs: 1, ports: { used: 1, draining: 0 } }]);
      await Promise.all([a.engine.close(), b.engine.close()]);
    });

t.test("a leg that leaves before its engine's first beat, which had none for long, brings no time of before", async (t) => {
  const [a, b] = await pair(11);
  await a.clock.runMs(5000);
  const { phone } = await a.call("a", "10.0.0.2");
  a.engine.send({ type: "record.start", leg: leg("a"), recording: "r1" as RecordingId });
  await a.clock.runMs(5);
  await a.move("a", b, { recording: "r2" as RecordingId });
  phone.sing(440);
  await b.clock.runMs(1000);
  b.engine.send({ type: "record.stop", leg: leg("a"), recording: "r2" as RecordingId });
  await b.clock.runMs(10);
  const [durationMs] = b.eventsOf("record.closed").map((event) => event.durationMs);
  t.ok(Math.abs(durationMs! - 1000) <= 40, `${durationMs} ms recorded in 1000 ms`);
  await Promise.all([a.engine.close(), b.engine.close()]);
});

t.test("keys as tones: one that is held down on the way counts once, and those that we send are all sent", async (t) => {
  for (const latencyMs of [0, 30]) {
    const [a, b] = await pair(7);
    const [phone, at] = [await a.phone("10.0.0.2"), await a.open("a")];
    const { dtmfPayloadType: _, ...settings } = a.settings(phone);
    a.engine.send({ type: "leg.media", leg: leg("a"), settings });
    phone.tone = new Tone({ frequenciesHz: [770, 1336], levelDbm0: -10, rateHz: 8000 });
    phone.talk(at);
    a.engine.send({ type: "dtmf.send", leg: leg("a"), digits: "12#", durationMs: 100 });
    await a.clock.runMs(250);
    t.same(a.eventsOf("dtmf").map((event) => event.digit), ["5"]);
    await a.move("a", b, { latencyMs });
    await b.clock.runMs(500);
    phone.tone = undefined;
    await b.clock.runMs(200);
    phone.tone = new Tone({ frequenciesHz: [770, 1336], levelDbm0: -10, rateHz: 8000 });
    await b.clock.runMs(300);
    t.same(b.eventsOf("dtmf").map((event) => event.digit), ["5"], "pressed again it counts again");
    const detector = new DtmfDetector();
    const heard: (string | undefined)[] = [];
    const sound = phone.sound();
    for (let at = 0; at + 160 <= sound.length; at += 160) heard.push(detector.push(sound.subarray(at, at + 160)));
    t.same(heard.filter((key) => key !== undefined), ["1", "2", "#"]);
    await Promise.all([a.engine.close(), b.engine.close()]);
  }
});
