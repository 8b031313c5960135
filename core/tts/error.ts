export type TtsErrorCode =
  /** The program of the built-in voice is not installed. */
  | "TTS_ABSENT"
  /** The voice gave an error, or something that is no WAV. */
  | "TTS_FAILED"
  /** The voice did not answer in time. */
  | "TTS_TIMEOUT"
  /** The voice gave more sound than is taken. */
  | "TTS_SIZE"
  /** The text is empty or too long. */
  | "TTS_TEXT";

/** For an operator. The text never stands in it: it may be a person's name. */
export class TtsError extends Error {
  override readonly name = "TtsError";
  constructor(
    readonly code: TtsErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
