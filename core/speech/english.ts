// English for callers from many countries. Each choice that the language leaves open:
// - "and" stands before the last two digits of a number above a hundred: one hundred and five, one thousand and ten.
// - Money is yuan and fen: the names on what the caller pays with.
// - Dates are weekday, month, ordinal day. Times have twelve hours with a.m. or p.m., and noon and midnight by name,
//   since "twelve p.m." is heard both ways. Minutes below ten are "oh five".
import type { Day, Grammar, Sum, TimeOfDay } from "./grammar.js";

/** 1 .. 99. */
const belowHundred = (value: number): string[] => (value < 20 ? [String(value)] : value % 10 === 0 ? [String(value)] : [String(value - (value % 10)), String(value % 10)]);

/** 1 .. 999. */
function belowThousand(value: number): string[] {
  const [hundreds, rest] = [Math.floor(value / 100), value % 100];
  if (hundreds === 0) return belowHundred(rest);
  return [String(hundreds), "hundred", ...(rest === 0 ? [] : ["and", ...belowHundred(rest)])];
}

function number(value: number): string[] {
  if (value === 0) return ["0"];
  const spoken: string[] = [];
  const [billions, millions, thousands, rest] = [Math.floor(value / 1_000_000_000), Math.floor(value / 1_000_000) % 1000, Math.floor(value / 1000) % 1000, value % 1000];
  if (billions > 0) spoken.push(...belowThousand(billions), "billion");
  if (millions > 0) spoken.push(...belowThousand(millions), "million");
  if (thousands > 0) spoken.push(...belowThousand(thousands), "thousand");
  if (rest > 0) spoken.push(...(spoken.length > 0 && rest < 100 ? ["and"] : []), ...belowThousand(rest));
  return spoken;
}

/** The last word says that it is one: twenty first, one hundredth. Those that days have are days'. */
function ordinal(value: number): string[] {
  const spoken = number(value);
  const last = spoken.pop()!;
  return [...spoken, /^\d+$/.test(last) && Number(last) <= 31 ? `day-${last}` : `ordinal-${last}`];
}

function money({ yuan, fen }: Sum): string[] {
  if (fen === 0) return [...number(yuan), "yuan"];
  const small = [...number(fen), "fen"];
  return yuan === 0 ? small : [...number(yuan), "yuan", "and", ...small];
}

const date = ({ month, day, weekday }: Day): string[] => [`weekday-${weekday}`, `month-${month}`, `day-${day}`];

function time({ hour, minute }: TimeOfDay): string[] {
  const spoken = number(hour % 12 === 0 ? 12 : hour % 12);
  if (minute === 0 && hour % 12 === 0) return [...spoken, hour === 0 ? "midnight" : "noon"];
  if (minute > 0) spoken.push(...(minute < 10 ? ["oh"] : []), ...number(minute));
  return [...spoken, hour < 12 ? "am" : "pm"];
}

export const ENGLISH: Grammar = { number, ordinal, money, date, time };
