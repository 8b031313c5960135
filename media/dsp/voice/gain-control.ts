// Makes soft members of a conference louder and loud ones softer, by their speech alone: what lies between is left alone.
import type { PcmFrame, Stage } from "../../pipeline/stage.js";
import { saturate } from "../level.js";
import { VoiceDetector } from "./voice-detector.js";

export interface GainControlOptions {
  /** What speech is brought to; -18 unless told. */
  readonly targetDbm0?: number;
  /** The most that is added, and taken away; 12 dB unless told. */
  readonly gainDbMax?: number;
}

/** dB a frame: louder within seconds, softer within some tenths of one. */
const RISE_DB = 0.1;
const FALL_DB = 0.6;
/** Speech's level is that of its loud moments, smoothed over about half a second. */
const LEVEL_SMOOTHING = 0.04;
/** Within it nothing is changed. */
const NEAR_DB = 1;
/** Nothing is lifted beyond this. */
const PEAK_MAX = 30_000;

export class GainControl implements Stage<PcmFrame, PcmFrame> {
  readonly name = "gain-control";
  readonly #targetDbm0: number;
  readonly #gainDbMax: number;
  readonly #voice = new VoiceDetector();
  #speechDbm0: number | undefined;
  #gainDb = 0;
  /** Where the last frame ended. */
  #factor = 1;

  constructor({ targetDbm0 = -18, gainDbMax = 12 }: GainControlOptions = {}) {
    this.#targetDbm0 = targetDbm0;
    this.#gainDbMax = gainDbMax;
  }

  get gainDb(): number {
    return this.#gainDb;
  }

  push(frame: PcmFrame, out: (frame: PcmFrame) => void): void {
    if (this.#voice.push(frame.samples)) this.#follow(this.#voice.levelDbm0);
    const { samples } = frame;
    const most = Math.max(1, PEAK_MAX / Math.max(1, peakOf(samples)));
    const from = Math.min(this.#factor, most);
    const to = Math.min(10 ** (this.#gainDb / 20), most);
    this.#factor = to;
    if (from !== 1 || to !== 1) for (let i = 0; i < samples.length; i++) samples[i] = saturate(samples[i]! * (from + ((to - from) * i) / samples.length));
    out(frame);
  }

  close(): void {
    // Holds nothing.
  }

  #follow(levelDbm0: number): void {
    const speech = this.#speechDbm0;
    // Pauses within speech say nothing of how loud it is.
    if (speech !== undefined && levelDbm0 < speech - 12) return;
    this.#speechDbm0 = speech === undefined ? levelDbm0 : speech + LEVEL_SMOOTHING * (levelDbm0 - speech);
    const wantedDb = Math.max(-this.#gainDbMax, Math.min(this.#gainDbMax, this.#targetDbm0 - this.#speechDbm0));
    const awayDb = wantedDb - this.#gainDb;
    if (Math.abs(awayDb) <= NEAR_DB) return;
    this.#gainDb += awayDb > 0 ? Math.min(RISE_DB, awayDb) : Math.max(-FALL_DB, awayDb);
  }
}

function peakOf(samples: Int16Array): number {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, sample < 0 ? -sample : sample);
  return peak;
}
