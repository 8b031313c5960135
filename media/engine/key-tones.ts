// Keys sent as tones, to a far side that agreed to no telephone-events (ITU-T Q.23, Q.24).
import { LAW_RATE_HZ, SAMPLES_PER_MS } from "../codec/g711.js";
import { dtmfTones } from "../dsp/dtmf/dtmf-tones.js";
import { Tone } from "../dsp/tone.js";
import { FRAME_UNITS } from "../session/rtp-sender.js";

const KEYS_MAX = 64;
/** Whole frames, so that none is half of a key. */
const FRAME_SAMPLES = FRAME_UNITS;
const DURATION_MS_MIN = 60;
const PAUSE_FRAMES = 5;
/** Of each tone; the two together are at -4 dBm0. */
const LEVEL_DBM0 = -7;

/** Plain data, for a leg that goes on in another engine. */
export interface KeyTonesState {
  readonly keys: readonly { readonly key: string; readonly frames: number; readonly phases: readonly number[] }[];
  readonly pauseFrames: number;
}

interface Key {
  readonly key: string;
  readonly tone: Tone;
  frames: number;
}

export class KeyTones {
  readonly #frame = new Int16Array(FRAME_SAMPLES);
  readonly #keys: Key[] = [];
  #pauseFrames = 0;

  get busy(): boolean {
    return this.#keys.length > 0 || this.#pauseFrames > 0;
  }

  /** Each for `durationMs`, in whole frames; false, and none sent, where one is no key or too many wait. */
  send(keys: string, durationMs: number): boolean {
    const tones = [...keys].map(toneOf);
    if (tones.length + this.#keys.length > KEYS_MAX || !Number.isFinite(durationMs) || tones.includes(undefined)) return false;
    const frames = Math.ceil((Math.max(DURATION_MS_MIN, durationMs) * SAMPLES_PER_MS) / FRAME_SAMPLES);
    tones.forEach((tone, i) => this.#keys.push({ key: keys[i]!, tone: tone!, frames }));
    return true;
  }

  save(): KeyTonesState {
    return { keys: this.#keys.map(({ key, frames, tone }) => ({ key, frames, phases: tone.phases })), pauseFrames: this.#pauseFrames };
  }

  restore({ keys, pauseFrames }: KeyTonesState): void {
    this.#pauseFrames = pauseFrames;
    for (const { key, frames, phases } of keys) {
      const tone = toneOf(key)!;
      tone.phases = phases;
      this.#keys.push({ key, tone, frames });
    }
  }

  /** The next 20 ms at 8000 Hz; undefined where no key is on its way. */
  next(): Int16Array | undefined {
    const key = this.#keys[0];
    if (this.#pauseFrames > 0) {
      this.#pauseFrames -= 1;
      return this.#frame.fill(0);
    }
    if (key === undefined) return undefined;
    key.tone.fill(this.#frame, 0, FRAME_SAMPLES);
    key.frames -= 1;
    if (key.frames === 0) {
      this.#keys.shift();
      this.#pauseFrames = PAUSE_FRAMES;
    }
    return this.#frame;
  }
}

/** Undefined for what is no key. */
function toneOf(key: string): Tone | undefined {
  const frequenciesHz = dtmfTones(key);
  return frequenciesHz && new Tone({ frequenciesHz, levelDbm0: LEVEL_DBM0, rateHz: LAW_RATE_HZ });
}
