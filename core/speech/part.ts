/** A piece of an announcement; a language's grammar turns it into recorded parts. */
export type SpeechPart =
  /** A recording by name, `plugin/name`; where there is none in the caller's language, `text` is read instead. */
  | { readonly say: "prompt"; readonly name: string; readonly text?: string }
  /** Read by the server's voice; not heard where it has none. */
  | { readonly say: "text"; readonly text: string }
  /** A whole number, 0 .. 999,999,999,999. */
  | { readonly say: "number"; readonly value: number }
  /** A place in a row: first, second; 1 .. 999,999. */
  | { readonly say: "ordinal"; readonly value: number }
  /** Letters and digits one by one; `-` is a pause. */
  | { readonly say: "spelled"; readonly text: string }
  /** Digit by digit. */
  | { readonly say: "digits"; readonly digits: string }
  /** Fen, spoken as yuan, jiao, fen or "yuan and cents" as the language has it. */
  | { readonly say: "money"; readonly fen: number }
  /** A day of the calendar, `YYYY-MM-DD`. */
  | { readonly say: "date"; readonly date: string }
  /** A time of day, `HH:MM`. */
  | { readonly say: "time"; readonly time: string }
  | { readonly say: "silence"; readonly durationMs: number }
  /** A signal by name, or a cadence such as `450/1000,0/4000`; without `durationMs` one round of it. */
  | { readonly say: "tone"; readonly tone: string; readonly durationMs?: number };

/** `text`: what to read where the name has no recording in the caller's language. */
export const prompt = (name: string, text?: string): SpeechPart => ({ say: "prompt", name, ...(text === undefined ? {} : { text }) });
/** For what has no recording: names, notices; at most 500 characters. */
export const text = (words: string): SpeechPart => ({ say: "text", text: words });
export const number = (value: number): SpeechPart => ({ say: "number", value });
/** `value` 1 .. 999,999: first, 第一. */
export const ordinal = (value: number): SpeechPart => ({ say: "ordinal", value });
/** An identifier such as `B12-34`: at most 32 of A-Z (either case), 0-9 and `-`, which is a pause. */
export const spelled = (text: string): SpeechPart => ({ say: "spelled", text });
export const digits = (text: string): SpeechPart => ({ say: "digits", digits: text });
export const money = (fen: number): SpeechPart => ({ say: "money", fen });
export const date = (day: string): SpeechPart => ({ say: "date", date: day });
export const time = (clock: string): SpeechPart => ({ say: "time", time: clock });
export const pause = (durationMs: number): SpeechPart => ({ say: "silence", durationMs });
/**
 * `dial`, `ringback`, `busy`, `congestion` as the server's country has them (setting `tones`), `sit`, `beep`, `warning`, or a
 * cadence: frequencies in Hz joined by `+`, `@` and the level in dBm0 of each, `/` and milliseconds; segments joined by commas.
 * `durationMs` is how long in all, 1 to 600,000; one round unless told, 3 s of a tone that has no rhythm.
 */
export const tone = (name: string, durationMs?: number): SpeechPart => ({ say: "tone", tone: name, ...(durationMs === undefined ? {} : { durationMs }) });

/** `zh-CN`, `en`: folders of recordings and a grammar each. */
export type Language = "zh-CN" | "en";
