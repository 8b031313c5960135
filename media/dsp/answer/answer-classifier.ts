// Who picked up: a person says a word or two and waits, a machine goes on talking and then beeps. Judged by the rhythm of
// speech and silence from the moment of the answer.
import { VoiceDetector } from "../voice/voice-detector.js";
import { BeepDetector } from "./beep-detector.js";

export type WhoAnswered = "human" | "machine" | "unknown";

export interface AnswerVerdict {
  readonly who: WhoAnswered;
  /** `beep`: a machine's; `greeting`: too long for a person; `words`: too many; `pause`: waited for us; `silence`: nobody spoke; `limit`: not clear in time. */
  readonly why: "beep" | "greeting" | "words" | "pause" | "silence" | "limit";
  /** Since the answer. */
  readonly afterMs: number;
}

export interface AnswerOptions {
  /** Nobody says a word for so long: unknown. 3000 unless told. */
  readonly silenceMsMax?: number;
  /** A person's greeting is shorter; 2000 unless told. */
  readonly greetingMsMax?: number;
  /** Who greeted and then waits so long is a person; 900 unless told. */
  readonly pauseMsMin?: number;
  /** A person says fewer words with pauses between; 5 unless told. */
  readonly wordsMax?: number;
  /** A decision at last; 6000 unless told. */
  readonly limitMs?: number;
}

const FRAME_MS = 20;
/** Shorter sounds are clicks of the line. */
const WORD_MS_MIN = 100;
/** The voice detector keeps a word for so long past its sound. */
const HANG_MS = 160;

export class AnswerClassifier {
  readonly #options: Required<AnswerOptions>;
  readonly #voice = new VoiceDetector();
  readonly #beep = new BeepDetector();
  #elapsedMs = 0;
  #wordMs = 0;
  #words = 0;
  #greetingMs = 0;
  #quietMs = 0;
  #verdict: AnswerVerdict | undefined;

  constructor({ silenceMsMax = 3000, greetingMsMax = 2000, pauseMsMin = 900, wordsMax = 5, limitMs = 6000 }: AnswerOptions = {}) {
    this.#options = { silenceMsMax, greetingMsMax, pauseMsMin, wordsMax, limitMs };
  }

  /** Takes 20 ms at 8000 Hz; the verdict stands once it is given. */
  push(samples: Int16Array): AnswerVerdict | undefined {
    if (this.#verdict !== undefined) return this.#verdict;
    this.#elapsedMs += FRAME_MS;
    const beeped = this.#beep.push(samples);
    const isVoice = this.#voice.push(samples);
    // A pure tone is neither: an exchange's, a fax's, or the beep that follows a greeting.
    if (isVoice && !this.#beep.pure) this.#speech();
    else if (!isVoice) this.#silence();
    this.#verdict = beeped && this.#words > 0 ? this.#say("machine", "beep") : this.#judge();
    return this.#verdict;
  }

  #speech(): void {
    this.#wordMs += FRAME_MS;
    if (this.#wordMs === WORD_MS_MIN + HANG_MS) this.#words += 1;
    this.#greetingMs += this.#greetingMs > 0 ? FRAME_MS + this.#quietMs : FRAME_MS;
    this.#quietMs = 0;
  }

  #silence(): void {
    // A click is taken back: it was no word.
    if (this.#wordMs > 0 && this.#wordMs < WORD_MS_MIN + HANG_MS && this.#words === 0) this.#greetingMs = 0;
    this.#wordMs = 0;
    this.#quietMs += FRAME_MS;
  }

  #judge(): AnswerVerdict | undefined {
    const { silenceMsMax, greetingMsMax, pauseMsMin, wordsMax, limitMs } = this.#options;
    if (this.#words === 0) return this.#elapsedMs >= silenceMsMax && this.#wordMs === 0 ? this.#say("unknown", "silence") : undefined;
    if (this.#words > wordsMax) return this.#say("machine", "words");
    if (this.#greetingMs - HANG_MS > greetingMsMax) return this.#say("machine", "greeting");
    if (this.#quietMs + HANG_MS >= pauseMsMin) return this.#say("human", "pause");
    return this.#elapsedMs >= limitMs ? this.#say("unknown", "limit") : undefined;
  }

  #say(who: WhoAnswered, why: AnswerVerdict["why"]): AnswerVerdict {
    return { who, why, afterMs: this.#elapsedMs };
  }
}
