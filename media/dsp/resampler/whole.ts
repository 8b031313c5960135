// A whole recording from any rate to a lower one, where time does not matter: each output is a windowed sinc over its input.

const ZEROS = 24;
/** Of the lower rate: the telephone's 3.4 kHz of 8 pass, what lies beyond 4.1 kHz is gone. */
const CUTOFF = 0.47;

/** `samples` at `toHz`, no higher than `fromHz`; saturates. */
export function downsample(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  const step = fromHz / toHz;
  const half = ZEROS * step;
  const out = new Int16Array(Math.floor(samples.length / step));
  for (let n = 0; n < out.length; n++) {
    const centre = n * step;
    let sum = 0;
    let weights = 0;
    for (let i = Math.max(0, Math.ceil(centre - half)); i <= Math.min(samples.length - 1, Math.floor(centre + half)); i++) {
      const x = (i - centre) / step;
      const sinc = x === 0 ? 1 : Math.sin(2 * Math.PI * CUTOFF * x) / (2 * Math.PI * CUTOFF * x);
      const weight = sinc * (0.42 + 0.5 * Math.cos((Math.PI * x) / ZEROS) + 0.08 * Math.cos((2 * Math.PI * x) / ZEROS));
      sum += samples[i]! * weight;
      weights += weight;
    }
    out[n] = Math.max(-32_768, Math.min(32_767, Math.round(sum / weights)));
  }
  return out;
}
