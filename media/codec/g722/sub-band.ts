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

export class SubBand {
  readonly #shape: BandShape;
  /** Predicted signal. */
  prediction = 0;
  /** Scale factor of the quantizer. */
  det: number;
  #nb = 0;
  /** Of the zero section. */
  #sz = 0;
  /** Index 1, 2: reconstructed, partly reconstructed signal and pole coefficients, one and two samples ago. */
  readonly #r = new Int32Array(3);
  readonly #p = new Int32Array(3);
  readonly #a = new Int32Array(3);
  /** Index 1-6: quantized differences and zero coefficients. */
  readonly #d = new Int32Array(7);
  readonly #b = new Int32Array(7);

  constructor(shape: BandShape) {
    this.#shape = shape;
    this.det = shape.det;
  }

  reset(): void {
    this.prediction = 0;
    this.det = this.#shape.det;
    this.#nb = 0;
    this.#sz = 0;
    for (const state of [this.#r, this.#p, this.#a, this.#d, this.#b]) state.fill(0);
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
    this.#r[0] = saturate(this.prediction + d);
    this.#p[0] = saturate(this.#sz + d);
    this.#adaptPoles();
    this.#adaptZeros(d);
    this.#predict();
  }

  /** UPPOL2, UPPOL1. */
  #adaptPoles(): void {
    const p = this.#p;
    const a = this.#a;
    const sameAsLast = (p[0]! ^ p[1]!) >= 0;
    const four = saturate(a[1]! << 2);
    const towards = saturate(sameAsLast ? -four : four);
    const raw2 = ((p[0]! ^ p[2]!) >= 0 ? 128 : -128) + (towards >> 7) + ((a[2]! * 32_512) >> 15);
    const a2 = raw2 > 12_288 ? 12_288 : raw2 < -12_288 ? -12_288 : raw2;
    const raw1 = saturate((sameAsLast ? 192 : -192) + ((a[1]! * 32_640) >> 15));
    const bound = saturate(15_360 - a2);
    a[1] = raw1 > bound ? bound : raw1 < -bound ? -bound : raw1;
    a[2] = a2;
  }

  /** UPZERO, and the delay line of differences. */
  #adaptZeros(now: number): void {
    const d = this.#d;
    const b = this.#b;
    const step = now === 0 ? 0 : 128;
    for (let i = 6; i >= 1; i--) {
      b[i] = saturate(((d[i]! ^ now) >= 0 ? step : -step) + ((b[i]! * 32_640) >> 15));
      if (i > 1) d[i] = d[i - 1]!;
    }
    d[1] = now;
  }

  /** FILTEP, FILTEZ, PREDIC. */
  #predict(): void {
    const r = this.#r;
    const p = this.#p;
    r[2] = r[1]!;
    r[1] = r[0]!;
    p[2] = p[1]!;
    p[1] = p[0]!;
    const poles = saturate(((this.#a[1]! * saturate(2 * r[1]!)) >> 15) + ((this.#a[2]! * saturate(2 * r[2]!)) >> 15));
    let zeros = 0;
    for (let i = 6; i >= 1; i--) zeros += (this.#b[i]! * saturate(2 * this.#d[i]!)) >> 15;
    this.#sz = saturate(zeros);
    this.prediction = saturate(poles + this.#sz);
  }
}
