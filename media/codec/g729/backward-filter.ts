// A target filtered backwards through an impulse response (ITU-T G.729 section A.3.7): its correlation with what each sample makes.
import * as sizes from "./sizes.js";

const { SUBFRAME } = sizes;
const target = new Float64Array(SUBFRAME + 2);
const response = new Float64Array(SUBFRAME + 2);

/** The sums over i of `x[i] * h[i - n]` for each n, exact, into `out`. */
export function correlateBackwards(x: Int16Array, h: Int16Array, out: Float64Array): void {
  for (let n = 0; n < SUBFRAME; n++) {
    target[n] = x[n]!;
    response[n] = h[n]!;
  }
  // Two at a time share the target's samples; beyond its end stand zeros.
  for (let n = 0; n < SUBFRAME; n += 2) {
    let [even, odd] = [target[n]! * response[0]!, 0];
    for (let i = n + 1, k = 0; i < SUBFRAME; i++, k++) {
      const sample = target[i]!;
      even += sample * response[k + 1]!;
      odd += sample * response[k]!;
    }
    out[n] = even;
    out[n + 1] = odd;
  }
}
