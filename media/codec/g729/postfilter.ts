// The postfilter of ITU-T G.729 Annex A (section A.4.2): a long-term filter at a whole delay, the formant filter
// A(z/0.55) / A(z/0.7) with its tilt taken back, and the gain that keeps the level.
import { synthesise, type FilterRun } from "./filter.js";
import { saturate16, squareRoot } from "./fixed-point.js";
import * as sizes from "./sizes.js";

const { SUBFRAME, ORDER, LONGEST_DELAY } = sizes;
const powers = (base: number): Int16Array => Int16Array.from({ length: ORDER }, (_, i) => Math.round(base ** (i + 1) * 32_768));
const NUMERATOR = powers(0.55);
const DENOMINATOR = powers(0.7);
const PAST = LONGEST_DELAY;
const HALF = SUBFRAME / 2;
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
  readonly #response = new Int32Array(RESPONSE);
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
    const residual = this.#residual;
    const quarter = this.#quarter;
    takeResidual(this.#numerator, speech, at, residual);
    for (let n = PAST; n < PAST + SUBFRAME; n++) quarter[n] = (residual[n]! + 2) >> 2;
  }

  #filterLongTerm(delay: number): void {
    const x = this.#residual;
    const out = this.#longTerm;
    search(this.#quarter, delay);
    const { correlation, delayedEnergy, energy } = found;
    let direct = 32_768;
    let delayed = 0;
    if (correlation > 0) {
      const shift = Math.max(0, 17 - Math.clz32(Math.max(correlation, delayedEnergy, energy)));
      const c = correlation >> shift;
      const e = delayedEnergy >> shift;
      const e0 = energy >> shift;
      // Out of near silence nothing is left of both beside the energy: nothing to go by.
      if (c > 0 && c * c >= (e * e0) >> 1) {
        delayed = c >= e ? DELAYED_AT_MOST : Math.floor((c * 32_768) / (2 * e + c));
        direct = c >= e ? DIRECT_AT_MOST : 32_767 - delayed;
      }
    }
    const from = PAST - found.delay;
    for (let n = 0; n < SUBFRAME; n++) out[n + 1] = (Math.imul(x[PAST + n]!, direct) + Math.imul(x[from + n]!, delayed) + 0x4000) >> 15;
    x.copyWithin(0, SUBFRAME);
    this.#quarter.copyWithin(0, SUBFRAME);
  }

  /** x[n] - mu x[n-1], mu being 0.8 of the first reflection coefficient where it is negative (section A.4.2.3). */
  #takeTiltBack(): void {
    const h = this.#response;
    const a = this.#denominator;
    const b = this.#numerator;
    const x = this.#longTerm;
    const to = this.#excitation;
    let energy = 0x100_0000;
    let correlation = 0;
    let last = 4096;
    h[0] = 4096;
    for (let n = 1; n < RESPONSE; n++) {
      let sum = (n <= ORDER ? b[n - 1]! << 12 : 0) + 0x800;
      for (let i = Math.max(0, n - ORDER), k = n - 1 - i; i < n; i++, k--) sum = (sum - Math.imul(a[k]!, h[i]!)) | 0;
      const value = sum >> 12;
      h[n] = value;
      energy += value * value;
      correlation += value * last;
      last = value;
    }
    const mu = correlation > 0 ? Math.floor(Math.floor((TILT * correlation) / 32_768) / Math.floor((energy + 0x800) / 4096)) : 0;
    for (let n = 0; n < SUBFRAME; n++) to[n] = x[n + 1]! - (Math.imul(mu, x[n]!) >> 12);
    x[0] = x[SUBFRAME]!;
  }

  #keepLevel(speech: Int16Array, at: number, out: Int16Array, to: number): void {
    const y = this.#formant;
    let energyIn = 0;
    let energyOut = 0;
    for (let n = 0; n < SUBFRAME; n++) {
      const before = speech[at + n]!;
      const after = y[ORDER + n]!;
      energyIn += Math.imul(before, before) >> 4;
      energyOut += Math.imul(after, after) >> 4;
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
      out[to + n] = saturate16(Math.imul(y[ORDER + n]!, gain) >> 12);
    }
    this.#gain = gain;
  }
}

/** a / b in Q10 within 32 bits without sign: where `a` leaves no room for all ten, `b` gives up the rest. */
function ratio(a: number, b: number): number {
  const up = Math.min(10, Math.clz32(a));
  return Math.max(1, Math.floor((a * (1 << up)) / Math.max(1, b >>> (10 - up))));
}

/** Over half a subframe from `at` on, with what stands `delay` before: a quarter of full scale keeps it within int32. */
function correlate(x: Int16Array, at: number, delay: number): number {
  let sum = 0;
  for (let n = at, past = at - delay; n < at + HALF; n++, past++) sum = (sum + Math.imul(x[n]!, x[past]!)) | 0;
  return sum;
}

/** A(z) of `b` (Q12, without the leading one) over `x[at..at+40)`, behind the past in `out`. */
function takeResidual(b: Int16Array, x: Int16Array, at: number, out: Int16Array): void {
  const b1 = b[0]!, b2 = b[1]!, b3 = b[2]!, b4 = b[3]!, b5 = b[4]!, b6 = b[5]!, b7 = b[6]!, b8 = b[7]!, b9 = b[8]!, b10 = b[9]!;
  for (let n = 0, i = at; n < SUBFRAME; n++, i++) {
    const near = Math.imul(b1, x[i - 1]!) + Math.imul(b2, x[i - 2]!) + Math.imul(b3, x[i - 3]!) + Math.imul(b4, x[i - 4]!) + Math.imul(b5, x[i - 5]!);
    const far = Math.imul(b6, x[i - 6]!) + Math.imul(b7, x[i - 7]!) + Math.imul(b8, x[i - 8]!) + Math.imul(b9, x[i - 9]!) + Math.imul(b10, x[i - 10]!);
    out[PAST + n] = saturate16(((x[i]! << 12) + 0x800 + near + far) >> 12);
  }
}

/** The best whole delay within three samples of `delay`, none longer than the longest. */
function search(x: Int16Array, delay: number): void {
  const highest = Math.min(LONGEST_DELAY, delay + 3);
  const lowest = highest === LONGEST_DELAY ? LONGEST_DELAY - 6 : delay - 3;
  found.correlation = -Infinity;
  for (let d = lowest; d <= highest; d++) {
    const sum = correlate(x, PAST, d) + correlate(x, PAST + HALF, d);
    if (sum > found.correlation) {
      found.correlation = sum;
      found.delay = d;
    }
  }
  found.energy = correlate(x, PAST, 0) + correlate(x, PAST + HALF, 0);
  const past = PAST - found.delay;
  found.delayedEnergy = correlate(x, past, 0) + correlate(x, past + HALF, 0);
}

export interface PostfilterRun {
  readonly a: Int16Array;
  aAt: number;
  out: Int16Array;
  to: number;
}
