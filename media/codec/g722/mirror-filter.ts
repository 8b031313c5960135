// The quadrature mirror filter that parts 16 kHz sound into two bands and joins them again (G.722 sections 3.1 and 4.4).
import { QMF } from "./tables.js";

const [H0, H1, H2, H3, H4, H5, H6, H7, H8, H9, H10, H11] = QMF;
const TAPS = QMF.length;
/** Pairs until the delay lines are moved back to their beginning: 20 ms. */
const ROOM = 160;

/** Two delay lines of twelve, for the first and the second sample of each pair. */
export class MirrorFilter {
  /** The sum over the first samples, and over the second ones. */
  even = 0;
  odd = 0;
  readonly #first = new Int32Array(TAPS + ROOM);
  readonly #second = new Int32Array(TAPS + ROOM);
  /** Where the next pair goes. */
  #at: number = TAPS;

  push(first: number, second: number): void {
    if (this.#at === TAPS + ROOM) this.#moveBack();
    const x = this.#first;
    const y = this.#second;
    const at = this.#at;
    x[at] = first;
    y[at] = second;
    // Written out, with the coefficients in the code: half the time of a loop.
    const n = at + 1 - TAPS;
    this.even =
      (Math.imul(x[n]!, H0) + Math.imul(x[n + 1]!, H1) + Math.imul(x[n + 2]!, H2) + Math.imul(x[n + 3]!, H3) + Math.imul(x[n + 4]!, H4) + Math.imul(x[n + 5]!, H5) +
      Math.imul(x[n + 6]!, H6) + Math.imul(x[n + 7]!, H7) + Math.imul(x[n + 8]!, H8) + Math.imul(x[n + 9]!, H9) + Math.imul(x[n + 10]!, H10) + Math.imul(x[n + 11]!, H11)) | 0; // prettier-ignore
    this.odd =
      (Math.imul(y[n]!, H11) + Math.imul(y[n + 1]!, H10) + Math.imul(y[n + 2]!, H9) + Math.imul(y[n + 3]!, H8) + Math.imul(y[n + 4]!, H7) + Math.imul(y[n + 5]!, H6) +
      Math.imul(y[n + 6]!, H5) + Math.imul(y[n + 7]!, H4) + Math.imul(y[n + 8]!, H3) + Math.imul(y[n + 9]!, H2) + Math.imul(y[n + 10]!, H1) + Math.imul(y[n + 11]!, H0)) | 0; // prettier-ignore
    this.#at = at + 1;
  }

  reset(): void {
    this.#first.fill(0);
    this.#second.fill(0);
    this.#at = TAPS;
  }

  #moveBack(): void {
    this.#first.copyWithin(0, ROOM);
    this.#second.copyWithin(0, ROOM);
    this.#at = TAPS;
  }
}
