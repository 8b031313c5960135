// Sound from one sample rate to another while it flows: 8, 16, 24, 32 and 48 kHz, each to each.
import { Polyphase } from "./polyphase.js";
import { saturate } from "../level.js";

export type SampleRateHz = 8000 | 16_000 | 24_000 | 32_000 | 48_000;

export const SAMPLE_RATES_HZ: readonly SampleRateHz[] = [8000, 16_000, 24_000, 32_000, 48_000];

/** Of half the lower rate: kept, and gone. 3.4 kHz is the end of the telephone's band; from 4.2 kHz on nothing folds back. */
const PASS = 0.85;
const STOP = 1.05;
const REJECTION_DB = 65;
/** The longest packet. */
const FRAME_MS_MAX = 60;
/** Far apart rates meet here: near the high one a short filter will do, since the sharp one comes at the low one. */
const BETWEEN_HZ = 16_000;

/** Holds the filter's memory of one stream; nothing is allocated after the start. */
export class Resampler {
  readonly #first: Polyphase;
  readonly #second: Polyphase | undefined;
  readonly #out: Float64Array;

  constructor(fromHz: SampleRateHz, toHz: SampleRateHz) {
    const low = Math.min(fromHz, toHz);
    const passHz = (low / 2) * PASS;
    const stopHz = (low / 2) * STOP;
    const stage = (from: number, to: number, gone: number): Polyphase =>
      new Polyphase({ fromHz: from, toHz: to, passHz, stopHz: gone, rejectionDb: REJECTION_DB, samplesMax: (from * FRAME_MS_MAX) / 1000 });
    const far = Math.max(fromHz, toHz) > BETWEEN_HZ && low === 8000 && Math.max(fromHz, toHz) % BETWEEN_HZ === 0;
    // What the short filter lets through lies where the sharp one takes it away, or where it left nothing.
    const easyHz = BETWEEN_HZ - stopHz;
    if (!far) this.#first = stage(fromHz, toHz, stopHz);
    else if (fromHz > toHz) [this.#first, this.#second] = [stage(fromHz, BETWEEN_HZ, easyHz), stage(BETWEEN_HZ, toHz, stopHz)];
    else [this.#first, this.#second] = [stage(fromHz, BETWEEN_HZ, stopHz), stage(BETWEEN_HZ, toHz, easyHz)];
    this.#out = new Float64Array((toHz * FRAME_MS_MAX) / 1000);
  }

  /** `samples` of 10 ms or a multiple of it, 60 at most, to as much sound in `out`; returns the number of its samples. Saturates. */
  push(samples: Int16Array, out: Int16Array): number {
    const { line, start } = this.#first;
    for (let i = 0; i < samples.length; i++) line[start + i] = samples[i]!;
    const second = this.#second;
    let count: number;
    if (second === undefined) count = this.#first.run(samples.length, this.#out, 0);
    else count = second.run(this.#first.run(samples.length, second.line, second.start), this.#out, 0);
    for (let i = 0; i < count; i++) out[i] = saturate(this.#out[i]!);
    return count;
  }

  reset(): void {
    this.#first.reset();
    this.#second?.reset();
  }
}
