import t from "tap";
import { Concealment } from "./concealment.js";

const frame = (rateHz: number): number => rateHz / 100;

/** A voiced sound of a pitch with harmonics. */
const voice = (rateHz: number, pitchHz: number, count: number): Int16Array =>
  Int16Array.from({ length: count }, (_, i) => {
    const phase = (2 * Math.PI * pitchHz * i) / rateHz;
    return 6000 * Math.sin(phase) + 3000 * Math.sin(2 * phase + 1) + 2000 * Math.sin(5 * phase + 2);
  });

/** What is heard of `sound` where the frames of 10 ms in `lost` do not come. */
function through(rateHz: 8000 | 16_000, sound: Int16Array, lost: readonly number[]): Int16Array {
  const concealment = new Concealment(rateHz);
  const out = sound.slice();
  for (let n = 0; n * frame(rateHz) < sound.length; n++) {
    const part = out.subarray(n * frame(rateHz), (n + 1) * frame(rateHz));
    if (lost.includes(n)) concealment.conceal(part);
    else concealment.heard(part, part.length);
  }
  return out;
}

const snrDb = (want: Int16Array, got: Int16Array): number => {
  const [signal, noise] = [want, want.map((sample, i) => sample - got[i]!)].map((x) => x.reduce((sum, sample) => sum + sample ** 2, 0)) as [number, number];
  return 10 * Math.log10(signal / (noise + 1));
};

for (const rateHz of [8000, 16_000] as const)
  for (const pitchHz of [80, 110, 160, 190])
    t.test(`G.711 I.2.3: a voice of ${pitchHz} Hz at ${rateHz} Hz goes on over 10 ms that were lost, and nowhere is a click`, async (t) => {
      const sound = voice(rateHz, pitchHz, rateHz);
      const lost = [30, 50, 51, 70];
      const got = through(rateHz, sound, lost);
      const at = 30 * frame(rateHz);
      t.ok(snrDb(sound.subarray(at, at + frame(rateHz)), got.subarray(at, at + frame(rateHz))) > 10, "nearly as it would have been");
      const steepest = sound.reduce((most, sample, i) => (i === 0 ? 0 : Math.max(most, Math.abs(sample - sound[i - 1]!))), 0);
      const clicks = got.filter((sample, i) => i > 0 && Math.abs(sample - got[i - 1]!) > 1.6 * steepest);
      t.equal(clicks.length, 0);
      t.same(got.subarray(75 * frame(rateHz)), sound.subarray(75 * frame(rateHz)), "afterwards all is as it came");
    });

t.test("G.711 I.2.7: whole for 10 ms, then a fifth less every 10 ms, silence after 60", async (t) => {
  const sound = voice(8000, 100, 8000);
  const got = through(8000, sound, Array.from({ length: 10 }, (_, i) => 40 + i));
  const peak = (n: number): number => got.subarray(n * 80, (n + 1) * 80).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const levels = Array.from({ length: 10 }, (_, i) => peak(40 + i) / peak(39));
  for (const [i, most] of [1.05, 1.02, 0.82, 0.62, 0.42, 0.22, 0.01, 0.01, 0.01, 0.01].entries()) t.ok(levels[i]! <= most && levels[i]! >= most - 0.35, `${10 * i} ms: ${levels[i]!.toFixed(2)}`);
});

t.test("nothing heard yet: silence; after reset too", async (t) => {
  const concealment = new Concealment(8000);
  const out = new Int16Array(160).fill(9);
  concealment.conceal(out);
  t.ok(out.every((sample) => sample === 0));
  concealment.heard(voice(8000, 100, 160), 160);
  concealment.reset();
  concealment.conceal(out);
  t.ok(out.every((sample) => sample === 0));
});
