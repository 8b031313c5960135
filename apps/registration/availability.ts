// What can still be booked; nothing is held until it is booked.
import type { PluginReader } from "../../core/sdk/index.js";
import { sessions, type Doctor, type Period, type Session } from "./collections.js";

export interface FreeDay {
  readonly day: string;
  /** Periods with numbers left, in order. */
  readonly periods: readonly Period[];
}

/** Sessions read at once; a doctor has two a day. */
const SESSIONS_MAX = 1000;

export interface DayRange {
  /** Days that may be booked come behind this one. */
  readonly today: string;
  readonly days: readonly string[];
  /** At most so many. */
  readonly count: number;
}

/** The first `count` of `days` on which the doctor has numbers left, in the order given. */
export async function freeDays(reader: PluginReader, doctor: Doctor, { today, days, count }: DayRange): Promise<readonly FreeDay[]> {
  const touched = await reader.range(sessions, { prefix: [doctor.id], after: [doctor.id, today], limit: SESSIONS_MAX });
  const sold = new Map(touched.map((session) => [`${session.day} ${session.period}`, session.sold.length]));
  return days
    .map((day) => ({ day, periods: doctor.periods.filter((period) => (sold.get(`${day} ${period.id}`) ?? 0) < period.capacity) }))
    .filter((free) => free.periods.length > 0)
    .slice(0, count);
}

/** The lowest number that is not sold; undefined where all are. */
export function freeNumber(session: Session | undefined, capacity: number): number | undefined {
  for (let number = 1; number <= capacity; number++) if (session?.sold.includes(number) !== true) return number;
  return undefined;
}
