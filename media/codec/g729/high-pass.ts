// The two high-pass filters of second order at the codec's ends (ITU-T G.729 sections 3.1 and 4.2.5).
import { saturate16 } from "./fixed-point.js";

export interface HighPassDesign {
  /** Numerator, and the denominator after its leading one, in Q`shift`. */
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
  readonly shift: number;
  /** Where the output's whole part begins in the filter's state: one less than `shift` doubles it. */
  readonly outShift: number;
}

/** 140 Hz before the encoder, which halves. */
export const PRE_PROCESSING: HighPassDesign = { b: [1899, -3798, 1899], a: [7807, -3733], shift: 12, outShift: 12 };
/** 100 Hz after the decoder, which doubles. */
export const POST_PROCESSING: HighPassDesign = { b: [7699, -15_398, 7699], a: [15_836, -7667], shift: 13, outShift: 12 };

/** The state is held within 16 bits and the 13 of the finer design's fraction. */
const STATE_MAX = 0xfff_ffff;

export class HighPass {
  readonly #design: HighPassDesign;
  #x1 = 0;
  #x2 = 0;
  #y1 = 0;
  #y2 = 0;

  constructor(design: HighPassDesign) {
    this.#design = design;
  }

  reset(): void {
    this.#x1 = this.#x2 = this.#y1 = this.#y2 = 0;
  }

  /** Filters `count` samples of `x` into `out[at..]`. */
  run(x: Int16Array, out: Int16Array, at: number, count: number): void {
    const { b, a, shift, outShift } = this.#design;
    const [b0, b1, b2] = b;
    const [a1, a2] = a;
    const mask = (1 << shift) - 1;
    const half = 1 << (outShift - 1);
    let x1 = this.#x1;
    let x2 = this.#x2;
    let y1 = this.#y1;
    let y2 = this.#y2;
    for (let n = 0; n < count; n++) {
      const x0 = x[n]!;
      const back1 = Math.imul(y1 >> shift, a1) + (Math.imul(y1 & mask, a1) >> shift);
      const back2 = Math.imul(y2 >> shift, a2) + (Math.imul(y2 & mask, a2) >> shift);
      const sum = (Math.imul(b0, x0) + Math.imul(b1, x1) + Math.imul(b2, x2) + back1 + back2) | 0;
      const y0 = sum > STATE_MAX ? STATE_MAX : sum < ~STATE_MAX ? ~STATE_MAX : sum;
      x2 = x1;
      x1 = x0;
      y2 = y1;
      y1 = y0;
      out[at + n] = saturate16((y0 + half) >> outShift);
    }
    this.#x1 = x1;
    this.#x2 = x2;
    this.#y1 = y1;
    this.#y2 = y2;
  }
}
