// One frequency, followed over 60 ms: how much of the sound it is, where it really lies, and whether its phase turned over.
//
// Every 10 ms the sound is brought down from the frequency to zero and summed up (one bin of a Fourier transform whose phase
// goes on). Sums of a tone turn by an even angle from one to the next, which gives its true frequency to a few tenths of a Hz,
// as far as 50 Hz away; turned back by that angle they add up, and what is no tone does not.

/** Samples of one sum: 10 ms at 8000 Hz. */
export const SUM_SAMPLES = 80;
/** Sums that are looked at together: 60 ms. */
export const SUMS = 6;
const RATE_HZ = 8000;

export class ToneTracker {
  readonly frequencyHz: number;
  readonly #re = new Float64Array(SUMS);
  readonly #im = new Float64Array(SUMS);
  readonly #stepRe: number;
  readonly #stepIm: number;
  #turnRe = 1;
  #turnIm = 0;
  #newest = 0;

  constructor(frequencyHz: number) {
    this.frequencyHz = frequencyHz;
    this.#stepRe = Math.cos((2 * Math.PI * frequencyHz) / RATE_HZ);
    this.#stepIm = -Math.sin((2 * Math.PI * frequencyHz) / RATE_HZ);
  }

  /** Takes `samples[from .. from + SUM_SAMPLES)`. */
  push(samples: Int16Array, from: number): void {
    const stepRe = this.#stepRe;
    const stepIm = this.#stepIm;
    let turnRe = this.#turnRe;
    let turnIm = this.#turnIm;
    let re = 0;
    let im = 0;
    for (let i = from; i < from + SUM_SAMPLES; i++) {
      const sample = samples[i]!;
      re += sample * turnRe;
      im += sample * turnIm;
      const next = turnRe * stepRe - turnIm * stepIm;
      turnIm = turnRe * stepIm + turnIm * stepRe;
      turnRe = next;
    }
    // A turn's length drifts away from 1 by rounding.
    const length = Math.hypot(turnRe, turnIm);
    this.#turnRe = turnRe / length;
    this.#turnIm = turnIm / length;
    this.#newest = (this.#newest + 1) % SUMS;
    this.#re[this.#newest] = re;
    this.#im[this.#newest] = im;
  }

  /** How far the tone of these 60 ms lies from `frequencyHz`, -50 .. 50. Of one tone alone; of a mixture it says nothing. */
  offsetHz(): number {
    let re = 0;
    let im = 0;
    for (let k = 1; k < SUMS; k++) {
      const a = (this.#newest + k) % SUMS;
      const b = (this.#newest + k + 1) % SUMS;
      re += this.#re[b]! * this.#re[a]! + this.#im[b]! * this.#im[a]!;
      im += this.#im[b]! * this.#re[a]! - this.#re[b]! * this.#im[a]!;
    }
    return (Math.atan2(im, re) / (2 * Math.PI)) * (RATE_HZ / SUM_SAMPLES);
  }

  /** Energy of the tone at `frequencyHz + offsetHz` in these 60 ms, as the sum of its samples' squares. */
  energy(offsetHz: number): number {
    const turn = (2 * Math.PI * offsetHz * SUM_SAMPLES) / RATE_HZ;
    let re = 0;
    let im = 0;
    for (let k = 0; k < SUMS; k++) {
      const at = (this.#newest + k + 1) % SUMS;
      const c = Math.cos(turn * k);
      const s = Math.sin(turn * k);
      re += this.#re[at]! * c + this.#im[at]! * s;
      im += this.#im[at]! * c - this.#re[at]! * s;
    }
    // What a sum loses of a tone beside its frequency.
    const x = turn / 2;
    const loss = Math.abs(x) < 1e-6 ? 1 : Math.sin(x) / x;
    return (2 * (re * re + im * im)) / (loss * loss) / (SUMS * SUM_SAMPLES);
  }

  /** Cosine of the angle between the newest sum and the one two before, a steady tone's turning taken out: -1 is a reversal. */
  turnOver(offsetHz: number): number {
    const a = (this.#newest + SUMS - 2) % SUMS;
    const b = this.#newest;
    const re = this.#re[b]! * this.#re[a]! + this.#im[b]! * this.#im[a]!;
    const im = this.#im[b]! * this.#re[a]! - this.#re[b]! * this.#im[a]!;
    const size = Math.hypot(re, im);
    if (size === 0) return 1;
    const turn = (2 * Math.PI * offsetHz * 2 * SUM_SAMPLES) / RATE_HZ;
    return (re * Math.cos(turn) + im * Math.sin(turn)) / size;
  }
}
