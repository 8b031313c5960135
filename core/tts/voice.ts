// A voice that reads text: the built-in one or another's.
import type { Language } from "../speech/part.js";
import { TtsError } from "./error.js";

export interface TtsVoice {
  /** With its settings, for the cache: another name is another sound of the same text. */
  readonly name: string;
  /**
   * A WAV: 16 bits, mono, 8000 to 48000 Hz. Ends in bounded time and size.
   * @param text checked by `checkText`
   * @throws TtsError
   */
  read(text: string, language: Language): Promise<Uint8Array>;
}

/** UTF-16 units. */
export const TEXT_MAX = 500;
/** 500 characters read slowly are two minutes: 48 kHz, 16 bits. */
export const WAV_BYTES_MAX = 12_000_000;

/** Without control characters, which no voice reads. @throws TtsError "TTS_TEXT" */
export function checkText(text: string): string {
  const clean = text.replaceAll(/\p{Cc}+/gu, " ").trim();
  if (clean === "" || clean.length > TEXT_MAX) throw new TtsError("TTS_TEXT", `a text to read has 1 to ${TEXT_MAX} characters, not ${clean.length}`);
  return clean;
}
