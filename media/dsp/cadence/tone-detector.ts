// Hears signals by the same notation that they are made with: which of them sounds, by frequency and by rhythm.
import { peakOfDbm0 } from "../level.js";
import type { Cadence } from "./cadence.js";
import { RhythmMatcher } from "./rhythm-matcher.js";
import { SUM_SAMPLES, SUMS, ToneTracker } from "./tone-tracker.js";

export interface Signal<Name extends string = string> {
  readonly name: Name;
  readonly cadence: Cadence;
}

/** What 20 ms are: nothing we look for, silence, or the index of a sound in our list. */
const OTHER = -2;
const SILENCE = -1;

const FRAME_MS = 20;
/** Softer is silence. */
const SILENCE_DBM0 = -48;
/** So much softer than the last tone is its pause, whatever noise the line has. */
const PAUSE_DB = 12;
/** Of all energy in 60 ms, so much is the tones': 1 where alone, two thirds where 40 ms of the 60 are. */
const PURITY_MIN = 0.58;
/** Tones that sound together are about equally loud. */
const BALANCE_DB = 8;

/** Energy of a tone of so many dBm0 in `samples` samples. */
const energyOf = (levelDbm0: number, samples: number): number => (peakOfDbm0(levelDbm0) ** 2 / 2) * samples;
const SILENT = energyOf(SILENCE_DBM0, 2 * SUM_SAMPLES);
const PAUSE = 10 ** (-PAUSE_DB / 10);
const BALANCE = 10 ** (-BALANCE_DB / 10);

interface Sound {
  readonly key: string;
  readonly trackers: readonly ToneTracker[];
  readonly toleranceHz: number;
}

export class ToneDetector<Name extends string = string> {
  readonly #trackers: ToneTracker[] = [];
  readonly #sounds: Sound[] = [];
  readonly #matchers: readonly RhythmMatcher<Name>[];
  readonly #energies = new Float64Array(SUMS);
  readonly #rest = new Int16Array(SUM_SAMPLES);
  #resting = 0;
  #sums = 0;
  #toneEnergy = 0;
  /** The run that lasts, and what might end it. */
  #run = OTHER;
  #runMs = 0;
  #next = OTHER;
  #nextFrames = 0;
  #betweenMs = 0;

  constructor(signals: readonly Signal<Name>[]) {
    this.#matchers = signals.map(({ name, cadence }) => new RhythmMatcher(name, cadence.segments.map((segment) => ({ kind: segment.frequenciesHz.length === 0 ? SILENCE : this.#soundOf(segment), durationMs: segment.durationMs })), cadence.times));
  }

  /**
   * Takes sound at 8000 Hz, as much as there is. Returns the signal that is heard from here on: once when its rhythm is
   * known, and again only after something else was heard.
   */
  push(samples: Int16Array): Name | undefined {
    let heard: Name | undefined;
    let at = 0;
    if (this.#resting > 0) {
      const count = Math.min(SUM_SAMPLES - this.#resting, samples.length);
      for (; at < count; at++) this.#rest[this.#resting + at] = samples[at]!;
      this.#resting += count;
      if (this.#resting < SUM_SAMPLES) return undefined;
      this.#resting = 0;
      heard = this.#sum(this.#rest, 0);
    }
    for (; at + SUM_SAMPLES <= samples.length; at += SUM_SAMPLES) heard = this.#sum(samples, at) ?? heard;
    for (; at < samples.length; at++) this.#rest[this.#resting++] = samples[at]!;
    return heard;
  }

  #sum(samples: Int16Array, from: number): Name | undefined {
    let energy = 0;
    for (let i = from; i < from + SUM_SAMPLES; i++) energy += samples[i]! * samples[i]!;
    const slot = this.#sums % SUMS;
    this.#energies[slot] = energy;
    for (const tracker of this.#trackers) tracker.push(samples, from);
    this.#sums += 1;
    return this.#sums % 2 === 0 ? this.#frame(this.#judge(slot)) : undefined;
  }

  /** What the middle 20 ms of the last 60 are. */
  #judge(newest: number): number {
    let total = 0;
    for (let k = 0; k < SUMS; k++) total += this.#energies[k]!;
    const middle = this.#energies[(newest + SUMS - 3) % SUMS]! + this.#energies[(newest + SUMS - 2) % SUMS]!;
    if (middle < SILENT) return SILENCE;
    for (let kind = 0; kind < this.#sounds.length; kind++)
      if (this.#isSound(this.#sounds[kind]!, total)) {
        // Of all three: tones beside each other beat, and 20 ms may hold the moment in which they cancel.
        this.#toneEnergy = total / 3;
        return kind;
      }
    return middle < this.#toneEnergy * PAUSE ? SILENCE : OTHER;
  }

  #isSound({ trackers, toleranceHz }: Sound, total: number): boolean {
    if (trackers.length === 1) {
      const offsetHz = trackers[0]!.offsetHz();
      return Math.abs(offsetHz) <= toleranceHz && trackers[0]!.energy(offsetHz) >= PURITY_MIN * total;
    }
    let sum = 0;
    let least = Infinity;
    for (const tracker of trackers) {
      // Beside each other they can't be measured; three guesses lose little.
      const energy = Math.max(tracker.energy(0), tracker.energy(-toleranceHz / 2), tracker.energy(toleranceHz / 2));
      sum += energy;
      least = Math.min(least, energy);
    }
    return sum >= PURITY_MIN * total && least * trackers.length >= sum * BALANCE;
  }

  /** A frame or two that are nothing don't end a run: they hold an edge from one sound to another, or a click. */
  #frame(kind: number): Name | undefined {
    if (kind === this.#run) {
      this.#runMs += FRAME_MS + this.#betweenMs;
      this.#betweenMs = 0;
      this.#nextFrames = 0;
      return this.#running();
    }
    this.#nextFrames = kind === this.#next ? this.#nextFrames + 1 : 1;
    this.#next = kind;
    this.#betweenMs += FRAME_MS;
    if (this.#nextFrames < (kind === OTHER ? 3 : 2)) return undefined;
    let heard: Name | undefined;
    for (const matcher of this.#matchers) heard = matcher.ended(this.#run, this.#runMs) ?? heard;
    this.#run = kind;
    this.#runMs = this.#betweenMs;
    this.#betweenMs = 0;
    this.#nextFrames = 0;
    return heard;
  }

  #running(): Name | undefined {
    let heard: Name | undefined;
    for (const matcher of this.#matchers) heard = matcher.runs(this.#run, this.#runMs) ?? heard;
    return heard;
  }

  #soundOf({ frequenciesHz, tolerancesHz }: Cadence["segments"][number]): number {
    const key = frequenciesHz.map((hertz, i) => `${hertz}~${tolerancesHz[i]!}`).join("+");
    const known = this.#sounds.findIndex((sound) => sound.key === key);
    if (known >= 0) return known;
    this.#sounds.push({ key, trackers: frequenciesHz.map((hertz) => this.#trackerOf(hertz)), toleranceHz: tolerancesHz[0]! });
    return this.#sounds.length - 1;
  }

  #trackerOf(frequencyHz: number): ToneTracker {
    const known = this.#trackers.find((tracker) => tracker.frequencyHz === frequencyHz);
    if (known !== undefined) return known;
    const tracker = new ToneTracker(frequencyHz);
    this.#trackers.push(tracker);
    return tracker;
  }
}
