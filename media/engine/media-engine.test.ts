import t, { type Test } from "tap";
import { strongestTone } from "../dsp/goertzel.js";
import { tsDiff32, seqDiff16 } from "../../protocol/base/sequence.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import type { BridgeId, PlayId } from "./command.js";
import { leg, SimMedia } from "./testing/sim-media.js";
import type { SimPhone, SimPhoneOptions } from "./testing/sim-phone.js";

const sim = (options: Partial<ConstructorParameters<typeof SimMedia>[0]> = {}): SimMedia => new SimMedia({ createSha256: createSystemSha256, ...options });
const [bridge, play] = ["b1" as BridgeId, "p1" as PlayId];

/** Every packet follows the one before: sequence by 1, timestamp never back and, where given, by `units`. */
function checkStream(t: Test, phone: SimPhone, units?: number): void {
  const { heard } = phone;
  t.equal(new Set(heard.map((packet) => packet.ssrc)).size, 1, "one SSRC");
  for (let i = 1; i < heard.length; i++) {
    const [before, packet] = [heard[i - 1]!, heard[i]!];
    const step = tsDiff32(packet.rtpTime, before.rtpTime);
    if (seqDiff16(packet.seq, before.seq) !== 1) return void t.fail(`packet ${i}: sequence ${before.seq}, then ${packet.seq}`);
    if (packet.payloadType !== 101 && before.payloadType !== 101 && (step < before.payload.length || (units !== undefined && step !== units))) return void t.fail(`packet ${i}: timestamp moved by ${step}`);
  }
  t.pass(`${heard.length} packets in sequence`);
}

function checkTone(t: Test, sound: Int16Array, frequencyHz: number, levelDbm0: number): void {
  const got = strongestTone(sound, 8000);
  t.ok(Math.abs(got.frequencyHz - frequencyHz) <= 1, `${frequencyHz} Hz: ${got.frequencyHz.toFixed(1)}`);
  t.ok(Math.abs(got.levelDbm0 - levelDbm0) <= 0.5, `${levelDbm0} dBm0: ${got.levelDbm0.toFixed(2)}`);
}

t.test("RFC 3550: two legs hear each other, relayed or transcoded, whatever the packet length", async (t) => {
  for (const [a, b] of [
    [{ codec: "PCMA" }, { codec: "PCMA" }],
    [{ codec: "PCMU" }, { codec: "PCMU", ptimeMs: 20 }],
    [{ codec: "PCMA" }, { codec: "PCMU" }],
    [{ codec: "PCMU", ptimeMs: 30 }, { codec: "PCMA", ptimeMs: 60 }],
    [{ codec: "PCMA", ptimeMs: 10 }, { codec: "PCMA", ptimeMs: 20 }],
    [{ codec: "PCMA", ptimeMs: 30 }, { codec: "PCMA", ptimeMs: 30 }],
  ] as readonly (readonly [Partial<SimPhoneOptions>, Partial<SimPhoneOptions>])[])
    await t.test(`${JSON.stringify(a)} and ${JSON.stringify(b)}`, async (t) => {
      const media = sim();
      const [caller, agent] = [await media.call("a", "10.0.0.2", a), await media.call("b", "10.0.0.3", b)];
      caller.phone.sing(440, -10);
      agent.phone.sing(1000, -20);
      media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
      await media.clock.runMs(1500);
      checkTone(t, agent.phone.sound(400).subarray(0, 8000), 440, -10);
      checkTone(t, caller.phone.sound(400).subarray(0, 8000), 1000, -20);
      checkStream(t, caller.phone);
      checkStream(t, agent.phone);
      t.equal(agent.phone.heard.at(-1)!.payload.length, 8 * (b.ptimeMs ?? 20));
      t.same(media.eventsOf("media.started").map((event) => event.from.address).sort(), ["10.0.0.2", "10.0.0.3"]);
      await media.engine.close();
      await media.clock.runMs(0);
      t.same(media.eventsOf("leg.closed").map((event) => [event.counters.lost, event.counters.malformed, event.counters.foreign]), [[0, 0, 0], [0, 0, 0]]);
      t.same(media.faults, []);
    });
});

t.test("a play is heard in place of the other party, and gapless; then the other party again, on one timeline", async (t) => {
  const media = sim();
  const [caller, agent] = [await media.call("a", "10.0.0.2"), await media.call("b", "10.0.0.3")];
  caller.phone.sing(440);
  agent.phone.sing(1000);
  media.engine.send({ type: "prompt.load", prompt: "test/tone", samples: Int16Array.from({ length: 4001 }, (_, i) => 10_000 * Math.sin((2 * Math.PI * 700 * i) / 8000)) });
  media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  await media.clock.runMs(1000);
  media.engine.send({ type: "play", leg: leg("a"), play, items: [{ kind: "prompt", prompt: "test/tone" }, { kind: "silence", durationMs: 100 }, { kind: "tone", frequenciesHz: [1500], levelDbm0: -15, durationMs: 500 }], bargeIn: false, repeat: false });
  await media.clock.runMs(2000);
  const sound = caller.phone.sound(1021);
  checkTone(t, sound.subarray(0, 3900), 700, 20 * Math.log10(10_000 / 32_768) + 3.14);
  // 4001 samples of the prompt, 800 of silence, then the tone: to the sample.
  t.ok(sound.subarray(4170, 4700).every((sample) => Math.abs(sample) <= 8), "the pause between");
  checkTone(t, sound.subarray(5000, 8800), 1500, -15);
  checkTone(t, sound.subarray(10_000, 14_000), 1000, -10);
  checkTone(t, agent.phone.sound(1021).subarray(0, 14_000), 440, -10);
  checkStream(t, caller.phone);
  checkStream(t, agent.phone, 160);
  t.same(media.eventsOf("play.ended").map(({ play, outcome }) => [play, outcome]), [["p1", "finished"]]);
});
