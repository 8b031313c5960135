// What the encoder's searches compare in: sound through Â(z) / Â(z/0.75) (ITU-T G.729 section A.3.3).
import { saturate16 } from "./fixed-point.js";
import * as sizes from "./sizes.js";

const { SUBFRAME, ORDER } = sizes;
/** 0.75 and its powers, Q15. */
export const GAMMA_POWERS = Int16Array.of(24_576, 18_432, 13_824, 10_368, 7776, 5832, 4374, 3280, 2460, 1845);
/** 0.7 in Q12. */
const TILT = 2867;

/** Â(z/γ) of the ten coefficients (Q12) at `a[at]`, after the leading one, into `out[at]`. */
export function weigh(a: Int16Array, at: number, powers: Int16Array, out: Int16Array): void {
  for (let i = 0; i < ORDER; i++) out[at + i] = (a[at + i]! * powers[i]! + 0x4000) >> 15;
}

/** Â(z/γ) (1 - 0.7/z), its eleventh coefficient left out: for the first guess of the pitch, which wants the lower frequencies. */
export function tilt(weighted: Int16Array, at: number, out: Int16Array): void {
  for (let i = 0; i < ORDER; i++) out[i] = weighted[at + i]! - (((i === 0 ? 4096 : weighted[at + i - 1]!) * TILT) >> 12);
}

/** Â(z) over the subframe at `x[xAt]` into `out[outAt..]`; ten samples stand before. */
export function takeResidual(a: Int16Array, aAt: number, { x, xAt, out, outAt }: ResidualRun): void {
  const a1 = a[aAt]!, a2 = a[aAt + 1]!, a3 = a[aAt + 2]!, a4 = a[aAt + 3]!, a5 = a[aAt + 4]!;
  const a6 = a[aAt + 5]!, a7 = a[aAt + 6]!, a8 = a[aAt + 7]!, a9 = a[aAt + 8]!, a10 = a[aAt + 9]!;
  for (let n = 0, i = xAt; n < SUBFRAME; n++, i++) {
    const near = Math.imul(a1, x[i - 1]!) + Math.imul(a2, x[i - 2]!) + Math.imul(a3, x[i - 3]!) + Math.imul(a4, x[i - 4]!) + Math.imul(a5, x[i - 5]!);
    const far = Math.imul(a6, x[i - 6]!) + Math.imul(a7, x[i - 7]!) + Math.imul(a8, x[i - 8]!) + Math.imul(a9, x[i - 9]!) + Math.imul(a10, x[i - 10]!);
    out[outAt + n] = saturate16((((x[i]! << 12) + near + far + 0x800) | 0) >> 12);
  }
}

export interface ResidualRun {
  readonly x: Int16Array;
  xAt: number;
  readonly out: Int16Array;
  outAt: number;
}
