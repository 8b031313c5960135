// What the encoder's searches compare in: sound through Â(z) / Â(z/0.75) (ITU-T G.729 section A.3.3).
import { SUBFRAME } from "./gain-predictor.js";
import { ORDER } from "./lsf.js";

const GAMMA = 0.75;
const TILT = 0.7;
const Q12 = 4096;

/** Â(z/γ) of the ten coefficients (Q12) at `a[at]`, after the leading one. */
export function weigh(a: Int16Array, at: number, out: Float64Array): void {
  for (let i = 0, factor = GAMMA; i < ORDER; i++, factor *= GAMMA) out[i] = (a[at + i]! / Q12) * factor;
}

/** Â(z/γ) (1 - 0.7/z), its eleventh coefficient left out: for the first guess of the pitch, which wants the lower frequencies. */
export function tilt(weighted: Float64Array, out: Float64Array): void {
  for (let i = 0; i < ORDER; i++) out[i] = weighted[i]! - TILT * (i === 0 ? 1 : weighted[i - 1]!);
}

/** Â(z) over the subframe at `x[xAt]` into `out[outAt..]`; ten samples stand before. */
export function takeResidual(a: Int16Array, aAt: number, { x, xAt, out, outAt }: ResidualRun): void {
  const a1 = a[aAt]!, a2 = a[aAt + 1]!, a3 = a[aAt + 2]!, a4 = a[aAt + 3]!, a5 = a[aAt + 4]!;
  const a6 = a[aAt + 5]!, a7 = a[aAt + 6]!, a8 = a[aAt + 7]!, a9 = a[aAt + 8]!, a10 = a[aAt + 9]!;
  for (let n = 0, i = xAt; n < SUBFRAME; n++, i++) {
    const near = a1 * x[i - 1]! + a2 * x[i - 2]! + a3 * x[i - 3]! + a4 * x[i - 4]! + a5 * x[i - 5]!;
    const far = a6 * x[i - 6]! + a7 * x[i - 7]! + a8 * x[i - 8]! + a9 * x[i - 9]! + a10 * x[i - 10]!;
    out[outAt + n] = x[i]! + (near + far) / Q12;
  }
}

export interface ResidualRun {
  readonly x: Int16Array;
  xAt: number;
  readonly out: Float64Array;
  outAt: number;
}

/** 1/B(z) in place over a subframe of `y` from `at`; the ten outputs before stand before it. */
export function resonate(b: Float64Array, y: Float64Array, at: number): void {
  const b1 = b[0]!, b2 = b[1]!, b3 = b[2]!, b4 = b[3]!, b5 = b[4]!, b6 = b[5]!, b7 = b[6]!, b8 = b[7]!, b9 = b[8]!, b10 = b[9]!;
  let y1 = y[at - 1]!, y2 = y[at - 2]!, y3 = y[at - 3]!, y4 = y[at - 4]!, y5 = y[at - 5]!;
  let y6 = y[at - 6]!, y7 = y[at - 7]!, y8 = y[at - 8]!, y9 = y[at - 9]!, y10 = y[at - 10]!;
  for (let n = at; n < at + SUBFRAME; n++) {
    const sum = y[n]! - b10 * y10 - b9 * y9 - b8 * y8 - b7 * y7 - b6 * y6 - b5 * y5 - b4 * y4 - b3 * y3 - b2 * y2 - b1 * y1;
    y10 = y9;
    y9 = y8;
    y8 = y7;
    y7 = y6;
    y6 = y5;
    y5 = y4;
    y4 = y3;
    y3 = y2;
    y2 = y1;
    y1 = sum;
    y[n] = sum;
  }
}
