import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { lawOf } from "../codec/g711.js";
import type { RecordingId } from "../engine/command.js";
import { leg, SimMedia } from "../engine/testing/sim-media.js";
import { createSystemSha256 } from "../worker/system-sha256.js";

/** Words of `ms`, pauses of `-ms`: a voice's harmonics over a soft line. */
function speech(rhythm: readonly number[]): Int16Array {
  const random = new SimRandom(9);
  const out: number[] = [];
  for (const ms of rhythm)
    for (let i = 0; i < Math.abs(ms) * 8; i++) {
      let voice = 0;
      for (let h = 1; h <= 8; h++) voice += Math.sin((2 * Math.PI * 140 * h * i) / 8000 + h) / h;
      out.push((ms > 0 ? 2500 * voice : 0) + 10 * (random.next() - 0.5));
    }
  return Int16Array.from(out);
}

const LIMITS = { beginMs: 3000, silenceMs: 1500, lengthMs: 8000 };

const ROWS: readonly { readonly name: string; readonly rhythm: readonly number[]; readonly why: string; readonly fromMs: number; readonly toMs: number; /** When that is told. */ readonly byMs: readonly [number, number] }[] = [
  { name: "two sentences, then nothing", rhythm: [-1000, 1200, -900, 1500, -6000], why: "silence", fromMs: 3600 + 400, toMs: 3600 + 900, byMs: [6000, 6700] },
  { name: "nobody speaks", rhythm: [-9000], why: "no-speech", fromMs: 0, toMs: 0, byMs: [2950, 3150] },
  { name: "no end", rhythm: Array.from({ length: 60 }, () => [-60, 200]).flat(), why: "too-long", fromMs: 7700, toMs: 8000, byMs: [7950, 8150] },
];

for (const { name, rhythm, why, fromMs, toMs, byMs } of ROWS)
  t.test(`a message ends by itself: ${name}; its pause at the end is left out, the call's own recording goes on`, async (t) => {
    const media = new SimMedia({ createSha256: createSystemSha256 });
    const { phone } = await media.call("a", "10.0.0.2");
    await media.clock.runMs(200);
    media.engine.send({ type: "record.start", leg: leg("a"), recording: "whole" as RecordingId });
    media.engine.send({ type: "message.start", leg: leg("a"), recording: "m1" as RecordingId, ...LIMITS });
    const startedMs = media.clock.monoMs();
    phone.say(speech(rhythm));
    while (media.eventsOf("message.ended").length === 0 && media.clock.monoMs() < startedMs + 10_000) await media.clock.runMs(20);
    const tookMs = media.clock.monoMs() - startedMs;
    t.ok(tookMs >= byMs[0] && tookMs <= byMs[1], `told after ${tookMs} ms`);
    const [ended] = media.eventsOf("message.ended");
    t.match(ended, { leg: "a", recording: "m1", why });
    t.ok(ended!.durationMs >= fromMs && ended!.durationMs <= toMs, `${ended!.durationMs} ms`);
    const { codec, bytes } = (await media.recordings.read("m1" as RecordingId))!;
    t.equal(bytes.length, ended!.durationMs * 8);
    t.equal(ended!.sha256, [createSystemSha256()].map((hash) => (hash.update(bytes), hash.hexDigest()))[0]);
    const loud = Array.from(bytes, (byte) => Math.abs(lawOf(codec).decode[byte]!) > 1000);
    if (why === "silence") {
      const [first, last] = [loud.indexOf(true) / 8, (loud.length - loud.lastIndexOf(true)) / 8];
      t.ok(first >= 150 && first <= 450 && last >= 150 && last <= 450, `${first.toFixed(0)} ms before the first word, ${last.toFixed(0)} behind the last`);
    }
    await media.clock.runMs(500);
    await media.engine.close();
    const [whole] = media.eventsOf("record.closed");
    t.ok(whole!.durationMs >= tookMs + 400, "the call's recording is whole");
    t.same(media.faults, []);
  });

t.test("a message is stopped by a command with what was said so far, and by the leg's end; a second one takes its place", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const { phone } = await media.call("a", "10.0.0.2");
  phone.say(speech([-300, 20_000]));
  for (const recording of ["m1", "m2"]) media.engine.send({ type: "message.start", leg: leg("a"), recording: recording as RecordingId, ...LIMITS });
  await media.clock.runMs(2000);
  media.engine.send({ type: "message.stop", leg: leg("a"), recording: "m1" as RecordingId });
  t.equal(media.engine.snapshot().commandsIgnored, 1);
  media.engine.send({ type: "message.stop", leg: leg("a"), recording: "m2" as RecordingId });
  await media.clock.runMs(0);
  media.engine.send({ type: "message.start", leg: leg("a"), recording: "m3" as RecordingId, ...LIMITS });
  await media.clock.runMs(1000);
  await media.engine.close();
  t.match(media.eventsOf("message.ended").map(({ recording, why }) => [recording, why]), [["m1", "stopped"], ["m2", "stopped"], ["m3", "stopped"]]);
  const [, second, third] = media.eventsOf("message.ended").map(({ durationMs }) => durationMs);
  t.ok(second! > 1500 && second! <= 2000 && third! > 800 && third! <= 1000, `${second} ${third}`);
  t.equal(media.events.at(-1)?.type, "leg.closed", "told before the leg's end");
});

t.test("a message goes along when its leg moves, whole and with its hash, and ends as it would have", async (t) => {
  const rhythm = [-1000, 1200, -900, 1500, -6000];
  const taken = async (movesMs: readonly number[]): Promise<{ readonly bytes: Uint8Array; readonly ended: { readonly why: string; readonly durationMs: number; readonly sha256: string }; readonly tookMs: number }> => {
    const a = new SimMedia({ createSha256: createSystemSha256 });
    const b = new SimMedia({ createSha256: createSystemSha256, beside: a, seed: 2, portMin: 21_000, portMax: 21_019 });
    const { phone } = await a.call("a", "10.0.0.2");
    await a.clock.runMs(200);
    a.engine.send({ type: "message.start", leg: leg("a"), recording: "m1" as RecordingId, ...LIMITS });
    const startedMs = a.clock.monoMs();
    phone.say(speech(rhythm));
    const ended = () => [...a.eventsOf("message.ended"), ...b.eventsOf("message.ended")];
    let [here, there] = [a, b];
    for (const atMs of movesMs) {
      await a.clock.runMs(startedMs + atMs - a.clock.monoMs());
      await here.move("a", there);
      [here, there] = [there, here];
    }
    while (ended().length === 0 && a.clock.monoMs() < startedMs + 10_000) await a.clock.runMs(20);
    const tookMs = a.clock.monoMs() - startedMs;
    const { bytes } = (await a.recordings.read("m1" as RecordingId))!;
    await Promise.all([a.engine.close(), b.engine.close()]);
    t.same([...a.faults, ...b.faults, ...a.eventsOf("record.failed"), ...b.eventsOf("record.failed")], []);
    t.equal(ended().length, 1);
    return { bytes, ended: ended()[0]!, tookMs };
  };
  const whole = await taken([]);
  for (const movesMs of [[500], [1500], [2900, 3300], [4700]]) {
    const moved = await taken(movesMs);
    t.match(moved.ended, { why: "silence", durationMs: whole.ended.durationMs }, `moved after ${movesMs.join(", ")} ms`);
    t.same([moved.bytes.length, moved.ended.sha256], [moved.ended.durationMs * 8, [createSystemSha256()].map((hash) => (hash.update(moved.bytes), hash.hexDigest()))[0]]);
    t.same(moved.bytes, whole.bytes, "the same sound");
    t.ok(Math.abs(moved.tookMs - whole.tookMs) <= 20);
  }
});
