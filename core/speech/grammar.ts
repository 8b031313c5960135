// What a language must know to speak: each method gives the names of recordings in the order they are heard.
import { SpeechError } from "./error.js";

/** A day of the calendar, checked. `weekday` is 1 (Monday) .. 7 (Sunday), ISO 8601. */
export interface Day {
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
}

export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** A sum of money, checked: whole yuan, 0 .. 99,999,999, and fen, 0 .. 99. */
export interface Sum {
  readonly yuan: number;
  readonly fen: number;
}

/** Names below `speech/`, without it. */
export interface Grammar {
  /** `value` is 0 .. 999,999,999,999. */
  number(value: number): readonly string[];
  /** `value` is 1 .. 999,999. */
  ordinal(value: number): readonly string[];
  money(sum: Sum): readonly string[];
  date(day: Day): readonly string[];
  time(time: TimeOfDay): readonly string[];
}

const NUMBER_MAX = 999_999_999_999;
const ORDINAL_MAX = 999_999;
const FEN_MAX = 9_999_999_999;
const SPELLED_MAX = 32;
const DIGITS_MAX = 32;
const SILENCE_MS_MAX = 10_000;

/** @throws SpeechError "SPEECH_NUMBER" */
export function checkNumber(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > NUMBER_MAX) throw new SpeechError("SPEECH_NUMBER", `a number to speak is whole and 0 to ${NUMBER_MAX}, not ${value}`);
  return value;
}

/** @throws SpeechError "SPEECH_NUMBER" */
export function checkOrdinal(value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > ORDINAL_MAX) throw new SpeechError("SPEECH_NUMBER", `a place in a row to speak is whole and 1 to ${ORDINAL_MAX}, not ${value}`);
  return value;
}

/** In lower case. The text is not repeated in the error: it may be a card's. @throws SpeechError "SPEECH_SPELLING" */
export function checkSpelling(text: string): string {
  if (!/^[0-9A-Za-z-]*$/.test(text) || text.length > SPELLED_MAX) throw new SpeechError("SPEECH_SPELLING", `what is spelled is letters A-Z, digits and -, at most ${SPELLED_MAX}`);
  return text.toLowerCase();
}

/** @throws SpeechError "SPEECH_NUMBER" */
export function checkSum(fen: number): Sum {
  if (!Number.isInteger(fen) || fen < 0 || fen > FEN_MAX) throw new SpeechError("SPEECH_NUMBER", `money to speak is a whole number of fen, 0 to ${FEN_MAX}, not ${fen}`);
  return { yuan: Math.floor(fen / 100), fen: fen % 100 };
}

/** The text is not repeated in the error: it may be a card number. @throws SpeechError "SPEECH_DIGITS" */
export function checkDigits(text: string): string {
  if (!/^[0-9*#]*$/.test(text) || text.length > DIGITS_MAX) throw new SpeechError("SPEECH_DIGITS", `digits to speak are 0-9, * and #, at most ${DIGITS_MAX}`);
  return text;
}

/** @throws SpeechError "SPEECH_DATE" */
export function checkDate(text: string): Day {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  const [year, month, day] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])];
  // Date carries what a month has not over into the next, so a day that does not exist comes back changed.
  const calendar = new Date(Date.UTC(year, month - 1, day));
  if (match === null || calendar.getUTCMonth() !== month - 1 || calendar.getUTCDate() !== day) throw new SpeechError("SPEECH_DATE", `a date to speak is a day written YYYY-MM-DD, not ${text}`);
  return { month, day, weekday: calendar.getUTCDay() || 7 };
}

/** @throws SpeechError "SPEECH_TIME" */
export function checkTime(text: string): TimeOfDay {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (match === null) throw new SpeechError("SPEECH_TIME", `a time to speak is written HH:MM, 00:00 to 23:59, not ${text}`);
  return { hour: Number(match[1]), minute: Number(match[2]) };
}

/** @throws SpeechError "SPEECH_SILENCE" */
export function checkSilence(durationMs: number): number {
  if (!(durationMs >= 0 && durationMs <= SILENCE_MS_MAX)) throw new SpeechError("SPEECH_SILENCE", `a silence is 0 to ${SILENCE_MS_MAX} ms, not ${durationMs}`);
  return durationMs;
}
