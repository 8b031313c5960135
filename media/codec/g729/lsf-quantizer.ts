// Line spectral frequencies to their codes (ITU-T G.729 section 3.2.4): for each of two predictors the best vectors of both
// stages, and of the two the better one.
import { L0, L1, L2, L3 } from "./bitstream.js";
import { spread } from "./lsf.js";
import * as tables from "./lsp-tables.js";
import * as sizes from "./sizes.js";

const { ORDER } = sizes;
const { LSF_PREDICTOR_REST, LSF_PREDICTOR_REST_INVERSE, LSF_PREDICTORS, LSF_STAGE_1, LSF_STAGE_2 } = tables;
/** The first stage in double precision, in which its squares are summed. */
const FIRST = Float64Array.from(LSF_STAGE_1);
const AGES = 4;
const HALF = ORDER / 2;
const STAGE_1 = 128;
const STAGE_2 = 32;
/** 0.04 pi, 0.92 pi and 1 in Q13; 1 in Q11; 1.2 in Q14. */
const BELOW = 1029;
const ABOVE = 23_677;
const NEAR = 8192;
const WEIGHT = 2048;
const MIDDLE = 19_661;

/** Keeps a candidate's frequencies (Q13) in order before it is compared with that of the other predictor. */
export type Separation = (residue: Int32Array) => void;

export function separate(residue: Int32Array): void {
  spread(residue, 10);
  spread(residue, 5);
}

export class LsfQuantizer {
  readonly #weights = new Int32Array(ORDER);
  readonly #target = new Float64Array(ORDER);
  readonly #residue = new Int32Array(ORDER);
  readonly #codes = new Int32Array(4);
  readonly #separate: Separation;

  constructor(separation: Separation) {
    this.#separate = separation;
  }

  /** @param lsf Q13 @param past the decoder's residues, newest first, Q13 @param parameters L0 to L3 are set */
  quantize(lsf: Int16Array, past: Int32Array, parameters: Int32Array): void {
    this.#weigh(lsf);
    let least = Infinity;
    for (let mode = 0; mode < 2; mode++) {
      const error = this.#search(mode, lsf, past);
      if (error >= least) continue;
      least = error;
      for (let at = L0; at <= L3; at++) parameters[at] = this.#codes[at]!;
    }
  }

  /** Equation 22, Q11: frequencies that stand near each other count more. */
  #weigh(lsf: Int16Array): void {
    const weights = this.#weights;
    for (let i = 0; i < ORDER; i++) {
      const lack = (i === ORDER - 1 ? ABOVE : lsf[i + 1]!) - (i === 0 ? BELOW : lsf[i - 1]!) - NEAR;
      weights[i] = lack > 0 ? WEIGHT : WEIGHT + ((10 * ((lack * lack) >> 13) + 2) >> 2);
    }
    weights[4] = (weights[4]! * MIDDLE) >> 14;
    weights[5] = (weights[5]! * MIDDLE) >> 14;
  }

  /** The codes for one predictor in `#codes`; returns the weighted error. */
  #search(mode: number, lsf: Int16Array, past: Int32Array): number {
    const target = this.#target;
    const residue = this.#residue;
    for (let i = 0; i < ORDER; i++) {
      let rest = lsf[i]! << 15;
      for (let age = 0; age < AGES; age++) rest -= past[age * ORDER + i]! * LSF_PREDICTORS[(mode * AGES + age) * ORDER + i]!;
      target[i] = (((rest + 0x4000) >> 15) * LSF_PREDICTOR_REST_INVERSE[mode * ORDER + i]!) >> 12;
    }
    const first = this.#nearestFirst();
    for (let i = 0; i < ORDER; i++) residue[i] = target[i]! - LSF_STAGE_1[first * ORDER + i]!;
    const lower = this.#nearestSecond(mode, 0);
    const upper = this.#nearestSecond(mode, HALF);
    this.#codes[L0] = mode;
    this.#codes[L1] = first;
    this.#codes[L2] = lower;
    this.#codes[L3] = upper;
    for (let i = 0; i < ORDER; i++) residue[i] = LSF_STAGE_1[first * ORDER + i]! + LSF_STAGE_2[(i < HALF ? lower : upper) * ORDER + i]!;
    this.#separate(residue);
    let error = 0;
    for (let i = 0; i < ORDER; i++) {
      const off = ((target[i]! - residue[i]!) * LSF_PREDICTOR_REST[mode * ORDER + i]!) >> 15;
      error += off * Math.trunc((this.#weights[i]! * off) / WEIGHT);
    }
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

  /** @param from 0 for the lower five, 5 for the upper; what the first stage left stands in `#residue` */
  #nearestSecond(mode: number, from: number): number {
    const w = this.#weights;
    const r = this.#residue;
    const rest = mode * ORDER + from;
    const w0 = w[from]!, w1 = w[from + 1]!, w2 = w[from + 2]!, w3 = w[from + 3]!, w4 = w[from + 4]!;
    const r0 = r[from]!, r1 = r[from + 1]!, r2 = r[from + 2]!, r3 = r[from + 3]!, r4 = r[from + 4]!;
    const p0 = LSF_PREDICTOR_REST[rest]!, p1 = LSF_PREDICTOR_REST[rest + 1]!, p2 = LSF_PREDICTOR_REST[rest + 2]!, p3 = LSF_PREDICTOR_REST[rest + 3]!, p4 = LSF_PREDICTOR_REST[rest + 4]!;
    let best = 0;
    let least = Infinity;
    for (let code = 0, at = from; code < STAGE_2; code++, at += ORDER) {
      const o0 = Math.imul(r0 - LSF_STAGE_2[at]!, p0) >> 15;
      const o1 = Math.imul(r1 - LSF_STAGE_2[at + 1]!, p1) >> 15;
      let error = o0 * (Math.imul(w0, o0) >> 11) + o1 * (Math.imul(w1, o1) >> 11);
      if (error >= least) continue;
      const o2 = Math.imul(r2 - LSF_STAGE_2[at + 2]!, p2) >> 15;
      const o3 = Math.imul(r3 - LSF_STAGE_2[at + 3]!, p3) >> 15;
      const o4 = Math.imul(r4 - LSF_STAGE_2[at + 4]!, p4) >> 15;
      error += o2 * (Math.imul(w2, o2) >> 11) + o3 * (Math.imul(w3, o3) >> 11) + o4 * (Math.imul(w4, o4) >> 11);
      if (error >= least) continue;
      best = code;
      least = error;
    }
    return best;
  }
}
