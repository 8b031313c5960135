// Whether 20 ms are somebody speaking: louder than the line's own noise, and shaped like a voice.
import { HumFilter, NO_HUM, type HumState } from "./hum-filter.js";
import { levelOf } from "./level-meter.js";

/** Softer is nobody, whatever the noise. */
const SPEECH_DBM0_MIN = -48;
/** Voiced sound stands so far above the noise; hiss, which may be noise, farther. */
const VOICED_ABOVE_DB = 6;
const UNVOICED_ABOVE_DB = 10;
/** Neighbouring samples of a voice resemble each other; those of white noise don't. */
const VOICED_CORRELATION = 0.5;
/** The noise is no softer than this, so that a digital silence does not make a whisper loud. */
const FLOOR_DBM0_MIN = -65;
/** At first, a loud line: it falls within a few frames where the line is none. */
const FLOOR_DBM0_START = -33;
/** Noise is what is left when nobody speaks: the floor falls at once and rises slowly, faster where no voice is heard. */
const FLOOR_FALL = 0.3;
const FLOOR_RISE_DB = 0.06;
/** While it sounds steady, as a machine or a crowd behind the caller does, it is noise after a second or two. */
const STEADY_RISE_DB = 0.5;
const STEADY_DB = 2.5;
const STEADY_FRAMES = 25;
/** Frames in a row that begin speech, and how long its last one keeps it: the pauses between sounds. */
const BEGIN_FRAMES = 2;
const HANG_FRAMES = 8;

/** What it knows of the line: plain data, for one that goes on elsewhere. */
export interface VoiceState {
  readonly floorDbm0: number;
  readonly smoothDbm0: number;
  readonly steadyFrames: number;
  readonly loudFrames: number;
  readonly hang: number;
  readonly hum: HumState;
}

const AT_FIRST: VoiceState = { floorDbm0: FLOOR_DBM0_START, smoothDbm0: FLOOR_DBM0_START, steadyFrames: 0, loudFrames: 0, hang: 0, hum: NO_HUM };

export class VoiceDetector {
  #floorDbm0: number;
  #smoothDbm0: number;
  #steadyFrames: number;
  #loudFrames: number;
  #hang: number;
  readonly #humFilter: HumFilter;

  /** @param state of one that heard what came before */
  constructor({ floorDbm0, smoothDbm0, steadyFrames, loudFrames, hang, hum }: VoiceState = AT_FIRST) {
    this.#floorDbm0 = floorDbm0;
    this.#smoothDbm0 = smoothDbm0;
    this.#steadyFrames = steadyFrames;
    this.#loudFrames = loudFrames;
    this.#hang = hang;
    this.#humFilter = new HumFilter(hum);
  }

  save(): VoiceState {
    return { floorDbm0: this.#floorDbm0, smoothDbm0: this.#smoothDbm0, steadyFrames: this.#steadyFrames, loudFrames: this.#loudFrames, hang: this.#hang, hum: this.#humFilter.save() };
  }

  /** The line's noise as it is taken for now, without the mains' hum. */
  get floorDbm0(): number {
    return this.#floorDbm0;
  }

  /** Of the last frame, all of it. */
  get levelDbm0(): number {
    return this.#levelDbm0;
  }

  /** Of the last frame, without the mains' hum: it compares with `floorDbm0`. */
  get voiceDbm0(): number {
    return this.#voiceDbm0;
  }

  #levelDbm0 = -Infinity;
  #voiceDbm0 = -Infinity;

  /** Takes 20 ms at 8000 Hz (or near it). True while somebody speaks, up to 160 ms past the last sound. */
  push(samples: Int16Array): boolean {
    let squares = 0;
    for (const sample of samples) squares += sample * sample;
    this.#levelDbm0 = levelOf(squares / samples.length);
    this.#humFilter.push(samples);
    const { power, product } = this.#humFilter;
    const level = levelOf(power / samples.length);
    this.#voiceDbm0 = level;
    const aboveDb = level - this.#floorDbm0;
    const isVoiced = product > VOICED_CORRELATION * power;
    const isLoud = level >= SPEECH_DBM0_MIN && aboveDb >= (isVoiced ? VOICED_ABOVE_DB : UNVOICED_ABOVE_DB);
    this.#adapt(level, isLoud);
    this.#loudFrames = isLoud ? this.#loudFrames + 1 : 0;
    if (this.#loudFrames >= BEGIN_FRAMES) this.#hang = HANG_FRAMES;
    else if (this.#hang > 0) this.#hang -= 1;
    return this.#hang > 0;
  }

  #adapt(levelDbm0: number, isLoud: boolean): void {
    const level = Math.max(FLOOR_DBM0_MIN, levelDbm0);
    this.#steadyFrames = Math.abs(level - this.#smoothDbm0) <= STEADY_DB ? this.#steadyFrames + 1 : 0;
    this.#smoothDbm0 += 0.2 * (level - this.#smoothDbm0);
    if (level < this.#floorDbm0) this.#floorDbm0 += FLOOR_FALL * (level - this.#floorDbm0);
    else if (this.#steadyFrames > STEADY_FRAMES) this.#floorDbm0 += Math.min(STEADY_RISE_DB, level - this.#floorDbm0);
    else if (!isLoud) this.#floorDbm0 += Math.min(FLOOR_RISE_DB, level - this.#floorDbm0);
    else this.#floorDbm0 += FLOOR_RISE_DB / 6;
  }
}
