// Frames of 20 ms from whatever rate they have to one rate.
import { Resampler, type SampleRateHz } from "./resampler.js";

const FRAME_MS = 20;

export class RateConverter {
  readonly #toHz: SampleRateHz;
  readonly #out: Int16Array;
  #resampler: Resampler | undefined;
  #fromHz: SampleRateHz | undefined;

  constructor(toHz: SampleRateHz) {
    this.#toHz = toHz;
    this.#out = new Int16Array((toHz * FRAME_MS) / 1000);
  }

  /** The frame itself where it has the rate already, else a buffer that holds until the next call. Allocates at a new rate only. */
  convert(frame: Int16Array, fromHz: SampleRateHz): Int16Array {
    if (fromHz === this.#toHz) return frame;
    if (fromHz !== this.#fromHz) {
      this.#fromHz = fromHz;
      this.#resampler = new Resampler(fromHz, this.#toHz);
    }
    this.#resampler!.push(frame, this.#out);
    return this.#out;
  }

  /** Another sound begins. */
  reset(): void {
    this.#resampler?.reset();
  }
}
