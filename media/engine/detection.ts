// What a leg may be listened to for, and what is told of it. Plain data: it crosses a thread boundary.
import type { AnswerOptions, AnswerVerdict } from "../dsp/answer/answer-classifier.js";
import type { CallProgress } from "../dsp/answer/call-progress.js";
import type { AnswerTone } from "../dsp/cadence/answer-tone-detector.js";
import type { CallProgressTone, ToneCountry } from "../dsp/cadence/national-tones.js";

/** Absent is not listened for, and costs nothing. */
export interface DetectorSet {
  /** What exchanges of a country say: dial tone, ringback, busy, congestion; and special information tones. */
  readonly tones?: ToneCountry;
  /** A fax that calls (T.30 CNG) or answers (CED), or a modem. */
  readonly fax?: boolean;
  /** What becomes of a call that we place, as far as it is heard; once. `answered`: the far side has picked up, so it is also told who. */
  readonly progress?: { readonly country: ToneCountry; readonly answered: boolean; readonly answer?: AnswerOptions };
  /** Whether somebody speaks: told when it begins and when it ends. */
  readonly voice?: boolean;
  /** How loud it is: told every so many ms, 100-60000. */
  readonly levelEveryMs?: number;
}

export type Detected =
  | { readonly kind: "tone"; readonly tone: CallProgressTone | "sit" }
  | { readonly kind: "fax"; readonly tone: "cng" | AnswerTone }
  | { readonly kind: "progress"; readonly progress: CallProgress }
  /** After a machine's greeting: its beep is over, it records. */
  | { readonly kind: "beep" }
  | { readonly kind: "voice"; readonly speaking: boolean }
  /** Since the last one, in dBm0; -96 for all that is softer. */
  | { readonly kind: "level"; readonly rmsDbm0: number; readonly peakDbm0: number };

export type { AnswerVerdict, CallProgress, ToneCountry };
