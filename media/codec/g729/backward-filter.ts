// A target filtered backwards through an impulse response (ITU-T G.729 section A.3.7): its correlation with what each sample makes.
import * as sizes from "./sizes.js";

const { SUBFRAME } = sizes;
const ROWS = 4;
const target = new Float64Array(SUBFRAME);
/** Zeros stand before the response, so that all four rows are equally long. */
const response = new Float64Array(ROWS - 1 + SUBFRAME);

/** The sums over i of `x[i] * h[i - n]` for each n, exact, into `out`. */
export function correlateBackwards(x: Int16Array, h: Int16Array, out: Float64Array): void {
  for (let n = 0; n < SUBFRAME; n++) {
    target[n] = x[n]!;
    response[ROWS - 1 + n] = h[n]!;
  }
  // Four at a time share the target's samples, and none waits for another's sum.
  for (let n = 0; n < SUBFRAME; n += ROWS) {
    let a = 0, b = 0, c = 0, d = 0;
    for (let i = n, k = 0; i < SUBFRAME; i++, k++) {
      const sample = target[i]!;
      a += sample * response[k + 3]!;
      b += sample * response[k + 2]!;
      c += sample * response[k + 1]!;
      d += sample * response[k]!;
    }
    out[n] = a;
    out[n + 1] = b;
    out[n + 2] = c;
    out[n + 3] = d;
  }
}
