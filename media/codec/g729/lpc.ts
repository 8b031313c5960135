// Line spectral pairs to the synthesis filter's coefficients (ITU-T G.729 sections 3.2.5 and 3.2.6).
import { mulRound14, mulRound15 } from "./fixed-point.js";
import * as sizes from "./sizes.js";

const { ORDER } = sizes;
const HALF_ORDER = ORDER / 2;
const f1 = new Int32Array(HALF_ORDER + 1);
const f2 = new Int32Array(HALF_ORDER + 1);

/** The mean of two sets of line spectral pairs, Q15. */
export function interpolate(a: Int16Array, b: Int16Array, out: Int16Array): void {
  for (let i = 0; i < ORDER; i++) out[i] = (a[i]! + b[i]! + 1) >> 1;
}

/** The product of 1 - 2 q z^-1 + z^-2 over every second pair from `first` on, Q24. */
function polynomial(lsp: Int16Array, first: 0 | 1, f: Int32Array): void {
  f[0] = 1 << 24;
  f[1] = -lsp[first]! << 10;
  for (let i = 2; i <= HALF_ORDER; i++) {
    const q = lsp[first + 2 * (i - 1)]!;
    f[i] = 2 * (f[i - 2]! - mulRound15(f[i - 1]!, q));
    for (let j = i - 1; j > 1; j--) f[j] = f[j]! + f[j - 2]! - mulRound14(f[j - 1]!, q);
    f[1] = f[1]! - (q << 10);
  }
}

/** Line spectral pairs (Q15) to the ten coefficients after the leading one, Q12, at `out[at]`. */
export function lspToLpc(lsp: Int16Array, out: Int16Array, at: number): void {
  polynomial(lsp, 0, f1);
  polynomial(lsp, 1, f2);
  for (let i = HALF_ORDER; i > 0; i--) {
    f1[i] = f1[i]! + f1[i - 1]!;
    f2[i] = f2[i]! - f2[i - 1]!;
  }
  for (let i = 1; i <= HALF_ORDER; i++) {
    out[at + i - 1] = (f1[i]! + f2[i]! + 4096) >> 13;
    out[at + ORDER - i] = (f1[i]! - f2[i]! + 4096) >> 13;
  }
}
