// The way back from a booking: its number can be sold again and its fee goes back, both or neither, and once.
import type { Actor, PluginTransaction } from "../../core/sdk/index.js";
import type { Billing } from "../billing/service.js";
import { appointments, sessions, type Appointment, type Session } from "./collections.js";

export interface ReleaseRequest {
  readonly appointment: string;
  readonly becomes: "cancelled" | "no-show";
  readonly actor: Actor;
  /** The fee goes back to the card. */
  readonly refund: boolean;
  /** The call in which it was asked for. */
  readonly call?: string;
}

/** `kept`: it is not the caller's to give back any more, or its fee can't go back; nothing was changed. */
export type ReleaseOutcome = { readonly kind: "released"; readonly appointment: Appointment } | { readonly kind: "kept" };

/** What a release has become so far. */
export interface ReleaseDraft {
  readonly appointment: Appointment;
  readonly session: Session | undefined;
}

export interface ReleasePorts {
  readonly tx: PluginTransaction;
  readonly billing: Billing | undefined;
}

export interface ReleaseRule {
  readonly id: string;
  apply(draft: ReleaseDraft, request: ReleaseRequest, ports: ReleasePorts): Promise<ReleaseDraft | ReleaseOutcome> | ReleaseDraft | ReleaseOutcome;
}

/** What was released is not released again: by then its number may be somebody else's. */
const once: ReleaseRule = {
  id: "once",
  apply: (draft, { becomes }) => {
    if (draft.appointment.status === "booked") return draft;
    return draft.appointment.status === becomes ? { kind: "released", appointment: draft.appointment } : { kind: "kept" };
  },
};

/** Its number can be sold again. */
const frees: ReleaseRule = {
  id: "frees",
  apply: ({ appointment, session }) => ({ appointment, session: session && { ...session, sold: session.sold.filter((number) => number !== appointment.number) } }),
};

/** What was paid goes back in the same transaction. */
const refunds: ReleaseRule = {
  id: "refunds",
  apply: async (draft, { refund, actor }, { tx, billing }) => {
    const { ledger } = draft.appointment;
    if (!refund || ledger === undefined) return draft;
    const outcome = await billing?.refund(tx, { charge: ledger, actor });
    return outcome?.kind === "refunded" ? { ...draft, appointment: { ...draft.appointment, refund: outcome.ledgerId } } : { kind: "kept" };
  },
};

export const RELEASE_RULES: readonly ReleaseRule[] = [once, frees, refunds];

/** Releases inside `ports.tx`. Every rule is applied in order; each guards one promise. */
export async function release(request: ReleaseRequest, ports: ReleasePorts, rules: readonly ReleaseRule[]): Promise<ReleaseOutcome> {
  const { tx } = ports;
  const appointment = await tx.get(appointments, [request.appointment]);
  if (appointment === undefined) return { kind: "kept" };
  const { doctor, day, period } = appointment;
  let draft: ReleaseDraft = { appointment, session: await tx.get(sessions, [doctor, day, period]) };
  for (const rule of rules) {
    const outcome = await rule.apply(draft, request, ports);
    if ("kind" in outcome) return outcome;
    draft = outcome;
  }
  const released: Appointment = { ...draft.appointment, status: request.becomes };
  tx.put(appointments, released);
  if (draft.session !== undefined) tx.put(sessions, draft.session);
  const { refund } = released;
  tx.journal({
    type: `registration.${request.becomes}`,
    v: 1,
    subject: { kind: "appointment", id: released.id },
    actor: request.actor,
    data: { ...(request.call === undefined ? {} : { call: request.call }), doctor, day, period, number: released.number, ...(refund === undefined ? {} : { feeFen: released.feeFen, ledger: refund }) },
  });
  return { kind: "released", appointment: released };
}
