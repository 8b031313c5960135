// An auditor shares no code with the booking: it counts what is there, beside the ledger and the journal.
import type { LedgerEntry } from "../billing/collections.js";
import type { Appointment, Session } from "./collections.js";

export interface RegistrationBooks {
  readonly appointments: readonly Appointment[];
  readonly sessions: readonly Session[];
  readonly ledger: readonly LedgerEntry[];
  readonly journal: readonly { readonly type: string; readonly subject: { readonly kind: string; readonly id: string } }[];
  /** Of each doctor's period. */
  readonly capacity: number;
  /** Whether no-shows get their fee back. */
  readonly noShowRefund: boolean;
}

/** Every broken promise in one sentence each; empty where all is right. */
export function auditBookings(books: RegistrationBooks): readonly string[] {
  return [...auditNumbers(books), ...auditFees(books), ...auditHistory(books)];
}

const keepsNumber = ({ status }: Appointment): boolean => status !== "cancelled" && status !== "no-show";

/** Every number is held by one appointment, and what nobody holds is for sale. */
function auditNumbers({ appointments, sessions, capacity }: RegistrationBooks): readonly string[] {
  const faults: string[] = [];
  const places = new Map<string, string>();
  for (const { id, doctor, day, period, number } of appointments.filter(keepsNumber)) {
    const place = `${doctor} ${day} ${period} number ${number}`;
    if (places.has(place)) faults.push(`${place} is sold twice: ${places.get(place)} and ${id}`);
    places.set(place, id);
    if (number > capacity) faults.push(`${place} is above the capacity of ${capacity}`);
  }
  const sold = new Set(sessions.flatMap((session) => session.sold.map((number) => `${session.doctor} ${session.day} ${session.period} number ${number}`)));
  for (const place of sold) if (!places.has(place)) faults.push(`${place} counts as sold, but nobody holds it`);
  for (const place of places.keys()) if (!sold.has(place)) faults.push(`${place} is held, but counts as free`);
  return faults;
}

/** A fee for each appointment, and one way back for each that was given back. */
function auditFees({ appointments, ledger, noShowRefund }: RegistrationBooks): readonly string[] {
  const faults: string[] = [];
  const known = new Set(appointments.map(({ id }) => id));
  const moved = (purpose: string): Map<string, LedgerEntry[]> => {
    const entries = new Map<string, LedgerEntry[]>();
    for (const entry of ledger.filter((each) => each.purpose === purpose && each.subject.kind === "appointment")) {
      if (!known.has(entry.subject.id)) faults.push(`${purpose} ${entry.id} was posted without an appointment`);
      entries.set(entry.subject.id, [...(entries.get(entry.subject.id) ?? []), entry]);
    }
    return entries;
  };
  const [paid, back] = [moved("registration"), moved("refund")];
  for (const { id, card, status, feeFen, refund } of appointments) {
    const [fees, refunds] = [paid.get(id) ?? [], back.get(id) ?? []];
    if (fees.length !== (feeFen > 0 ? 1 : 0)) faults.push(`the fee of appointment ${id} (${feeFen} fen) was taken ${fees.length} times`);
    const due = feeFen > 0 && (status === "cancelled" || (status === "no-show" && noShowRefund)) ? 1 : 0;
    if (refunds.length !== due) faults.push(`the fee of appointment ${id} (${status}) went back ${refunds.length} times instead of ${due}`);
    if (refund !== refunds[0]?.id) faults.push(`appointment ${id} names the refund ${refund}, the ledger has ${refunds[0]?.id}`);
    for (const entry of refunds) {
      const got = entry.postings.filter(({ account }) => account === `card:${card}`).reduce((sum, { fen }) => sum + fen, 0);
      if (got !== feeFen) faults.push(`the refund of appointment ${id} gave card ${got} fen instead of ${feeFen}`);
    }
  }
  return faults;
}

/** The journal tells of each booking once, and once of what became of it. */
function auditHistory({ appointments, journal }: RegistrationBooks): readonly string[] {
  const told = new Map<string, number>();
  for (const { type, subject } of journal) if (subject.kind === "appointment") told.set(`${type} ${subject.id}`, (told.get(`${type} ${subject.id}`) ?? 0) + 1);
  const due = new Set(appointments.flatMap(({ id, status }) => [`registration.booked ${id}`, `registration.${status} ${id}`]));
  return [...new Set([...told.keys(), ...due])].filter((what) => told.get(what) !== (due.has(what) ? 1 : undefined)).map((what) => `the journal tells of ${what} ${told.get(what) ?? 0} times`);
}
