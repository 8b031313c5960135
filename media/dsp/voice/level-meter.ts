// How loud sound is, frame by frame.
import { dbm0OfPeak } from "../level.js";

export class LevelMeter {
  #squares = 0;
  #count = 0;
  #peak = 0;

  /** Takes sound of any rate. */
  push(samples: Int16Array): void {
    for (const sample of samples) {
      this.#squares += sample * sample;
      const size = sample < 0 ? -sample : sample;
      if (size > this.#peak) this.#peak = size;
    }
    this.#count += samples.length;
  }

  /**
   * Level of all since the last reading, and its loudest sample as the level of a sine of that height, both in dBm0; -Infinity
   * for silence and for nothing at all. A sine's two levels are the same. Begins anew.
   */
  read(): { readonly rmsDbm0: number; readonly peakDbm0: number } {
    const levels = { rmsDbm0: this.#count === 0 ? -Infinity : levelOf(this.#squares / this.#count), peakDbm0: dbm0OfPeak(this.#peak) };
    this.#squares = 0;
    this.#count = 0;
    this.#peak = 0;
    return levels;
  }
}

/** dBm0 of a mean square: 0 dBm0 is a sine of 22827 samples' height. */
export const levelOf = (meanSquare: number): number => dbm0OfPeak(Math.sqrt(2 * meanSquare));
