// Hear my appointments: one after the other, soonest first; the one just heard can be cancelled.
import { BACK, date, money, number, pause, prompt, type Call, type PluginContext, type SpeechPart } from "../../core/sdk/index.js";
import type { Billing } from "../billing/service.js";
import { appointments, doctors, type Appointment } from "./collections.js";
import { commit } from "./commit.js";
import { askIdentity } from "./identity.js";
import { BETWEEN_CHOICES_MS, sayPeriod } from "./period-speech.js";
import { release, type ReleaseOutcome, type ReleaseRule } from "./release.js";

export interface AppointmentTalk {
  readonly context: Pick<PluginContext<unknown>, "store" | "clock">;
  readonly billing: Billing | undefined;
  readonly rules: readonly ReleaseRule[];
}

/** What a caller can listen to; whoever holds more asks a person. */
const HEARD_MAX = 100;

/** Talks until the caller goes back out of the first one, or nothing is left. */
export async function talkAppointments(call: Call, talk: AppointmentTalk): Promise<void> {
  const card = await askIdentity(call, talk.billing);
  if (card === BACK) return;
  let held = await upcoming(talk, card);
  if (held.length === 0) return call.play("registration/no-appointments");
  for (let at = 0; at >= 0 && held.length > 0; ) {
    const key = await tell(call, talk, { held, at });
    if (key === BACK) at -= 1;
    else if (key === "2") at += 1;
    else {
      await cancel(call, talk, held[at]!);
      held = await upcoming(talk, card);
      at = Math.min(at, held.length - 1);
    }
  }
}

/** Booked and not yet over, soonest first. */
async function upcoming({ context }: AppointmentTalk, card: string): Promise<readonly Appointment[]> {
  const today = context.clock.today();
  const rows = await context.store.range(appointments, { index: "card", prefix: [card], after: [card, context.clock.today(-1)], limit: HEARD_MAX });
  return rows.filter(({ status, day, ends }) => status === "booked" && (day > today || ends > context.clock.timeOfDay()));
}

/** Once its time has come it is the doctor's, not the telephone's, to say what becomes of it. */
const isCancellable = ({ day, starts }: Appointment, { context }: AppointmentTalk): boolean => day > context.clock.today() || starts > context.clock.timeOfDay();

async function tell(call: Call, talk: AppointmentTalk, { held, at }: { readonly held: readonly Appointment[]; readonly at: number }): Promise<"1" | "2" | typeof BACK> {
  const appointment = held[at]!;
  const doctor = await talk.context.store.get(doctors, [appointment.doctor]);
  const offers: readonly (readonly ["1" | "2", string])[] = [
    ...(isCancellable(appointment, talk) ? [["1", "registration/to-cancel"] as const] : []),
    ...(at + 1 < held.length ? [["2", "registration/to-next"] as const] : []),
  ];
  return call.menu({
    keys: offers.map(([key]) => key),
    prompt: [
      prompt("registration/your-appointment"),
      date(appointment.day),
      ...sayPeriod({ ...appointment, id: appointment.period }),
      ...(doctor === undefined ? [] : [prompt(doctor.prompt, doctor.name)]),
      prompt("registration/your-number"),
      number(appointment.number),
      ...offers.flatMap(([, offer]): readonly SpeechPart[] => [pause(BETWEEN_CHOICES_MS), prompt(offer)]),
      pause(BETWEEN_CHOICES_MS),
      prompt("registration/to-back"),
    ],
  });
}

async function cancel(call: Call, talk: AppointmentTalk, { id, card }: Appointment): Promise<void> {
  if ((await call.menu({ prompt: "registration/ask-cancel", keys: ["1"] })) === BACK) return;
  const { context, billing, rules } = talk;
  const request = { appointment: id, becomes: "cancelled", actor: { kind: "patient", id: card }, refund: true, call: call.id } as const;
  const outcome: ReleaseOutcome = await commit(context, (tx) => release(request, { tx, billing }, rules));
  // What follows must be heard, whatever was typed ahead.
  call.forgetKeys();
  if (outcome.kind === "kept") return call.play("registration/not-cancelled");
  await call.play("registration/cancelled");
  const balanceFen = outcome.appointment.refund === undefined ? undefined : await billing?.balanceFen(card);
  if (balanceFen !== undefined) await call.play([prompt("registration/refunded"), money(outcome.appointment.feeFen), prompt("registration/balance"), money(balanceFen)]);
}
