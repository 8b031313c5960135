export type PromptErrorCode =
  /** A folder or file that the settings or a plugin name can't be read. */
  | "PROMPT_READ"
  /** A recording is no WAV of 16 bits, mono, 8 to 48 kHz, or is longer than five minutes. */
  | "PROMPT_FORMAT";

/** For an operator: names the file. */
export class PromptError extends Error {
  override readonly name = "PromptError";
  constructor(
    readonly code: PromptErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
