// When somebody who was asked to speak has finished: for recordings and surveys.
import { VoiceDetector, type VoiceState } from "./voice-detector.js";

export interface EndOfSpeechOptions {
  /** Nobody has begun to speak for so long: `no-speech`. */
  readonly beginMs: number;
  /** Nobody has spoken for so long after some speech: `silence`. */
  readonly silenceMs: number;
  /** So long in all: `too-long`. */
  readonly lengthMs: number;
}

export type SpeechEnd = "no-speech" | "silence" | "too-long";

const FRAME_MS = 20;
/** A click or a cough of the line is no speech. */
const SPEECH_MS_MIN = 120;

/** Plain data, for one that goes on elsewhere. */
export interface EndOfSpeechState {
  readonly elapsedMs: number;
  readonly spokenMs: number;
  readonly quietMs: number;
  readonly lastVoiceMs: number;
  readonly voice: VoiceState;
}

export class EndOfSpeech {
  readonly #options: EndOfSpeechOptions;
  readonly #voice: VoiceDetector;
  #elapsedMs = 0;
  #spokenMs = 0;
  #quietMs = 0;
  #lastVoiceMs = 0;
  #end: SpeechEnd | undefined;

  /** @param state of one that has not ended yet */
  constructor(options: EndOfSpeechOptions, state?: EndOfSpeechState) {
    this.#options = options;
    this.#voice = new VoiceDetector(state?.voice);
    if (state === undefined) return;
    this.#elapsedMs = state.elapsedMs;
    this.#spokenMs = state.spokenMs;
    this.#quietMs = state.quietMs;
    this.#lastVoiceMs = state.lastVoiceMs;
  }

  save(): EndOfSpeechState {
    return { elapsedMs: this.#elapsedMs, spokenMs: this.#spokenMs, quietMs: this.#quietMs, lastVoiceMs: this.#lastVoiceMs, voice: this.#voice.save() };
  }

  /** When the last speech ended, for cutting what follows; 0 where none was. */
  get spokenUntilMs(): number {
    return this.#spokenMs >= SPEECH_MS_MIN ? this.#lastVoiceMs : 0;
  }

  /** Takes 20 ms; told once and for good. */
  push(samples: Int16Array): SpeechEnd | undefined {
    if (this.#end !== undefined) return this.#end;
    const { beginMs, silenceMs, lengthMs } = this.#options;
    this.#elapsedMs += FRAME_MS;
    if (this.#voice.push(samples)) {
      this.#spokenMs += FRAME_MS;
      this.#quietMs = 0;
      this.#lastVoiceMs = this.#elapsedMs;
    } else {
      this.#quietMs += FRAME_MS;
      if (this.#spokenMs < SPEECH_MS_MIN) this.#spokenMs = 0;
    }
    const hasSpoken = this.#spokenMs >= SPEECH_MS_MIN;
    if (hasSpoken && this.#quietMs >= silenceMs) this.#end = "silence";
    else if (!hasSpoken && this.#elapsedMs >= beginMs) this.#end = "no-speech";
    else if (this.#elapsedMs >= lengthMs) this.#end = "too-long";
    return this.#end;
  }
}
