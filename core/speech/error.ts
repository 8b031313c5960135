/** A value that no grammar can speak. It comes from a plugin, never from a caller, so it is thrown. */
export type SpeechErrorCode =
  /** Not a whole number, negative, or above the largest that is spoken. */
  | "SPEECH_NUMBER"
  /** Something else than letters, digits and `-`, or more than 32 of them. */
  | "SPEECH_SPELLING"
  /** Something else than 0-9, `*` and `#`, or more than 32 of them. */
  | "SPEECH_DIGITS"
  /** No such day, or not written `YYYY-MM-DD`. */
  | "SPEECH_DATE"
  /** No such time of day, or not written `HH:MM`. */
  | "SPEECH_TIME"
  /** A silence that is no duration, or longer than 10 s. */
  | "SPEECH_SILENCE"
  /** No tone of that name, no cadence, or a duration that is none. */
  | "SPEECH_TONE";

export class SpeechError extends Error {
  override readonly name = "SpeechError";
  constructor(
    readonly code: SpeechErrorCode,
    message: string,
  ) {
    super(message);
  }
}
