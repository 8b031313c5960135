import t from "tap";
import { decimateByTwo } from "./decimator.js";

const sine = (frequencyHz: number, amplitude: number): Int16Array => Int16Array.from({ length: 16_000 }, (_, i) => amplitude * Math.sin((2 * Math.PI * frequencyHz * i) / 16_000));

/** Of the middle, away from the filter's ends. */
function rms(samples: Int16Array): number {
  const middle = samples.subarray(1000, 7000);
  return Math.sqrt(middle.reduce((sum, sample) => sum + sample ** 2, 0) / middle.length);
}

t.test("16 to 8 kHz keeps the telephone band and lets nothing fold back into it", async (t) => {
  for (const [frequencyHz, dbMin, dbMax] of [
    [100, -0.05, 0.05],
    [1000, -0.05, 0.05],
    [3000, -0.05, 0.05],
    [3400, -0.1, 0.1],
    [4200, -200, -65],
    [5000, -200, -65],
    [7000, -200, -65],
  ] as const) {
    const db = 20 * Math.log10(rms(decimateByTwo(sine(frequencyHz, 20_000))) / (20_000 / Math.SQRT2) + 1e-12);
    t.ok(db >= dbMin && db <= dbMax, `${frequencyHz} Hz: ${db.toFixed(2)} dB`);
  }
});

t.test("samples stay in step, and full scale saturates instead of wrapping", async (t) => {
  const impulse = new Int16Array(401);
  impulse[200] = 30_000;
  const out = decimateByTwo(impulse);
  t.equal(out.length, 201);
  t.equal(out.indexOf(Math.max(...out)), 100);
  const square = Int16Array.from({ length: 4000 }, (_, i) => (i % 40 < 20 ? 32_767 : -32_768));
  const limited = decimateByTwo(square);
  t.same([Math.max(...limited), Math.min(...limited)], [32_767, -32_768]);
  t.ok(limited.subarray(50, 1950).every((sample, i) => (i + 50) % 20 === 0 || (i + 50) % 10 === 0 || Math.sign(sample) === Math.sign(square[2 * (i + 50)]!)), "no sample changed its sign");
  t.equal(decimateByTwo(new Int16Array(0)).length, 0);
});
