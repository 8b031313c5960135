// What a modem or fax answers with: 2100 Hz (V.25 ANS, T.30 CED), whose phase turns over every 450 ms where the far side
// asks for echo cancellers to be switched off (V.25 section 5, G.168; V.8's ANSam is the same with 15 Hz of vibrato).
import { peakOfDbm0 } from "../level.js";
import { SUM_SAMPLES, SUMS, ToneTracker } from "./tone-tracker.js";

/** `answer-tone`: a modem or a fax answered; `answer-tone-reversals`: echo cancellers have to go. */
export type AnswerTone = "answer-tone" | "answer-tone-reversals";

const FREQUENCY_HZ = 2100;
/** V.25 has 15; the line's clock and our own take the rest. */
const TOLERANCE_HZ = 18;
const ENERGY_MIN = (peakOfDbm0(-43) ** 2 / 2) * SUM_SAMPLES * SUMS;
const PURITY_MIN = 0.85;
const SUM_MS = 10;
/** V.25 sounds it for 2.6 s and more, T.30 too; synthesisers hold a pure tone for half a second. */
const LASTING_MS = 1000;
/** Loudest over softest 60 ms of it, as power: V.8 swings by 3.5 dB at 15 Hz, which 60 ms even out; a plucked note dies away by 20 dB a second. */
const STEADY_MAX = 2.5;
/** Of the time since it began, so much it is heard: a turn of its phase every 450 ms spoils 60. */
const HEARD_MIN = 0.7;
/** Beyond the shortest key or syllable without the tone it is another one. */
const GAP_MS = 100;
const REVERSED = -0.7;
const BETWEEN_MS_MIN = 400;
const BETWEEN_MS_MAX = 500;
const REVERSALS = 2;

export class AnswerToneDetector {
  readonly #tracker = new ToneTracker(FREQUENCY_HZ);
  readonly #energies = new Float64Array(SUMS);
  readonly #rest = new Int16Array(SUM_SAMPLES);
  #resting = 0;
  #sums = 0;
  #heardMs = 0;
  #gapMs = 0;
  #pureMs = 0;
  #loudest = 0;
  #softest = Infinity;
  #offsetHz = 0;
  #reversedAt = -Infinity;
  #reversals = 0;
  #told: AnswerTone | undefined;

  /** Takes sound at 8000 Hz, as much as there is. Each answer once while the tone lasts. */
  push(samples: Int16Array): AnswerTone | undefined {
    let heard: AnswerTone | undefined;
    for (const sample of samples) {
      this.#rest[this.#resting++] = sample;
      if (this.#resting < SUM_SAMPLES) continue;
      this.#resting = 0;
      heard = this.#sum() ?? heard;
    }
    return heard;
  }

  #sum(): AnswerTone | undefined {
    const samples = this.#rest;
    this.#tracker.push(samples, 0);
    let energy = 0;
    for (let i = 0; i < SUM_SAMPLES; i++) energy += samples[i]! * samples[i]!;
    this.#energies[this.#sums++ % SUMS] = energy;
    const total = this.#energies.reduce(sum, 0);
    const offsetHz = this.#tracker.offsetHz();
    const pure = total >= ENERGY_MIN && Math.abs(offsetHz) <= TOLERANCE_HZ && this.#tracker.energy(offsetHz) >= PURITY_MIN * total;
    if (!pure) {
      this.#gapMs += SUM_MS;
      if (this.#heardMs > 0) this.#lookForReversal();
      if (this.#gapMs > GAP_MS) this.#forget();
    } else {
      this.#heardMs += SUM_MS + this.#gapMs;
      this.#gapMs = 0;
      this.#pureMs += SUM_MS;
      this.#offsetHz = offsetHz;
      if (!this.#isSteady(total)) this.#forget();
    }
    // At most one in 20 ms, the shortest that is pushed at once.
    if (this.#sums % 2 === 1) return undefined;
    if (this.#told === undefined && this.#heardMs >= LASTING_MS && this.#pureMs >= HEARD_MIN * this.#heardMs) return (this.#told = "answer-tone");
    if (this.#told === "answer-tone" && this.#reversals >= REVERSALS) return (this.#told = "answer-tone-reversals");
    return undefined;
  }

  /** Before it has filled the sums it grows louder, and so it is once it was told. */
  #isSteady(total: number): boolean {
    if (this.#told !== undefined || this.#heardMs <= SUMS * SUM_MS) return true;
    this.#loudest = Math.max(this.#loudest, total);
    this.#softest = Math.min(this.#softest, total);
    return this.#loudest <= STEADY_MAX * this.#softest;
  }

  /** A turn within the 60 ms spoils their sum, so it is looked for only where that is spoilt. */
  #lookForReversal(): void {
    if (this.#tracker.turnOver(this.#offsetHz) > REVERSED) return;
    const sinceMs = (this.#sums - this.#reversedAt) * SUM_MS;
    if (sinceMs < 60) return;
    this.#reversals = sinceMs >= BETWEEN_MS_MIN && sinceMs <= BETWEEN_MS_MAX ? this.#reversals + 1 : 1;
    this.#reversedAt = this.#sums;
  }

  #forget(): void {
    this.#heardMs = 0;
    this.#gapMs = 0;
    this.#pureMs = 0;
    this.#loudest = 0;
    this.#softest = Infinity;
    this.#reversals = 0;
    this.#reversedAt = -Infinity;
    this.#told = undefined;
  }
}

const sum = (a: number, b: number): number => a + b;
