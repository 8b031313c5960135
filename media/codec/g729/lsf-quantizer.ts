// Line spectral frequencies to their codes (ITU-T G.729 section 3.2.4): for each of two predictors the best vectors of both
// stages, and of the two the better one.
import { L0, L1, L2, L3 } from "./bitstream.js";
import { ORDER, spread } from "./lsf.js";
import { LSF_PREDICTOR_REST, LSF_PREDICTORS, LSF_STAGE_1, LSF_STAGE_2 } from "./lsp-tables.js";

const AGES = 4;
const HALF = ORDER / 2;
const STAGE_1 = 128;
const STAGE_2 = 32;
/** As the searches compute. */
const FIRST = Float64Array.from(LSF_STAGE_1);
const SECOND = Float64Array.from(LSF_STAGE_2);
const Q13 = 8192;
const Q15 = 32_768;

/** Equation 22: frequencies that stand near each other count more. */
export function lsfWeights(lsf: Float64Array, out: Float64Array): void {
  for (let i = 0; i < ORDER; i++) {
    const above = i === ORDER - 1 ? 0.92 * Math.PI : lsf[i + 1]!;
    const below = i === 0 ? 0.04 * Math.PI : lsf[i - 1]!;
    const lack = above - below - 1;
    out[i] = lack > 0 ? 1 : 10 * lack * lack + 1;
  }
  out[4]! *= 1.2;
  out[5]! *= 1.2;
}

export class LsfQuantizer {
  readonly #weights = new Float64Array(ORDER);
  readonly #target = new Float64Array(ORDER);
  readonly #scaled = new Float64Array(ORDER);
  readonly #residue = new Int32Array(ORDER);
  readonly #codes = new Int32Array(4);

  /** @param lsf radians @param past the decoder's residues, newest first, Q13 @param parameters L0 to L3 are set */
  quantize(lsf: Float64Array, past: Int32Array, parameters: Int32Array): void {
    lsfWeights(lsf, this.#weights);
    let least = Infinity;
    for (let mode = 0; mode < 2; mode++) {
      const error = this.#search(mode, lsf, past);
      if (error >= least) continue;
      least = error;
      for (let at = L0; at <= L3; at++) parameters[at] = this.#codes[at]!;
    }
  }

  /** The codes for one predictor in `#codes`; returns the weighted error. */
  #search(mode: number, lsf: Float64Array, past: Int32Array): number {
    const [target, scaled] = [this.#target, this.#scaled];
    for (let i = 0; i < ORDER; i++) {
      let predicted = 0;
      for (let age = 0; age < AGES; age++) predicted += past[age * ORDER + i]! * LSF_PREDICTORS[(mode * AGES + age) * ORDER + i]!;
      const rest = LSF_PREDICTOR_REST[mode * ORDER + i]! / Q15;
      target[i] = (lsf[i]! * Q13 - predicted / Q15) / rest;
      scaled[i] = this.#weights[i]! * rest * rest;
    }
    const first = this.#nearestFirst();
    const residue = this.#residue;
    for (let i = 0; i < ORDER; i++) residue[i] = LSF_STAGE_1[first * ORDER + i]!;
    const lower = this.#nearestSecond(0);
    const upper = this.#nearestSecond(HALF);
    for (let i = 0; i < ORDER; i++) residue[i]! += LSF_STAGE_2[(i < HALF ? lower : upper) * ORDER + i]!;
    spread(residue, 10);
    spread(residue, 5);
    this.#codes[L0] = mode;
    this.#codes[L1] = first;
    this.#codes[L2] = lower;
    this.#codes[L3] = upper;
    let error = 0;
    for (let i = 0; i < ORDER; i++) error += scaled[i]! * (target[i]! - residue[i]!) ** 2;
    return error;
  }

  /** The first stage counts all alike. */
  #nearestFirst(): number {
    const target = this.#target;
    const t0 = target[0]!, t1 = target[1]!, t2 = target[2]!, t3 = target[3]!, t4 = target[4]!;
    const t5 = target[5]!, t6 = target[6]!, t7 = target[7]!, t8 = target[8]!, t9 = target[9]!;
    let best = 0;
    let least = Infinity;
    for (let code = 0, at = 0; code < STAGE_1; code++, at += ORDER) {
      const o0 = t0 - FIRST[at]!, o1 = t1 - FIRST[at + 1]!, o2 = t2 - FIRST[at + 2]!, o3 = t3 - FIRST[at + 3]!, o4 = t4 - FIRST[at + 4]!;
      let error = o0 * o0 + o1 * o1 + o2 * o2 + o3 * o3 + o4 * o4;
      if (error >= least) continue;
      const o5 = t5 - FIRST[at + 5]!, o6 = t6 - FIRST[at + 6]!, o7 = t7 - FIRST[at + 7]!, o8 = t8 - FIRST[at + 8]!, o9 = t9 - FIRST[at + 9]!;
      error += o5 * o5 + o6 * o6 + o7 * o7 + o8 * o8 + o9 * o9;
      if (error >= least) continue;
      best = code;
      least = error;
    }
    return best;
  }

  /** @param from 0 for the lower five, 5 for the upper */
  #nearestSecond(from: number): number {
    const [target, scaled, residue] = [this.#target, this.#scaled, this.#residue];
    const t0 = target[from]! - residue[from]!, t1 = target[from + 1]! - residue[from + 1]!, t2 = target[from + 2]! - residue[from + 2]!;
    const t3 = target[from + 3]! - residue[from + 3]!, t4 = target[from + 4]! - residue[from + 4]!;
    const s0 = scaled[from]!, s1 = scaled[from + 1]!, s2 = scaled[from + 2]!, s3 = scaled[from + 3]!, s4 = scaled[from + 4]!;
    let best = 0;
    let least = Infinity;
    for (let code = 0, at = from; code < STAGE_2; code++, at += ORDER) {
      const o0 = t0 - SECOND[at]!, o1 = t1 - SECOND[at + 1]!, o2 = t2 - SECOND[at + 2]!, o3 = t3 - SECOND[at + 3]!, o4 = t4 - SECOND[at + 4]!;
      const error = s0 * o0 * o0 + s1 * o1 * o1 + s2 * o2 * o2 + s3 * o3 * o3 + s4 * o4 * o4;
      if (error >= least) continue;
      best = code;
      least = error;
    }
    return best;
  }
}
