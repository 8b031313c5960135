// One step of sample rate conversion by a ratio of small whole numbers: of the filter on the common multiple of both rates only
// those taps are used that meet a sample (polyphase form).
import { lowPass, tapsFor } from "./low-pass.js";

export interface PolyphaseOptions {
  readonly fromHz: number;
  readonly toHz: number;
  /** Kept up to here. */
  readonly passHz: number;
  /** Gone from here on. */
  readonly stopHz: number;
  readonly rejectionDb: number;
  /** Longest input of one call, samples. */
  readonly samplesMax: number;
}

export class Polyphase {
  readonly #up: number;
  readonly #down: number;
  /** By phase: the taps that meet samples, the one for the oldest first. */
  readonly #phases: readonly Float64Array[];
  readonly #taps: number;
  /** The last `taps - 1` samples of before, then those of this call. */
  readonly #line: Float64Array;

  constructor({ fromHz, toHz, passHz, stopHz, rejectionDb, samplesMax }: PolyphaseOptions) {
    const common = greatestDivisor(fromHz, toHz);
    this.#up = toHz / common;
    this.#down = fromHz / common;
    const rateHz = fromHz * this.#up;
    const taps = Math.ceil(tapsFor(rejectionDb, (stopHz - passHz) / rateHz) / this.#up);
    // Odd where there is one phase alone: it is symmetric then.
    this.#taps = this.#up === 1 ? taps | 1 : taps;
    const kernel = lowPass({ taps: this.#up === 1 ? this.#taps : this.#taps * this.#up - 1, cutoff: (passHz + stopHz) / 2 / rateHz, rejectionDb });
    this.#phases = Array.from({ length: this.#up }, (_, phase) => phaseOf(kernel, phase, { step: this.#up, taps: this.#taps }));
    this.#line = new Float64Array(this.#taps - 1 + samplesMax);
  }

  /** Where the next call's samples are to be written: `line[start .. start + count)`. */
  get line(): Float64Array {
    return this.#line;
  }

  get start(): number {
    return this.#taps - 1;
  }

  /**
   * Converts the `count` samples (10 ms or a multiple) that were written to `line`; fills `out` from `at` with
   * `count * toHz / fromHz`, and returns how many those are.
   */
  run(count: number, out: Float64Array, at: number): number {
    const perPhase = count / this.#down;
    for (let phase = 0; phase < this.#up; phase++) {
      // Output n is of phase n * down mod up and begins at sample n * down / up.
      const taps = this.#phases[(phase * this.#down) % this.#up]!;
      const from = Math.floor((phase * this.#down) / this.#up);
      for (let n = 0; n < perPhase; n += 4)
        if (this.#up === 1) this.#fourFolded(taps, from + n * this.#down, out, at + n);
        else this.#four(taps, from + n * this.#down, out, at + phase + n * this.#up);
    }
    this.#line.copyWithin(0, count, count + this.#taps - 1);
    return perPhase * this.#up;
  }

  reset(): void {
    this.#line.fill(0);
  }

  /** Four outputs of one phase side by side: each tap is fetched once for all, and no sum waits for another. */
  #four(taps: Float64Array, from: number, out: Float64Array, at: number): void {
    const line = this.#line;
    const up = this.#up;
    const down = this.#down;
    const from1 = from + down;
    const from2 = from + 2 * down;
    const from3 = from + 3 * down;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = 0; i < taps.length; i++) {
      const tap = taps[i]!;
      a += tap * line[from + i]!;
      b += tap * line[from1 + i]!;
      c += tap * line[from2 + i]!;
      d += tap * line[from3 + i]!;
    }
    out[at] = a;
    out[at + up] = b;
    out[at + 2 * up] = c;
    out[at + 3 * up] = d;
  }

  /** As `#four` where the one phase is symmetric: each tap meets two samples. */
  #fourFolded(taps: Float64Array, from: number, out: Float64Array, at: number): void {
    const line = this.#line;
    const down = this.#down;
    const from1 = from + down;
    const from2 = from + 2 * down;
    const from3 = from + 3 * down;
    const half = taps.length >> 1;
    const middle = taps[half]!;
    let a = middle * line[from + half]!;
    let b = middle * line[from1 + half]!;
    let c = middle * line[from2 + half]!;
    let d = middle * line[from3 + half]!;
    for (let i = 0, k = taps.length - 1; i < half; i++, k--) {
      const tap = taps[i]!;
      a += tap * (line[from + i]! + line[from + k]!);
      b += tap * (line[from1 + i]! + line[from1 + k]!);
      c += tap * (line[from2 + i]! + line[from2 + k]!);
      d += tap * (line[from3 + i]! + line[from3 + k]!);
    }
    out[at] = a;
    out[at + 1] = b;
    out[at + 2] = c;
    out[at + 3] = d;
  }
}

/** Scaled to a sum of 1, so that no phase is louder than another: that would be heard as a tone. */
function phaseOf(kernel: Float64Array, phase: number, { step, taps }: { readonly step: number; readonly taps: number }): Float64Array {
  const own = Float64Array.from({ length: taps }, (_, i) => kernel[phase + (taps - 1 - i) * step] ?? 0);
  const sum = own.reduce((a, b) => a + b, 0);
  return own.map((tap) => tap / sum);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
