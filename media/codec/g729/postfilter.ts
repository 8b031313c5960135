// The postfilter of ITU-T G.729 Annex A (section A.4.2): a long-term filter at a whole delay, the formant filter
// A(z/0.55) / A(z/0.7) with its tilt taken back, and the gain that keeps the level.
import { LONGEST_DELAY } from "./excitation.js";
import { synthesise, type FilterRun } from "./filter.js";
import { saturate16, squareRoot } from "./fixed-point.js";
import { SUBFRAME } from "./gain-predictor.js";
import { ORDER } from "./lsf.js";

const powers = (base: number): Int16Array => Int16Array.from({ length: ORDER }, (_, i) => Math.round(base ** (i + 1) * 32_768));
const NUMERATOR = powers(0.55);
const DENOMINATOR = powers(0.7);
const PAST = LONGEST_DELAY;
/** Samples of the formant filter's impulse response that its tilt is measured on. */
const RESPONSE = 22;
/** 0.8 in Q15: how much of the tilt is taken back. */
const TILT = 26_214;
/** 0.9 in Q15, and 0.1: how the level's gain follows. */
const GAIN_OLD = 29_491;
const GAIN_NEW = 3277;
/** 2/3 and 1/3 in Q15: the long-term filter at its full strength. */
const DIRECT_AT_MOST = 21_846;
const DELAYED_AT_MOST = 10_922;

/** The delay that fits best, and what was found there. */
const found = { delay: 0, correlation: 0, delayedEnergy: 0, energy: 0 };

export class Postfilter {
  readonly #numerator = new Int16Array(ORDER);
  readonly #denominator = new Int16Array(ORDER);
  /** The residual of A(z/0.55), after `PAST` samples of its past; and a quarter of it. */
  readonly #residual = new Int16Array(PAST + SUBFRAME);
  readonly #quarter = new Int16Array(PAST + SUBFRAME);
  /** What the long-term filter gives, after one sample of its past. */
  readonly #longTerm = new Int16Array(1 + SUBFRAME);
  readonly #excitation = new Int16Array(SUBFRAME);
  readonly #formant = new Int16Array(ORDER + SUBFRAME);
  readonly #response = new Int32Array(ORDER + RESPONSE);
  readonly #toFormant: FilterRun = { x: this.#excitation, xAt: 0, y: this.#formant, yAt: ORDER };
  /** Q12. */
  #gain = 4096;

  reset(): void {
    this.#residual.fill(0);
    this.#quarter.fill(0);
    this.#longTerm.fill(0);
    this.#formant.fill(0);
    this.#gain = 4096;
  }

  /**
   * Filters the subframe `speech[at..at+40)`, which stands after its ten samples before, into `out[to..]`. `a` is the
   * subframe's filter (Q12, from `aAt` on), `delay` its pitch in whole samples.
   */
  filter(speech: Int16Array, at: number, delay: number, { a, aAt, out, to }: PostfilterRun): void {
    for (let i = 0; i < ORDER; i++) {
      this.#numerator[i] = (a[aAt + i]! * NUMERATOR[i]! + 0x4000) >> 15;
      this.#denominator[i] = (a[aAt + i]! * DENOMINATOR[i]! + 0x4000) >> 15;
    }
    this.#takeResidual(speech, at);
    this.#filterLongTerm(delay);
    this.#takeTiltBack();
    const formant = this.#formant;
    synthesise(this.#denominator, 0, this.#toFormant);
    this.#keepLevel(speech, at, out, to);
    formant.copyWithin(0, SUBFRAME);
  }

  #takeResidual(speech: Int16Array, at: number): void {
    const b = this.#numerator;
    for (let n = 0; n < SUBFRAME; n++) {
      let sum = (speech[at + n]! << 12) + 0x800;
      for (let i = 0; i < ORDER; i++) sum = (sum + Math.imul(b[i]!, speech[at + n - 1 - i]!)) | 0;
      const value = saturate16(sum >> 12);
      this.#residual[PAST + n] = value;
      this.#quarter[PAST + n] = (value + 2) >> 2;
    }
  }

  #filterLongTerm(delay: number): void {
    const [x, out] = [this.#residual, this.#longTerm];
    search(this.#quarter, delay);
    const { correlation, delayedEnergy, energy } = found;
    let [direct, delayed] = [32_768, 0];
    if (correlation > 0) {
      const shift = Math.max(0, 17 - Math.clz32(Math.max(correlation, delayedEnergy, energy)));
      const [c, e, e0] = [correlation >> shift, delayedEnergy >> shift, energy >> shift];
      if (c * c >= (e * e0) >> 1) {
        delayed = c >= e ? DELAYED_AT_MOST : Math.floor((c * 32_768) / (2 * e + c));
        direct = c >= e ? DIRECT_AT_MOST : 32_767 - delayed;
      }
    }
    for (let n = 0; n < SUBFRAME; n++) out[n + 1] = (x[PAST + n]! * direct + x[PAST + n - found.delay]! * delayed + 0x4000) >> 15;
    x.copyWithin(0, SUBFRAME);
    this.#quarter.copyWithin(0, SUBFRAME);
  }

  /** x[n] - mu x[n-1], mu being 0.8 of the first reflection coefficient where it is negative (section A.4.2.3). */
  #takeTiltBack(): void {
    const [h, a, x] = [this.#response, this.#denominator, this.#longTerm];
    let [energy, correlation, last] = [0, 0, 0];
    for (let n = 0; n < RESPONSE; n++) {
      let sum = (n === 0 ? 0x100_0000 : n <= ORDER ? this.#numerator[n - 1]! << 12 : 0) + 0x800;
      for (let i = 0; i < ORDER; i++) sum -= a[i]! * h[ORDER + n - 1 - i]!;
      const value = sum >> 12;
      h[ORDER + n] = value;
      energy += value * value;
      correlation += value * last;
      last = value;
    }
    const mu = correlation > 0 ? Math.floor(Math.floor((TILT * correlation) / 32_768) / Math.floor((energy + 0x800) / 4096)) : 0;
    for (let n = 0; n < SUBFRAME; n++) this.#excitation[n] = x[n + 1]! - ((mu * x[n]!) >> 12);
    x[0] = x[SUBFRAME]!;
  }

  #keepLevel(speech: Int16Array, at: number, out: Int16Array, to: number): void {
    const y = this.#formant;
    let [energyIn, energyOut] = [0, 0];
    for (let n = 0; n < SUBFRAME; n++) {
      energyIn += (speech[at + n]! * speech[at + n]!) >> 4;
      energyOut += (y[ORDER + n]! * y[ORDER + n]!) >> 4;
    }
    if (energyOut === 0) {
      this.#gain = 0;
      for (let n = 0; n < SUBFRAME; n++) out[to + n] = y[ORDER + n]!;
      return;
    }
    const target = energyIn === 0 ? 0 : (GAIN_NEW * squareRoot(ratio(energyIn, energyOut)) + 0x4000) >> 15;
    let gain = this.#gain;
    for (let n = 0; n < SUBFRAME; n++) {
      gain = ((GAIN_OLD * gain + 0x4000) >> 15) + target;
      out[to + n] = saturate16((y[ORDER + n]! * gain) >> 12);
    }
    this.#gain = gain;
  }
}

/** a / b in Q10 within 32 bits without sign: where `a` leaves no room for all ten, `b` gives up the rest. */
function ratio(a: number, b: number): number {
  const up = Math.min(10, Math.clz32(a));
  return Math.max(1, Math.floor((a * (1 << up)) / Math.max(1, b >>> (10 - up))));
}

/** The best whole delay within three samples of `delay`, none longer than the longest. */
function search(x: Int16Array, delay: number): void {
  const highest = Math.min(LONGEST_DELAY, delay + 3);
  const lowest = highest === LONGEST_DELAY ? LONGEST_DELAY - 6 : delay - 3;
  found.correlation = -Infinity;
  for (let d = lowest; d <= highest; d++) {
    let sum = 0;
    for (let n = PAST; n < PAST + SUBFRAME; n++) sum += x[n]! * x[n - d]!;
    if (sum > found.correlation) {
      found.correlation = sum;
      found.delay = d;
    }
  }
  found.energy = 0;
  found.delayedEnergy = 0;
  for (let n = PAST; n < PAST + SUBFRAME; n++) {
    found.energy += x[n]! * x[n]!;
    found.delayedEnergy += x[n - found.delay]! * x[n - found.delay]!;
  }
}

export interface PostfilterRun {
  readonly a: Int16Array;
  aAt: number;
  out: Int16Array;
  to: number;
}
