// Mandarin as it is spoken on the telephone. Each choice that the language leaves open:
// - 二 or 两: 两 before 千 and 万 and where a bare 2 counts something (两元, 两点); 二 before 百, before 十 and at the end.
// - 零 is said once for a run of zeros inside a number; the zeros at the end of each group of four are not said.
// - 十 opens a number without 一 (十二, 十万), and takes it elsewhere (一百一十二, 一万零一十).
// - 1 is yī also in digit strings: a patient compares what is heard with the keys on the phone, and not everybody
//   knows yāo. Digits have recordings of their own (`digit-1`), so a hospital that wants yāo records one file.
// - 日, not 号, and 三十分, not 半: the announcement is a promise, and formal.
import type { Day, Grammar, Sum, TimeOfDay } from "./grammar.js";

const UNITS = ["", "ten", "hundred", "thousand"] as const;

/** One group of four digits, 1 .. 9999. `leads`: nothing was said before it. */
function group(value: number, leads: boolean): string[] {
  const spoken: string[] = [];
  let skippedZero = !leads && value < 1000;
  for (let place = 3; place >= 0; place--) {
    const digit = Math.floor(value / 10 ** place) % 10;
    if (digit === 0) {
      skippedZero ||= spoken.length > 0;
      continue;
    }
    if (skippedZero) spoken.push("0");
    skippedZero = false;
    const opensWithTen = place === 1 && digit === 1 && leads && spoken.length === 0;
    if (!opensWithTen) spoken.push(digit === 2 && place === 3 ? "liang" : String(digit));
    if (place > 0) spoken.push(UNITS[place]!);
  }
  return spoken;
}

function number(value: number): string[] {
  if (value === 0) return ["0"];
  const [top, high, low] = [Math.floor(value / 100_000_000), Math.floor(value / 10_000) % 10_000, value % 10_000];
  const spoken = top === 0 ? [] : [...counted(top), "hundred-million"];
  if (high > 0) spoken.push(...(top === 0 ? counted(high) : group(high, false)), "ten-thousand");
  // A whole group of zeros between is said as one 零, also before a group that has a thousand.
  if (low >= 1000 && top > 0 && high === 0) spoken.push("0");
  return low === 0 ? spoken : [...spoken, ...group(low, top === 0 && high === 0)];
}

/** A number before what it counts: a bare 2 is 两. */
const counted = (value: number): string[] => (value === 2 ? ["liang"] : number(value));

const ordinal = (value: number): string[] => ["ordinal", ...number(value)];

function money({ yuan, fen }: Sum): string[] {
  const [jiao, rest] = [Math.floor(fen / 10), fen % 10];
  const spoken = yuan > 0 || fen === 0 ? [...counted(yuan), "yuan"] : [];
  if (jiao > 0) spoken.push(...counted(jiao), "jiao");
  else if (rest > 0 && yuan > 0) spoken.push("0");
  if (rest > 0) spoken.push(...counted(rest), "fen");
  return spoken;
}

const date = ({ month, day, weekday }: Day): string[] => [`month-${month}`, `day-${day}`, `weekday-${weekday}`];

/** 凌晨 to 5, 上午 to 11, 中午 at 12, 下午 to 17, 晚上 from 18; the hour is one of twelve, midnight is 零点. */
function time({ hour, minute }: TimeOfDay): string[] {
  const part = hour < 6 ? "small-hours" : hour < 12 ? "morning" : hour === 12 ? "noon" : hour < 18 ? "afternoon" : "evening";
  const spoken = [part, ...counted(hour > 12 ? hour - 12 : hour), "hour"];
  if (minute === 0) return spoken;
  return [...spoken, ...(minute < 10 ? ["0"] : []), ...number(minute), "minute"];
}

export const MANDARIN: Grammar = { number, ordinal, money, date, time };
