// A cadence as sound.
import { Tone } from "../tone.js";
import type { Cadence, CadenceSegment } from "./cadence.js";
import { ramp } from "./ramp.js";

export class CadenceSource {
  readonly #cadence: Cadence;
  readonly #rateHz: number;
  readonly #tones: readonly Tone[];
  #segment = 0;
  #offset = 0;
  #round = 0;

  constructor(cadence: Cadence, rateHz: number) {
    this.#cadence = cadence;
    this.#rateHz = rateHz;
    this.#tones = cadence.segments.map(({ frequenciesHz, levelDbm0 }) => new Tone({ frequenciesHz, levelDbm0, rateHz }));
  }

  get finished(): boolean {
    return this.#round >= this.#cadence.times;
  }

  /** Fills all of `out`, with silence behind the end. Goes on where the last call ended. */
  fill(out: Int16Array): void {
    let at = 0;
    while (at < out.length && !this.finished) {
      const segment = this.#cadence.segments[this.#segment]!;
      const length = this.#lengthOf(segment);
      const to = Math.min(out.length, at + length - this.#offset);
      this.#tones[this.#segment]!.fill(out, at, to);
      if (segment.frequenciesHz.length > 0) ramp(out, { from: at, to }, { offset: this.#offset, length, rateHz: this.#rateHz });
      this.#offset += to - at;
      at = to;
      if (this.#offset < length) continue;
      this.#offset = 0;
      this.#segment = (this.#segment + 1) % this.#cadence.segments.length;
      if (this.#segment === 0) this.#round += 1;
    }
    out.fill(0, at);
  }

  #lengthOf({ durationMs }: CadenceSegment): number {
    return Math.round((durationMs * this.#rateHz) / 1000);
  }
}
