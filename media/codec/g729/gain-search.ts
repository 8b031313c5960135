// The two gains of a subframe as one of 32 of 128 pairs (ITU-T G.729 section 3.9.2).
import * as tables from "./excitation-tables.js";
import * as sizes from "./sizes.js";

const { SUBFRAME } = sizes;
const { CODE_GAIN_A, CODE_GAIN_B, PITCH_GAIN_A, PITCH_GAIN_B } = tables;

/** Codes GA and GB. */
export interface GainCodes {
  a: number;
  b: number;
}

/** Target, and both codebooks' vectors through the weighted filter: the adaptive one's, and the fixed one's in Q12. */
export interface GainTask {
  readonly x: Int16Array;
  readonly y: Int16Array;
  readonly z: Int16Array;
  /** The fixed codebook's gain that is expected, Q4. */
  predicted: number;
}

/** GA's codes by the fixed gain, GB's by the pitch gain: those near to the best gains stand together. */
const A_BY_GAIN = Int16Array.from(CODE_GAIN_A.keys()).sort((a, b) => CODE_GAIN_A[a]! - CODE_GAIN_A[b]!);
const B_BY_GAIN = Int16Array.from(PITCH_GAIN_B.keys()).sort((a, b) => PITCH_GAIN_B[a]! - PITCH_GAIN_B[b]!);
const NEAR_A = 4;
const NEAR_B = 8;

export class GainSearch {
  #xy = 0;
  #yy = 0;

  /** The adaptive codebook's best gain alone, Q14, 0 to 1.2. */
  openGain(x: Int16Array, y: Int16Array): number {
    let xy = 0;
    let yy = 0;
    for (let n = 0; n < SUBFRAME; n++) {
      xy += x[n]! * y[n]!;
      yy += y[n]! * y[n]!;
    }
    this.#xy = xy;
    this.#yy = yy;
    if (xy <= 0) return 0;
    return xy >= 1.2 * yy ? 19_661 : Math.floor((xy * 16_384) / yy);
  }

  /** The pair that leaves the least of the target, after `openGain` of the same target. */
  search({ x, y, z, predicted }: GainTask, out: GainCodes): void {
    const xy = this.#xy;
    const yy = this.#yy;
    let xz = 0;
    let zz = 0;
    let yz = 0;
    for (let n = 0; n < SUBFRAME; n++) {
      xz += x[n]! * z[n]!;
      zz += z[n]! * z[n]!;
      yz += y[n]! * z[n]!;
    }
    const determinant = yy * zz - yz * yz;
    let firstA = 0;
    let firstB = 0;
    if (determinant > 0) {
      firstA = nearA(Math.floor((((xz * yy - xy * yz) / determinant) * 16_384)), predicted);
      firstB = nearB(Math.floor(((xy * zz - xz * yz) / determinant) * 512) * 32);
    }
    let least = Infinity;
    for (let i = firstA; i < firstA + NEAR_A; i++) {
      const a = A_BY_GAIN[i]!;
      for (let k = firstB; k < firstB + NEAR_B; k++) {
        const b = B_BY_GAIN[k]!;
        const pitch = (PITCH_GAIN_A[a]! + PITCH_GAIN_B[b]!) / 0x4000;
        const code = (((CODE_GAIN_A[a]! + CODE_GAIN_B[b]!) * predicted) >> 14) / 0x4000;
        const error = pitch * (pitch * yy - 2 * xy) + code * (code * zz - 2 * xz) + 2 * pitch * code * yz;
        if (error >= least) continue;
        least = error;
        out.a = a;
        out.b = b;
      }
    }
  }
}

/** The first of four in GA: two below `gain` (Q2) and two above. */
function nearA(gain: number, predicted: number): number {
  let below = 0;
  while (below < A_BY_GAIN.length && gain > (CODE_GAIN_A[A_BY_GAIN[below]!]! * predicted) >> 14) below++;
  return Math.max(0, Math.min(A_BY_GAIN.length - NEAR_A, below - NEAR_A / 2));
}

/** The first of eight in GB: four below `gain` (Q14) and four above. */
function nearB(gain: number): number {
  let below = 0;
  while (below < B_BY_GAIN.length && gain > PITCH_GAIN_B[B_BY_GAIN[below]!]!) below++;
  return Math.max(0, Math.min(B_BY_GAIN.length - NEAR_B, below - NEAR_B / 2));
}
