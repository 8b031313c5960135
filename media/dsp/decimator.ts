// Halves the sample rate of a whole recording: 16 kHz to the 8 kHz of the telephone.
import { saturate } from "./level.js";
import { lowPass } from "./resampler/low-pass.js";

const TAPS = 97;
/** Of the old sample rate: 3.76 kHz of 16. Flat to 3.4 kHz, 70 dB down from 4.12 kHz, so that nothing audible folds back. */
const KERNEL = lowPass({ taps: TAPS, cutoff: 3760 / 16_000, rejectionDb: 70 });

/** Every second sample of `samples` behind a linear-phase low-pass (97 taps), its delay taken out; saturates. */
export function decimateByTwo(samples: Int16Array): Int16Array {
  const half = (TAPS - 1) / 2;
  const out = new Int16Array(Math.ceil(samples.length / 2));
  for (let n = 0; n < out.length; n++) {
    const centre = 2 * n;
    let sum = 0;
    const first = Math.max(0, centre - half);
    const last = Math.min(samples.length - 1, centre + half);
    for (let i = first; i <= last; i++) sum += samples[i]! * KERNEL[i - centre + half]!;
    out[n] = saturate(sum);
  }
  return out;
}
