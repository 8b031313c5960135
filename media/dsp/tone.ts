// Sines of one or two frequencies, whole signals of the telephone (ITU-T E.180) or test tones.
import { peakOfDbm0, saturate } from "./level.js";

export interface ToneOptions {
  readonly frequenciesHz: readonly number[];
  /** Of each frequency. */
  readonly levelDbm0: number;
  readonly rateHz: number;
}

/** Goes on where the last `fill` ended. */
export class Tone {
  readonly #steps: Float64Array;
  readonly #phases: Float64Array;
  readonly #peak: number;

  constructor(options: ToneOptions) {
    this.#steps = Float64Array.from(options.frequenciesHz, (frequencyHz) => (2 * Math.PI * frequencyHz) / options.rateHz);
    this.#phases = new Float64Array(this.#steps.length);
    this.#peak = peakOfDbm0(options.levelDbm0);
  }

  /** Where in its cycle each frequency stands, in radians: set, the tone goes on from there. */
  get phases(): readonly number[] {
    return [...this.#phases];
  }

  set phases(phases: readonly number[]) {
    this.#phases.set(phases.slice(0, this.#phases.length));
  }

  /** Writes `out[from..to)`. */
  fill(out: Int16Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      let sum = 0;
      for (let k = 0; k < this.#steps.length; k++) {
        sum += Math.sin(this.#phases[k]!);
        this.#phases[k]! += this.#steps[k]!;
      }
      out[i] = saturate(sum * this.#peak);
    }
    for (let k = 0; k < this.#phases.length; k++) this.#phases[k]! %= 2 * Math.PI;
  }
}
