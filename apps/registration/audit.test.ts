import t from "tap";
import { auditBookings, type RegistrationBooks } from "./audit.js";
import type { Appointment } from "./collections.js";

const appointment = (more: Partial<Appointment> = {}): Appointment => ({
  ...{ id: "a", card: "10000001", department: "internal", doctor: "wang", day: "2026-01-06", period: "morning", starts: "08:00", ends: "12:00" },
  ...{ number: 1, feeFen: 500, ledger: "fee-a", status: "booked", bookedUtcMs: 0, call: "c" },
  ...more,
});
const entry = (id: string, purpose: string, { fen = 500, of = "a" } = {}) => ({
  id,
  utcMs: 0,
  purpose,
  subject: { kind: "appointment", id: of },
  postings: [
    { account: "card:10000001", fen: purpose === "refund" ? fen : -fen },
    { account: "revenue:registration", fen: purpose === "refund" ? -fen : fen },
  ],
});
const told = (...types: readonly string[]) => types.map((type) => ({ type: `registration.${type}`, subject: { kind: "appointment", id: "a" } }));
const session = (...sold: number[]) => ({ doctor: "wang", day: "2026-01-06", period: "morning" as const, sold });

const BOOKED: RegistrationBooks = { appointments: [appointment()], sessions: [session(1)], ledger: [entry("fee-a", "registration")], journal: told("booked"), capacity: 1, noShowRefund: true };
const CANCELLED: RegistrationBooks = {
  ...BOOKED,
  appointments: [appointment({ status: "cancelled", refund: "r" })],
  sessions: [session()],
  ledger: [entry("fee-a", "registration"), entry("r", "refund")],
  journal: told("booked", "cancelled"),
};

const absent = { ...CANCELLED, appointments: [appointment({ status: "no-show", refund: "r" })], journal: told("booked", "no-show") };

for (const [what, books] of Object.entries({ "a booking": BOOKED, "a cancelled one": CANCELLED, "a no-show": absent, "nothing": { ...BOOKED, appointments: [], sessions: [], ledger: [], journal: [] } }))
  t.test(`right books have no fault: ${what}`, async (t) => t.same(auditBookings(books), []));

for (const { title, books, fault } of [
  { title: "a number sold twice", books: { ...BOOKED, appointments: [appointment(), appointment({ id: "b" })] }, fault: /sold twice: a and b/ },
  { title: "a number above the capacity", books: { ...BOOKED, capacity: 0 }, fault: /above the capacity of 0/ },
  { title: "a number that nobody holds", books: { ...CANCELLED, sessions: [session(1)] }, fault: /nobody holds it/ },
  { title: "a held number that is for sale", books: { ...BOOKED, sessions: [] }, fault: /counts as free/ },
  { title: "a fee not taken", books: { ...BOOKED, ledger: [] }, fault: /was taken 0 times/ },
  { title: "a fee for nothing", books: { ...BOOKED, appointments: [] }, fault: /registration fee-a was posted without an appointment/ },
  { title: "a fee that did not come back", books: { ...CANCELLED, ledger: [entry("fee-a", "registration")] }, fault: /went back 0 times instead of 1/ },
  { title: "a fee that came back twice", books: { ...CANCELLED, ledger: [...CANCELLED.ledger, entry("r2", "refund")] }, fault: /went back 2 times instead of 1/ },
  { title: "a refund for a booking that stands", books: { ...BOOKED, ledger: CANCELLED.ledger }, fault: /\(booked\) went back 1 times instead of 0/ },
  { title: "a no-show's fee that the hospital keeps", books: { ...absent, noShowRefund: false }, fault: /\(no-show\) went back 1 times instead of 0/ },
  { title: "half a refund", books: { ...CANCELLED, ledger: [entry("fee-a", "registration"), entry("r", "refund", { fen: 250 })] }, fault: /gave card 250 fen instead of 500/ },
  { title: "a refund that the booking does not name", books: { ...CANCELLED, appointments: [appointment({ status: "cancelled" })] }, fault: /names the refund undefined/ },
  { title: "a cancelling that the journal tells twice", books: { ...CANCELLED, journal: told("booked", "cancelled", "cancelled") }, fault: /registration.cancelled a 2 times/ },
  { title: "a booking that the journal does not tell", books: { ...BOOKED, journal: [] }, fault: /registration.booked a 0 times/ },
] as { title: string; books: RegistrationBooks; fault: RegExp }[])
  t.test(`the auditor finds ${title}`, async (t) => t.match(auditBookings(books).join("\n"), fault));
