// Line spectral frequencies to their codes (ITU-T G.729 section 3.2.4): for each of two predictors the best vectors of both
// stages, and of the two the better one.
import { L0, L1, L2, L3 } from "./bitstream.js";
import { ORDER, spread } from "./lsf.js";
import { LSF_PREDICTOR_REST, LSF_PREDICTORS, LSF_STAGE_1, LSF_STAGE_2 } from "./lsp-tables.js";

const AGES = 4;
const HALF = ORDER / 2;
const STAGE_1 = 128;
const STAGE_2 = 32;
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
      for (const at of [L0, L1, L2, L3]) parameters[at] = this.#codes[at]!;
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
    let [best, least] = [0, Infinity];
    for (let code = 0, at = 0; code < STAGE_1; code++, at += ORDER) {
      let error = 0;
      for (let i = 0; i < ORDER && error < least; i++) {
        const off = target[i]! - LSF_STAGE_1[at + i]!;
        error += off * off;
      }
      if (error >= least) continue;
      best = code;
      least = error;
    }
    return best;
  }

  /** @param from 0 for the lower five, 5 for the upper */
  #nearestSecond(from: number): number {
    const [target, scaled, residue] = [this.#target, this.#scaled, this.#residue];
    let [best, least] = [0, Infinity];
    for (let code = 0; code < STAGE_2; code++) {
      let error = 0;
      for (let i = from; i < from + HALF; i++) {
        const off = target[i]! - residue[i]! - LSF_STAGE_2[code * ORDER + i]!;
        error += scaled[i]! * off * off;
      }
      if (error >= least) continue;
      best = code;
      least = error;
    }
    return best;
  }
}
