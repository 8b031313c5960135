// Where a filter's two halves have their zeros (ITU-T G.729 sections 3.2.3 and A.3.2.3).
import { mul15 } from "./fixed-point.js";
import * as sizes from "./sizes.js";

const { ORDER } = sizes;
const HALF = ORDER / 2;
/** Section A.3.2.3: a sign change is looked for between so many points of the half circle, and narrowed down twice. */
const POINTS = 50;
const BISECTIONS = 2;
const HIGHEST = 32_760;
export const GRID_COSINES = Int16Array.from({ length: POINTS + 1 }, (_, i) => Math.max(-HIGHEST, Math.min(HIGHEST, Math.trunc(32_768 * Math.cos((Math.PI * i) / POINTS)))));

/** Finds the zeros of the sums' polynomial and the differences' (Q15) by turns, into `out` (Q15); false where they have not ten. */
export type RootSearch = (sums: Int32Array, differences: Int32Array, out: Int16Array) => boolean;

/** Clenshaw's sum of the fifth order at `x` (Q15). */
export function chebyshev(f: Int32Array, x: number): number {
  const b1 = 2 * x + f[1]!;
  const b2 = 2 * mul15(b1, x) - 32_768 + f[2]!;
  const b3 = 2 * mul15(b2, x) - b1 + f[3]!;
  const b4 = 2 * mul15(b3, x) - b2 + f[4]!;
  return mul15(b4, x) - b3 + (f[5]! >> 1);
}

/** The zero between `low` and `high`, where the polynomial has values of different signs, at `high` the value `atHigh`. */
export function narrow(f: Int32Array, high: number, atHigh: number, low: number): number {
  let xh = high;
  let yh = atHigh;
  let xl = low;
  let yl = chebyshev(f, low);
  for (let i = 0; i < BISECTIONS; i++) {
    const x = (xl + xh) >> 1;
    const y = chebyshev(f, x);
    if ((yl ^ y) < 0) {
      xh = x;
      yh = y;
    } else {
      xl = x;
      yl = y;
    }
  }
  const slope = Math.trunc((Math.max(-65_536, Math.min(65_535, yh)) * 16_384) / Math.max(1, Math.abs((yh - yl + 1) >> 1))) * Math.sign(yh - yl);
  return xh - mul15(slope, xh - xl);
}

export function findRoots(sums: Int32Array, differences: Int32Array, out: Int16Array): boolean {
  let f = sums;
  let xh = GRID_COSINES[0]!;
  let yh = chebyshev(f, xh);
  let found = 0;
  for (let i = 1; i <= POINTS; i++) {
    const xl = GRID_COSINES[i]!;
    let yl = chebyshev(f, xl);
    // Zeros of the two halves take turns: the other half's next one may lie within the same two points.
    while ((yl ^ yh) < 0) {
      xh = narrow(f, xh, yh, xl);
      out[found++] = xh;
      if (found === ORDER) return true;
      f = f === sums ? differences : sums;
      yh = chebyshev(f, xh);
      yl = chebyshev(f, xl);
    }
    xh = xl;
    yh = yl;
  }
  return false;
}

export class LineSpectrum {
  readonly #sums = new Int32Array(HALF + 1);
  readonly #differences = new Int32Array(HALF + 1);
  readonly #found = new Int16Array(ORDER);
  readonly #search: RootSearch;

  constructor(search: RootSearch) {
    this.#search = search;
  }

  /** Line spectral pairs (Q15) of the coefficients `a` (Q12) into `lsp`, which stays where the filter has none. */
  convert(a: Int16Array, lsp: Int16Array): void {
    const sums = this.#sums;
    const differences = this.#differences;
    sums[0] = differences[0] = 32_768;
    for (let i = 0; i < HALF; i++) {
      sums[i + 1] = 8 * (a[i]! + a[ORDER - 1 - i]!) - sums[i]!;
      differences[i + 1] = 8 * (a[i]! - a[ORDER - 1 - i]!) + differences[i]!;
    }
    if (this.#search(sums, differences, this.#found)) lsp.set(this.#found);
  }
}
