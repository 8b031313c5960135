// Linear prediction of a pause (ITU-T G.729 sections 3.2.1 to 3.2.3), in double precision: correlations, Levinson and Durbin's recursion, and the
// frequencies at which the filter's two halves have their zeros.
import { LAG_WINDOW, LP_WINDOW } from "./lp-tables.js";
import * as sizes from "./sizes.js";

const { ORDER, ANALYSED } = sizes;
/** Lags that the pauses' detector needs (section B.3.1.1). */
export const LAGS = 13;
/** White noise 40 dB below (section 3.2.1). */
const WHITENING = 1.0001;
/** Section 3.2.3: the zeros are looked for between so many points of the half circle, here the 60 of the main body. */
const GRID = 60;
const BISECTIONS = 6;
const HALF = ORDER / 2;

const WINDOW = Float64Array.from(LP_WINDOW, (value) => value / 32_768);
/** What the window leaves of the energy, samples: a correlation divided by it is a mean. */
export const WINDOW_ENERGY = WINDOW.reduce((sum, value) => sum + value * value, 0);
const LESSENED = Float64Array.from({ length: LAGS }, (_, lag) => (lag === 0 ? WHITENING : lag <= ORDER ? LAG_WINDOW[lag - 1]! / 32_768 : lagWindow(lag)));
const GRID_COSINES = Float64Array.from({ length: GRID + 1 }, (_, i) => Math.cos((Math.PI * i) / GRID));

export class LpAnalysis {
  /** Of the windowed sound, lessened by the lag window. */
  readonly correlations = new Float64Array(LAGS);
  /** 1, a1 to a10 of A(z). */
  readonly a = new Float64Array(ORDER + 1);
  /** k1 to k10; k1 is a1 in the first order. */
  readonly reflections = new Float64Array(ORDER);
  /** Line spectral frequencies, radians, ascending; those before where the filter has not ten. */
  readonly lsf = Float64Array.from({ length: ORDER }, (_, i) => (Math.PI * (i + 1)) / (ORDER + 1));
  /** What prediction leaves of the energy. */
  error = 0;
  readonly #windowed = new Float64Array(ANALYSED);
  readonly #before = new Float64Array(ORDER + 1);
  readonly #sums = new Float64Array(HALF + 1);
  readonly #differences = new Float64Array(HALF + 1);
  readonly #zeros = new Float64Array(ORDER);

  reset(): void {
    for (let i = 0; i < ORDER; i++) this.lsf[i] = (Math.PI * (i + 1)) / (ORDER + 1);
  }

  /** Analyses `sound[0..240)`. */
  analyse(sound: Int16Array): void {
    const x = this.#windowed;
    for (let n = 0; n < ANALYSED; n++) x[n] = sound[n]! * WINDOW[n]!;
    for (let lag = 0; lag < LAGS; lag++) {
      let sum = 0;
      for (let n = lag; n < ANALYSED; n++) sum += x[n]! * x[n - lag]!;
      this.correlations[lag] = (lag === 0 ? Math.max(1, sum) : sum) * LESSENED[lag]!;
    }
    this.solve();
  }

  /** The filter, and what is made of it, of `correlations`. */
  solve(): void {
    this.#predict();
    this.#findZeros();
  }

  #predict(): void {
    const { a, reflections } = this;
    const r = this.correlations;
    const before = this.#before;
    a.fill(0);
    a[0] = 1;
    let error = r[0]!;
    for (let i = 1; i <= ORDER; i++) {
      let sum = 0;
      for (let j = 0; j < i; j++) sum += a[j]! * r[i - j]!;
      const k = -sum / error;
      reflections[i - 1] = k;
      before.set(a);
      for (let j = 1; j <= i; j++) a[j] = before[j]! + k * before[i - j]!;
      error *= 1 - k * k;
    }
    this.error = error;
  }

  #findZeros(): void {
    const { a } = this;
    const sums = this.#sums;
    const differences = this.#differences;
    sums[0] = differences[0] = 1;
    for (let i = 0; i < HALF; i++) {
      sums[i + 1] = a[i + 1]! + a[ORDER - i]! - sums[i]!;
      differences[i + 1] = a[i + 1]! - a[ORDER - i]! + differences[i]!;
    }
    let found = 0;
    let polynomial = sums;
    let xh = GRID_COSINES[0]!;
    let yh = chebyshev(polynomial, xh);
    for (let i = 1; i <= GRID && found < ORDER; i++) {
      const xl = GRID_COSINES[i]!;
      const yl = chebyshev(polynomial, xl);
      if (yl * yh > 0) {
        xh = xl;
        yh = yl;
        continue;
      }
      // Zeros of the two halves take turns: the other half's next one may lie within the same two points.
      const zero = this.#narrow(polynomial, xh, xl);
      this.#zeros[found++] = Math.acos(zero);
      polynomial = polynomial === sums ? differences : sums;
      xh = zero;
      yh = chebyshev(polynomial, xh);
      i -= 1;
    }
    if (found === ORDER) this.lsf.set(this.#zeros);
  }

  #narrow(polynomial: Float64Array, from: number, to: number): number {
    let xh = from;
    let xl = to;
    let yh = chebyshev(polynomial, xh);
    let yl = chebyshev(polynomial, xl);
    for (let i = 0; i < BISECTIONS; i++) {
      const middle = (xh + xl) / 2;
      const y = chebyshev(polynomial, middle);
      if (y * yh <= 0) [xl, yl] = [middle, y];
      else [xh, yh] = [middle, y];
    }
    return yh === yl ? xh : xh - (yh * (xh - xl)) / (yh - yl);
  }
}

/** Clenshaw's sum of the fifth order. */
function chebyshev(f: Float64Array, x: number): number {
  let b1 = 2 * x + f[1]!;
  let b2 = 1;
  for (let i = 2; i < HALF; i++) [b1, b2] = [2 * x * b1 - b2 + f[i]!, b1];
  return x * b1 - b2 + f[HALF]! / 2;
}

/** Equation 6. */
function lagWindow(lag: number): number {
  return Math.exp(-0.5 * ((2 * Math.PI * 60 * lag) / 8000) ** 2);
}
