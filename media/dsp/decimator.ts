// Halves the sample rate of a whole recording: 16 kHz to the 8 kHz of the telephone.

const TAPS = 97;
/** Of the old sample rate: 3.76 kHz of 16. Flat to 3.4 kHz, 70 dB down from 4.12 kHz, so that nothing audible folds back. */
const CUTOFF = 3760 / 16_000;
/** Kaiser's window for 70 dB. */
const BETA = 6.76;
const KERNEL = lowPass();

/** Every second sample of `samples` behind a linear-phase low-pass (97 taps), its delay taken out; saturates. */
export function decimateByTwo(samples: Int16Array): Int16Array {
  const half = (TAPS - 1) / 2;
  const out = new Int16Array(Math.ceil(samples.length / 2));
  for (let n = 0; n < out.length; n++) {
    const centre = 2 * n;
    let sum = 0;
    const [first, last] = [Math.max(0, centre - half), Math.min(samples.length - 1, centre + half)];
    for (let i = first; i <= last; i++) sum += samples[i]! * KERNEL[i - centre + half]!;
    out[n] = Math.max(-32768, Math.min(32767, Math.round(sum)));
  }
  return out;
}

/** Windowed sinc, its sum 1 so that the level stays. */
function lowPass(): Float64Array {
  const half = (TAPS - 1) / 2;
  const kernel = Float64Array.from({ length: TAPS }, (_, i) => {
    const x = 2 * Math.PI * CUTOFF * (i - half);
    const window = bessel0(BETA * Math.sqrt(1 - ((i - half) / half) ** 2)) / bessel0(BETA);
    return (i === half ? 1 : Math.sin(x) / x) * window;
  });
  const sum = kernel.reduce((a, b) => a + b, 0);
  return kernel.map((tap) => tap / sum);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}
