import t from "tap";
import { peakAt } from "../goertzel.js";
import { Resampler, SAMPLE_RATES_HZ, type SampleRateHz } from "./resampler.js";

const PEAK = 12_000;

function through(fromHz: SampleRateHz, toHz: SampleRateHz, frequencyHz: number): Int16Array {
  const resampler = new Resampler(fromHz, toHz);
  const out = new Int16Array(toHz);
  const frame = fromHz / 50;
  for (let at = 0, n = 0; n < 50; n++, at += toHz / 50) {
    const samples = Int16Array.from({ length: frame }, (_, i) => Math.round(PEAK * Math.sin((2 * Math.PI * frequencyHz * (n * frame + i)) / fromHz)));
    resampler.push(samples, out.subarray(at));
  }
  return out.subarray(toHz / 10);
}

const rmsDb = (samples: Int16Array): number => 10 * Math.log10(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length / (PEAK ** 2 / 2) + 1e-12);

for (const fromHz of SAMPLE_RATES_HZ)
  for (const toHz of SAMPLE_RATES_HZ) {
    if (fromHz === toHz) continue;
    t.test(`${fromHz / 1000} to ${toHz / 1000} kHz: the band stays within 0.1 dB, and what can't be there is 60 dB down`, async (t) => {
      const half = Math.min(fromHz, toHz) / 2;
      for (const part of [0.05, 0.25, 0.5, 0.75, 0.85]) {
        const frequencyHz = Math.round(part * half);
        const sound = through(fromHz, toHz, frequencyHz);
        const db = 20 * Math.log10(peakAt(sound, toHz, frequencyHz) / PEAK);
        t.ok(Math.abs(db) <= 0.1, `${frequencyHz} Hz: ${db.toFixed(3)} dB`);
        // Images of the conversion: the rest of the sound is none of the tone.
        const rest = Math.max(0, 10 ** (rmsDb(sound) / 10) - 10 ** (db / 10));
        t.ok(10 * Math.log10(rest + 1e-12) <= -45, `${frequencyHz} Hz: nothing but it`);
        for (let image = fromHz - frequencyHz; image < toHz / 2; image += fromHz) {
          const imageDb = 20 * Math.log10(peakAt(sound, toHz, image) / PEAK + 1e-9);
          t.ok(imageDb <= -60, `${frequencyHz} Hz's image at ${image} Hz: ${imageDb.toFixed(1)} dB`);
        }
      }
      let worst = -200;
      for (let frequencyHz = 1.05 * half; frequencyHz < fromHz / 2; frequencyHz += half / 7) worst = Math.max(worst, rmsDb(through(fromHz, toHz, frequencyHz)));
      t.ok(worst <= -60, `aliases: ${worst.toFixed(1)} dB at worst`);
    });
  }

t.test("full scale saturates and never wraps, and a stream begins anew after reset", async (t) => {
  const resampler = new Resampler(8000, 16_000);
  const square = Int16Array.from({ length: 160 }, (_, i) => (i % 40 < 20 ? 32_767 : -32_768));
  const [first, second] = [new Int16Array(320), new Int16Array(320)];
  t.equal(resampler.push(square, first), 320);
  t.same([Math.max(...first), Math.min(...first)], [32_767, -32_768]);
  resampler.reset();
  resampler.push(square, second);
  t.same(second, first);
});
