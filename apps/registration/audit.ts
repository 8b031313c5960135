// An auditor shares no code with the booking: it counts what is there, beside the ledger.
import type { LedgerEntry } from "../billing/collections.js";
import type { Appointment } from "./collections.js";

/** Every broken promise in one sentence each; empty where all is right. `capacity` is of each doctor's period. */
export function auditBookings(booked: readonly Appointment[], fees: readonly LedgerEntry[], capacity: number): readonly string[] {
  const faults: string[] = [];
  const places = new Map<string, string>();
  for (const { id, doctor, day, period, number } of booked) {
    const place = `${doctor} ${day} ${period} number ${number}`;
    if (places.has(place)) faults.push(`${place} is sold twice: ${places.get(place)} and ${id}`);
    places.set(place, id);
    if (number > capacity) faults.push(`${place} is above the capacity of ${capacity}`);
  }
  const paid = new Map<string, number>();
  for (const fee of fees.filter((entry) => entry.purpose === "registration")) {
    if (!booked.some((appointment) => appointment.id === fee.subject.id)) faults.push(`fee ${fee.id} was taken without an appointment`);
    paid.set(fee.subject.id, (paid.get(fee.subject.id) ?? 0) + 1);
  }
  for (const { id, feeFen } of booked) {
    const times = paid.get(id) ?? 0;
    if (times !== (feeFen > 0 ? 1 : 0)) faults.push(`the fee of appointment ${id} (${feeFen} fen) was taken ${times} times`);
  }
  return faults;
}
