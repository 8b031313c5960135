// Whether runs of sound and silence are one signal's rhythm.

export interface Beat {
  /** A number for its sound; what is no signal's has a number of its own that no beat has. */
  readonly kind: number;
  /** Infinity: it lasts. */
  readonly durationMs: number;
}

/** Exchanges keep their rhythm to a tenth (E.180); the line and our frames take the rest. */
const TOLERANCE = 0.25;
const TOLERANCE_MS = 30;
/** What sounds once, as special information does, has tones of other lengths (E.180: 70 ms off) and up to 30 ms between them. */
const BETWEEN_MS = 50;
/** A tone without a rhythm is one that outlasts every tone that has one. */
const LASTING_MS = 2200;
/** A quick rhythm is heard twice before it is believed. */
const QUICK_MS = 1500;

export class RhythmMatcher<Name extends string> {
  readonly name: Name;
  readonly #beats: readonly Beat[];
  readonly #needed: number;
  /** What a beat may be longer or shorter by, besides. */
  readonly #slackMs: number;
  #matched = 0;
  #told = false;

  constructor(name: Name, beats: readonly Beat[], times: number) {
    this.name = name;
    this.#beats = beats;
    this.#slackMs = times === 1 ? BETWEEN_MS : 0;
    const roundMs = beats.reduce((sum, beat) => sum + beat.durationMs, 0);
    this.#needed = beats.length * Math.min(times, roundMs <= QUICK_MS && beats.length > 1 ? 2 : 1);
  }

  /** A run of `kind` lasts `durationMs` by now. Returns the name where that completes the rhythm. */
  runs(kind: number, durationMs: number): Name | undefined {
    const beat = this.#beats[this.#matched % this.#beats.length]!;
    if (kind !== beat.kind || this.#matched !== this.#needed - 1) return undefined;
    return durationMs >= least(beat, this.#slackMs) ? this.#tell() : undefined;
  }

  /** A run is over. */
  ended(kind: number, durationMs: number): Name | undefined {
    const beat = this.#beats[this.#matched % this.#beats.length]!;
    if (fits(beat, { kind, durationMs }, this.#slackMs)) {
      this.#matched += 1;
      if (this.#matched < this.#needed) return undefined;
      const heard = this.#tell();
      // The rhythm goes on: its next round is one beat less than all that is needed.
      this.#matched = this.#needed - this.#beats.length;
      return heard;
    }
    this.#matched = fits(this.#beats[0]!, { kind, durationMs }, this.#slackMs) ? 1 : 0;
    this.#told = false;
    return undefined;
  }

  #tell(): Name | undefined {
    if (this.#told) return undefined;
    this.#told = true;
    return this.name;
  }
}

const toleranceMs = (durationMs: number, slackMs: number): number => Math.max(TOLERANCE_MS, TOLERANCE * durationMs) + slackMs;

const least = ({ durationMs }: Beat, slackMs: number): number => (durationMs === Infinity ? LASTING_MS : durationMs - toleranceMs(durationMs, slackMs));

const fits = (beat: Beat, heard: Beat, slackMs: number): boolean => heard.kind === beat.kind && heard.durationMs >= least(beat, slackMs) && heard.durationMs <= beat.durationMs + toleranceMs(beat.durationMs, slackMs);
