// Line spectral frequencies: their codes, the moving-average predictor and the way to line spectral pairs
// (ITU-T G.729 section 3.2.4).
import * as tables from "./lsp-tables.js";
import { NOISE_PREDICTOR_REST, NOISE_STAGE_1, NOISE_STAGE_2 } from "./noise-tables.js";
import * as sizes from "./sizes.js";

const { ORDER } = sizes;
const { LSF_AT_RESET, LSF_PREDICTOR_REST, LSF_PREDICTORS, LSF_PREDICTOR_REST_INVERSE, LSF_STAGE_1, LSF_STAGE_2 } = tables;
/** Frames that the predictor looks back. */
const AGES = 4;
/** Comfort noise has speech's first predictor, and one between speech's two: 0.6 and 0.4 of them. */
export const NOISE_PREDICTORS = LSF_PREDICTORS.map((value, i) => (i < AGES * ORDER ? value : Math.round(0.6 * LSF_PREDICTORS[i - AGES * ORDER]! + 0.4 * value)));
/** pi / 4 in Q13, and its multiples, for the octants of the cosine. */
const OCTANT = 6434;
const QUARTER = 12_868;
const HALF = 25_736;
/** 0.005 and 3.135 in Q13: the ends that a frequency may reach. */
const LOWEST = 40;
const HIGHEST = 25_681;
/** 0.0391 in Q13: what neighbours keep apart. */
const DISTANCE = 321;

const square = (angle: number): number => (angle * angle + 1024) >> 11;
const round15 = (product: number): number => (product + 0x4000) >> 15;

/** 1 - x^2/2 + x^4/24 - x^6/720, Q15. */
function cosineNearZero(angle: number): number {
  const x2 = square(angle);
  return 32_768 + round15(x2 * (-16_384 + round15(x2 * (1365 + round15(x2 * -46)))));
}

/** x (1 - x^2/6 + x^4/120 - x^6/5040), Q15 of an angle in Q13. */
function sineNearZero(angle: number): number {
  const x2 = square(angle);
  return (angle * (32_768 + round15(x2 * (-5461 + round15(x2 * (273 + round15(x2 * -7)))))) + 4096) >> 13;
}

/**
 * Cosine in Q15 of an angle in Q13, 0 to pi, by Taylor's series. Finer than the 64-point table of the fixed-point
 * reference; what it interoperates with bit by bit computes it so.
 */
export function cosine(angle: number): number {
  if (angle < OCTANT) return Math.min(32_767, cosineNearZero(angle));
  if (angle < 3 * OCTANT - 1) return sineNearZero(QUARTER - angle);
  return -cosineNearZero(HALF - angle);
}

/** Pushes neighbours apart that stand nearer than `distance`, each by half (equation 3.2.4). */
export function spread(lsf: Int16Array | Int32Array, distance: number): void {
  for (let i = 1; i < ORDER; i++) {
    const lack = lsf[i - 1]! - lsf[i]! + distance;
    if (lack > 0) {
      lsf[i - 1] = lsf[i - 1]! - (lack >> 1);
      lsf[i] = lsf[i]! + (lack >> 1);
    }
  }
}

/** Sorts the frequencies and keeps them apart and within the circle, so that the filter is stable. */
export function stabilise(lsf: Int16Array): void {
  for (let i = 1; i < ORDER; i++) {
    const value = lsf[i]!;
    let k = i - 1;
    for (; k >= 0 && lsf[k]! > value; k--) lsf[k + 1] = lsf[k]!;
    lsf[k + 1] = value;
  }
  if (lsf[0]! < LOWEST) lsf[0] = LOWEST;
  for (let i = 1; i < ORDER; i++) if (lsf[i]! - lsf[i - 1]! < DISTANCE) lsf[i] = lsf[i - 1]! + DISTANCE;
  if (lsf[ORDER - 1]! > HIGHEST) lsf[ORDER - 1] = HIGHEST;
}

/** What stands in the quantizer's memory, newest frame first: [age][frequency], Q13. */
export class LsfMemory {
  readonly residues = new Int32Array(AGES * ORDER);

  constructor() {
    this.reset();
  }

  reset(): void {
    for (let age = 0; age < AGES; age++) this.residues.set(LSF_AT_RESET, age * ORDER);
  }

  push(residue: ArrayLike<number>): void {
    this.residues.copyWithin(ORDER, 0);
    this.residues.set(residue, 0);
  }
}

/** Codes to line spectral frequencies, frame after frame. */
export class LsfDecoder {
  readonly memory = new LsfMemory();
  readonly #residue = new Int32Array(ORDER);
  /** The last frame's frequencies, Q13. */
  readonly lsf = new Int16Array(LSF_AT_RESET);
  #mode = 0;

  reset(): void {
    this.memory.reset();
    this.lsf.set(LSF_AT_RESET);
    this.#mode = 0;
  }

  /** Decodes L0 to L3, which stand at the head of `parameters`, into `lsf`. */
  decode(parameters: Int32Array): void {
    const mode = parameters[0]!;
    const residue = this.#residue;
    for (let i = 0; i < ORDER; i++) residue[i] = LSF_STAGE_1[parameters[1]! * ORDER + i]! + LSF_STAGE_2[parameters[i < 5 ? 2 : 3]! * ORDER + i]!;
    spread(residue, 10);
    spread(residue, 5);
    this.#predict(LSF_PREDICTORS, LSF_PREDICTOR_REST, mode, this.lsf);
    this.#mode = mode;
  }

  #predict(predictors: Int16Array, rest: Int16Array, mode: number, out: Int16Array): void {
    const residue = this.#residue;
    const past = this.memory.residues;
    for (let i = 0; i < ORDER; i++) {
      let sum = residue[i]! * rest[mode * ORDER + i]!;
      for (let age = 0; age < AGES; age++) sum += past[age * ORDER + i]! * predictors[(mode * AGES + age) * ORDER + i]!;
      out[i] = (sum + 0x4000) >> 15;
    }
    stabilise(out);
    this.memory.push(residue);
  }

  /** The frequencies of a comfort noise frame into `out` (Annex B, section B.4.2.2); speech's own last ones stay. */
  decodeNoise(mode: number, stage1: number, stage2: number, out: Int16Array): void {
    const residue = this.#residue;
    const first = NOISE_STAGE_1[stage1]!;
    const lower = NOISE_STAGE_2[stage2]!;
    const upper = NOISE_STAGE_2[16 + stage2]!;
    for (let i = 0; i < ORDER; i++) residue[i] = LSF_STAGE_1[first * ORDER + i]! + LSF_STAGE_2[(i < 5 ? lower : upper) * ORDER + i]!;
    spread(residue, 10);
    this.#predict(NOISE_PREDICTORS, NOISE_PREDICTOR_REST, mode, out);
  }

  /** A frame that did not come (section 4.4.1): the frequencies stay, and the memory takes what would have given them. */
  repeat(): void {
    const mode = this.#mode;
    const past = this.memory.residues;
    const residue = this.#residue;
    for (let i = 0; i < ORDER; i++) {
      let sum = this.lsf[i]! << 15;
      for (let age = 0; age < AGES; age++) sum -= past[age * ORDER + i]! * LSF_PREDICTORS[(mode * AGES + age) * ORDER + i]!;
      residue[i] = Math.floor((sum * LSF_PREDICTOR_REST_INVERSE[mode * ORDER + i]! + 0x400_0000) / 0x800_0000);
    }
    this.memory.push(residue);
  }
}
