// The booking's promise: a number is sold once and a fee taken once, both or neither, whatever happens in between.
import type { PluginContext, PluginTransaction } from "../../core/sdk/index.js";
import type { Billing } from "../billing/service.js";
import { freeNumber } from "./availability.js";
import { commit } from "./commit.js";
import { appointments, sessions, type Appointment, type Doctor, type Period } from "./collections.js";

export interface BookingRequest {
  /** Two requests under one key are one booking. */
  readonly idempotencyKey: string;
  readonly call: string;
  readonly card: string;
  readonly doctor: Doctor;
  readonly day: string;
  readonly period: Period;
  /** 0: free of charge. */
  readonly feeFen: number;
}

export type BookingOutcome =
  /** `balanceFen` is undefined where nothing was charged. */
  | { readonly kind: "booked"; readonly appointment: Appointment; readonly balanceFen: number | undefined }
  | { readonly kind: "sold-out" }
  | { readonly kind: "insufficient"; readonly balanceFen: number };

/** Resolves when durable. Rejects where the store failed three times. */
export async function book(context: Pick<PluginContext<unknown>, "store" | "clock">, billing: Billing | undefined, request: BookingRequest): Promise<BookingOutcome> {
  return commit(context, (tx) => bookIn(tx, { billing, request, utcMs: context.clock.now() }));
}

async function bookIn(tx: PluginTransaction, { billing, request, utcMs }: { readonly billing: Billing | undefined; readonly request: BookingRequest; readonly utcMs: number }): Promise<BookingOutcome> {
  const { idempotencyKey, card, doctor, day, period } = request;
  const known = await tx.get(appointments, [idempotencyKey]);
  const session = await tx.get(sessions, [doctor.id, day, period.id]);
  const number = known?.number ?? freeNumber(session, period.capacity);
  if (number === undefined) return { kind: "sold-out" };
  const fee = await takeFee(tx, billing, request);
  if (fee.kind === "insufficient") return fee;
  if (known !== undefined) return { kind: "booked", appointment: known, balanceFen: fee.balanceFen };
  const appointment: Appointment = {
    id: idempotencyKey,
    card,
    department: doctor.department,
    doctor: doctor.id,
    day,
    period: period.id,
    starts: period.starts,
    ends: period.ends,
    number,
    feeFen: fee.ledger === undefined ? 0 : request.feeFen,
    ...(fee.ledger === undefined ? {} : { ledger: fee.ledger }),
    status: "booked",
    bookedUtcMs: utcMs,
    call: request.call,
  };
  tx.put(sessions, { doctor: doctor.id, day, period: period.id, sold: [...(session?.sold ?? []), number] });
  tx.put(appointments, appointment);
  tx.journal({
    type: "registration.booked",
    v: 1,
    subject: { kind: "appointment", id: appointment.id },
    actor: { kind: "patient", id: card },
    data: { call: request.call, doctor: doctor.id, day, period: period.id, number, feeFen: appointment.feeFen, ...(fee.ledger === undefined ? {} : { ledger: fee.ledger }) },
  });
  return { kind: "booked", appointment, balanceFen: fee.balanceFen };
}

type Fee = { readonly kind: "paid"; readonly ledger: string | undefined; readonly balanceFen: number | undefined } | { readonly kind: "insufficient"; readonly balanceFen: number };

/** In the booking's own transaction; asked again for a booking that is known, it gives that one's outcome. */
async function takeFee(tx: PluginTransaction, billing: Billing | undefined, { idempotencyKey, card, feeFen }: BookingRequest): Promise<Fee> {
  if (billing === undefined || feeFen === 0) return { kind: "paid", ledger: undefined, balanceFen: undefined };
  const outcome = await billing.charge(tx, { card, fen: feeFen, purpose: "registration", idempotencyKey: `fee-${idempotencyKey}`, subject: { kind: "appointment", id: idempotencyKey } });
  return outcome.kind === "insufficient" ? outcome : { kind: "paid", ledger: outcome.ledgerId, balanceFen: outcome.balanceFen };
}
