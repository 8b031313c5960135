// The moving-average prediction of the fixed codebook's gain (ITU-T G.729 section 3.9.1).
import { exp2, log2 } from "./fixed-point.js";
import * as sizes from "./sizes.js";

const { SUBFRAME } = sizes;
/** 0.68, 0.58, 0.34 and 0.19 in Q14. */
const PREDICTOR = Int16Array.of(11_141, 9503, 5571, 3113);
const LOWEST_ERROR = -14_336;
/** 4 dB in Q10: what an erased frame's prediction error falls. */
const ERASED_DROP = 4096;
/** 10 log10(2) in Q13. */
const DB_PER_BIT = 24_660;
/** 20 / log2(10) of a Q15 fraction: 1 / (20 log10(2)). */
const BITS_PER_DB = 5442;
/** 30 dB mean energy of the innovation, 40 samples of it, and the Q26 of its energy, in dB, Q16. */
const LEVEL = 8_145_363;

export class GainPredictor {
  /** Prediction errors in dB, newest first, Q10. */
  readonly errors = new Int16Array(4);

  constructor() {
    this.reset();
  }

  reset(): void {
    this.errors.fill(LOWEST_ERROR);
  }

  /** The gain that the innovation `code` (Q13) is expected to have, Q16. */
  predict(code: Int16Array): number {
    let energy = 0;
    for (let i = 0; i < SUBFRAME; i++) energy += code[i]! * code[i]!;
    const e = this.errors;
    let predicted = 0;
    for (let i = 0; i < 4; i++) predicted += PREDICTOR[i]! * e[i]!;
    const levelDb = LEVEL - Math.floor((DB_PER_BIT * log2(energy)) / 8192);
    const gainDb = levelDb * 64 + (predicted >> 2);
    return exp2(Math.floor((gainDb * BITS_PER_DB + 0x200_0000) / 0x400_0000));
  }

  /** Takes the correction that was sent (Q12) into the memory. */
  update(correction: number): void {
    this.#push(Math.floor((DB_PER_BIT * (log2(correction) - (12 << 16)) + 0x2_0000) / 0x4_0000));
  }

  /** A frame that did not come: the mean error less 4 dB. */
  fade(): void {
    const e = this.errors;
    this.#push(Math.max(LOWEST_ERROR, ((e[0]! + e[1]! + e[2]! + e[3]! + 2) >> 2) - ERASED_DROP));
  }

  #push(error: number): void {
    this.errors.copyWithin(1, 0);
    this.errors[0] = error;
  }
}
