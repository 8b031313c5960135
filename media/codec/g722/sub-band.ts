// One sub-band's adaptive predictor and scale factor (G.722 sections 3.5, 3.6 and 6.2.1.4: blocks 3L/3H and 4L/4H). The encoder
// and the decoder run the same one, so that both know the same prediction.
import { ILB } from "./tables.js";

const saturate = (value: number): number => (value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value);

export interface BandShape {
  /** Smallest scale factor, where a stream begins. */
  readonly det: number;
  /** Largest logarithmic scale factor. */
  readonly nbMax: number;
  /** SCALEL and SCALEH differ by this. */
  readonly shift: number;
}

export const LOW_BAND: BandShape = { det: 32, nbMax: 18_432, shift: 8 };
export const HIGH_BAND: BandShape = { det: 8, nbMax: 22_528, shift: 10 };

/** Where in a band's state things stand: the last two of each, the latest first. */
const R = 0;
const P = 2;
const A = 4;
/** The last six quantized differences and the zeros' coefficients. */
const D = 6;
const B = 12;
const STATE = 18;

export class SubBand {
  readonly #shape: BandShape;
  /** Predicted signal. */
  prediction = 0;
  /** Scale factor of the quantizer. */
  det: number;
  #nb = 0;
  /** Of the zero section. */
  #sz = 0;
  /**
   * Reconstructed signal, doubled; partly reconstructed signal; pole coefficients; differences, doubled; zero coefficients. What
   * is doubled is only multiplied or asked for its sign.
   */
  readonly #state = new Int32Array(STATE);

  constructor(shape: BandShape) {
    this.#shape = shape;
    this.det = shape.det;
  }

  reset(): void {
    this.prediction = 0;
    this.det = this.#shape.det;
    this.#nb = 0;
    this.#sz = 0;
    this.#state.fill(0);
  }

  /** LOGSCL/LOGSCH and SCALEL/SCALEH. @param weight of the code word, WL or WH */
  scale(weight: number): void {
    const { nbMax, shift } = this.#shape;
    const next = ((this.#nb * 127) >> 7) + weight;
    this.#nb = next < 0 ? 0 : next > nbMax ? nbMax : next;
    const exponent = shift - (this.#nb >> 11);
    const mantissa = ILB[(this.#nb >> 6) & 31]!;
    this.det = (exponent < 0 ? mantissa << -exponent : mantissa >> exponent) << 2;
  }

  /** Takes the quantized difference `d` of this sample and predicts the next one. */
  adapt(d: number): void {
    const s = this.#state;
    const p0 = saturate(this.#sz + d);
    const r0 = saturate(2 * saturate(this.prediction + d));
    this.#adaptPoles(p0);
    const poles = saturate((Math.imul(s[A]!, r0) >> 15) + (Math.imul(s[A + 1]!, s[R]!) >> 15));
    s[R] = r0;
    s[P + 1] = s[P]!;
    s[P] = p0;
    this.#sz = saturate(this.#adaptZeros(d));
    this.prediction = saturate(poles + this.#sz);
  }

  /** UPPOL2, UPPOL1. */
  #adaptPoles(p0: number): void {
    const s = this.#state;
    const sameAsLast = (p0 ^ s[P]!) >= 0;
    const four = saturate(s[A]! << 2);
    const towards = saturate(sameAsLast ? -four : four);
    const raw2 = ((p0 ^ s[P + 1]!) >= 0 ? 128 : -128) + (towards >> 7) + (Math.imul(s[A + 1]!, 32_512) >> 15);
    const a2 = raw2 > 12_288 ? 12_288 : raw2 < -12_288 ? -12_288 : raw2;
    const raw1 = saturate((sameAsLast ? 192 : -192) + (Math.imul(s[A]!, 32_640) >> 15));
    const bound = saturate(15_360 - a2);
    const a1 = raw1 > bound ? bound : raw1 < -bound ? -bound : raw1;
    s[A] = a1;
    s[A + 1] = a2;
  }

  /** UPZERO and FILTEZ in one: the delay line of differences moves up, and their sum by the new coefficients is returned. */
  #adaptZeros(now: number): number {
    const s = this.#state;
    const step = now === 0 ? 0 : 128;
    let zeros = 0;
    let next = saturate(2 * now);
    for (let i = 0; i < 6; i++) {
      const before = s[D + i]!;
      const b = saturate(((before ^ now) >= 0 ? step : -step) + (Math.imul(s[B + i]!, 32_640) >> 15));
      s[B + i] = b;
      s[D + i] = next;
      zeros += Math.imul(b, next) >> 15;
      next = before;
    }
    return zeros;
  }
}
