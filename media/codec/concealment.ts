// Sound in place of a frame that was lost, for codecs of samples: the last pitch period goes on, softer and softer, and what
// comes after is faded in (ITU-T G.711 Appendix I). The appendix delays all sound by 3.75 ms to bend its end towards the
// repetition; here the repetition's beginning is bent to the sound instead, which costs no delay.

/** At 8000 Hz; other rates have as many times more. */
const BASE_RATE_HZ = 8000;
/** I.2.3: 200 to 66 Hz. */
const PITCH_MIN = 40;
const PITCH_MAX = 120;
const CORRELATION = 160;
/** I.2.1: 48.75 ms. */
const HISTORY = 390;
/** A power of two that holds the history of any rate up to 16 kHz. */
const RING = 1024;
const RING_MASK = RING - 1;
const TEN_MS = 80;
/** I.2.7: for every further 10 ms. */
const ATTENUATION = 0.2;
/** I.2.5, I.2.6: so many periods are repeated in the first, second, and later 10 ms: one alone would buzz. */
const PERIODS_MAX = 3;
/** I.2.8: the fade-in grows with the gap. */
const FADE_GROWTH = 32;

export class Concealment {
  readonly #scale: number;
  /** What was heard, the next sample at `#at`, round and round. */
  readonly #ring = new Int16Array(RING);
  #at = 0;
  readonly #line: Float64Array;
  /** Samples that were made up since the last true one. */
  #lost = 0;
  #pitch = 0;
  #periods = 1;
  #position = 0;
  #level = 0;
  /** From the end of the last period but one to the end of the sound. */
  #step = 0;

  /** @param rateHz 8000 or 16000 */
  constructor(rateHz: 8000 | 16_000) {
    this.#scale = rateHz / BASE_RATE_HZ;
    this.#line = new Float64Array(HISTORY * this.#scale);
  }

  /** Takes the first `count` samples of `out`, and changes the first of them after a loss. */
  heard(out: Int16Array, count: number): void {
    const ring = this.#ring;
    const at = this.#at;
    // The rule, and a quarter of the time.
    if (count === out.length && at + count <= RING) ring.set(out, at);
    else for (let i = 0; i < count; i++) ring[(at + i) & RING_MASK] = out[i]!;
    this.#at = (at + count) & RING_MASK;
    if (this.#lost > 0) this.#fadeIn(out, count);
  }

  /** Fills `out` with what stands for the sound that did not come. */
  conceal(out: Int16Array): void {
    if (this.#lost === 0) this.#begin();
    for (let i = 0; i < out.length; i++) out[i] = this.#next();
  }

  reset(): void {
    this.#ring.fill(0);
    this.#lost = 0;
  }

  #begin(): void {
    const length = this.#line.length;
    for (let i = 0; i < length; i++) this.#line[i] = this.#ring[(this.#at - length + i) & RING_MASK]!;
    this.#pitch = this.#findPitch();
    this.#periods = 1;
    this.#position = 0;
    this.#level = 1;
    this.#step = this.#line[length - 1]! - this.#line[length - 1 - this.#pitch]!;
  }

  /** The next made-up sample, at the level of its time. */
  #next(): number {
    const tenMs = TEN_MS * this.#scale;
    const quarter = this.#pitch >> 2;
    const n = this.#lost;
    const periods = this.#periods;
    this.#lost += 1;
    if (n >= tenMs) this.#level = Math.max(0, 1 - (ATTENUATION * (n - tenMs)) / tenMs);
    if (this.#level === 0) return 0;
    let sample = this.#repeated(periods, this.#position);
    const since = n - (periods - 1) * tenMs;
    const weight = since < quarter && periods <= PERIODS_MAX ? (since + 1) / (quarter + 1) : 1;
    // It begins where the sound ended; later, where what was repeated until now ends.
    if (weight < 1) sample = periods === 1 ? sample + this.#step * (1 - weight) : sample * weight + this.#repeated(periods - 1, this.#position) * (1 - weight);
    this.#position += 1;
    if (this.#position >= periods * this.#pitch) this.#position = 0;
    if (this.#lost === periods * tenMs && periods < PERIODS_MAX) {
      this.#periods += 1;
      // The same place in the period, in the oldest one of those that are repeated now.
      this.#position %= this.#pitch;
    }
    return sample * this.#level;
  }

  /** Sample `position` of the last periods, whose end runs into their beginning. */
  #repeated(periods: number, position: number): number {
    const length = periods * this.#pitch;
    const quarter = this.#pitch >> 2;
    const place = position % length;
    const at = this.#line.length - length + place;
    const left = length - place;
    if (left > quarter) return this.#line[at]!;
    const weight = left / (quarter + 1);
    return this.#line[at]! * weight + (this.#line[at - length] ?? 0) * (1 - weight);
  }

  #fadeIn(out: Int16Array, count: number): void {
    const tenMs = TEN_MS * this.#scale;
    const gap = Math.ceil(this.#lost / tenMs);
    const fade = Math.min(count, tenMs, (this.#pitch >> 2) + gap * FADE_GROWTH * this.#scale);
    for (let i = 0; i < fade; i++) {
      const weight = (i + 1) / (fade + 1);
      out[i] = out[i]! * weight + this.#next() * (1 - weight);
    }
    this.#lost = 0;
  }

  /** The lag at which the last 20 ms are most like what was before them (I.2.3): every second lag, then those beside the best. */
  #findPitch(): number {
    const step = 2 * this.#scale;
    let best = PITCH_MAX * this.#scale;
    let most = 0;
    const look = (lag: number): void => {
      const likeness = this.#likeness(lag);
      if (likeness > most) [best, most] = [lag, likeness];
    };
    for (let lag = PITCH_MIN * this.#scale; lag <= PITCH_MAX * this.#scale; lag += step) look(lag);
    const coarse = best;
    for (let lag = Math.max(PITCH_MIN * this.#scale, coarse - step + 1); lag < Math.min(PITCH_MAX * this.#scale, coarse + step); lag++) look(lag);
    return best;
  }

  #likeness(lag: number): number {
    const line = this.#line;
    const from = line.length - CORRELATION * this.#scale;
    let product = 0;
    let energy = 1;
    for (let i = from; i < line.length; i++) {
      const before = line[i - lag]!;
      product += line[i]! * before;
      energy += before * before;
    }
    return product > 0 ? product / Math.sqrt(energy) : 0;
  }
}
