// The two gains of a subframe as one of 128 pairs (ITU-T G.729 section 3.9.2).
import { CODE_GAIN_A, CODE_GAIN_B, PITCH_GAIN_A, PITCH_GAIN_B } from "./excitation-tables.js";
import { SUBFRAME } from "./gain-predictor.js";

/** Codes GA and GB. */
export interface GainCodes {
  a: number;
  b: number;
}

const Q14 = 16_384;
const Q12 = 4096;

/**
 * The pair that leaves the least of the target.
 * @param predicted the fixed codebook's gain that is expected
 * @param pitchMax the adaptive codebook's gain may not exceed it
 */
export function searchGains({ x, y, z, predicted, pitchMax }: GainTask, out: GainCodes): void {
  let [xy, yy, xz, zz, yz] = [0, 0, 0, 0, 0];
  for (let n = 0; n < SUBFRAME; n++) {
    xy += x[n]! * y[n]!;
    yy += y[n]! * y[n]!;
    xz += x[n]! * z[n]!;
    zz += z[n]! * z[n]!;
    yz += y[n]! * z[n]!;
  }
  let least = Infinity;
  for (let a = 0; a < CODE_GAIN_A.length; a++)
    for (let b = 0; b < CODE_GAIN_B.length; b++) {
      const pitch = (PITCH_GAIN_A[a]! + PITCH_GAIN_B[b]!) / Q14;
      const code = (predicted * (CODE_GAIN_A[a]! + CODE_GAIN_B[b]!)) / Q12;
      const error = pitch * (pitch * yy - 2 * xy) + code * (code * zz - 2 * xz) + 2 * pitch * code * yz;
      if (error >= least || pitch > pitchMax) continue;
      least = error;
      out.a = a;
      out.b = b;
    }
}

/** Target, and both codebooks' vectors through the weighted filter. */
export interface GainTask {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  predicted: number;
  pitchMax: number;
}
