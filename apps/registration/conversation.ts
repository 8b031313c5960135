// Booking by keys: one question after the other, `*` to the one before.
import { BACK, date, money, number, pause, prompt, type Call, type PluginContext, type SpeechPart } from "../../core/sdk/index.js";
import type { Billing } from "../billing/service.js";
import { freeDays, type FreeDay } from "./availability.js";
import { book } from "./booking.js";
import { departments, doctors, type Department, type Doctor, type Period } from "./collections.js";
import { askIdentity } from "./identity.js";
import { BETWEEN_CHOICES_MS, sayPeriod } from "./period-speech.js";

export interface BookingTalk {
  readonly context: Pick<PluginContext<unknown>, "store" | "clock" | "newId">;
  readonly billing: Billing | undefined;
  readonly feeFen: number;
  /** How far ahead can be booked, in days from tomorrow. */
  readonly horizonDays: number;
}

/** What the questions so far have brought. */
interface Answers {
  card: string;
  department: Department;
  doctor: Doctor;
  day: FreeDay;
  period: Period;
}

/** `day`: what was chosen is gone, so the days that are still free are offered anew. */
type Step = (call: Call, talk: BookingTalk, answers: Partial<Answers>) => Promise<"next" | "back" | "day" | "done">;

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;
const DAYS_OFFERED = 7;

/** Talks until a number is booked, the caller goes back out of the first question, or nothing can be booked. */
export async function talkBooking(call: Call, talk: BookingTalk): Promise<void> {
  const steps: readonly Step[] = [askCard, askDepartment, askDoctor, askDay, askPeriod, confirm];
  const answers: Partial<Answers> = {};
  for (let at = 0; at >= 0; ) {
    const outcome = await steps[at]!(call, talk, answers);
    if (outcome === "done") return;
    at = outcome === "day" ? steps.indexOf(askDay) : at + (outcome === "next" ? 1 : -1);
  }
}

const askCard: Step = async (call, { billing }, answers) => {
  const card = await askIdentity(call, billing);
  if (card === BACK) return "back";
  answers.card = card;
  return "next";
};

const askDepartment: Step = async (call, { context }, answers) => {
  const offered = await context.store.range(departments, { index: "order", limit: KEYS.length });
  const chosen = await choose(call, { question: "registration/ask-department", offered, name: (department) => [prompt(department.prompt, department.name)] });
  if (chosen === BACK) return "back";
  answers.department = chosen;
  return "next";
};

const askDoctor: Step = async (call, { context }, answers) => {
  const offered = await context.store.range(doctors, { index: "department", prefix: [answers.department!.id], limit: KEYS.length });
  const chosen = await choose(call, { question: "registration/ask-doctor", offered, name: (doctor) => [prompt(doctor.prompt, doctor.name)] });
  if (chosen === BACK) return "back";
  answers.doctor = chosen;
  return "next";
};

const askDay: Step = async (call, { context, horizonDays }, answers) => {
  const days = Array.from({ length: horizonDays }, (_, i) => context.clock.today(i + 1));
  const offered = await freeDays(context.store, answers.doctor!, { today: context.clock.today(), days, count: DAYS_OFFERED });
  if (offered.length === 0) {
    await call.play("registration/nothing-free");
    return "back";
  }
  const chosen = await choose(call, { question: "registration/ask-day", offered, name: (free) => [date(free.day)] });
  if (chosen === BACK) return "back";
  answers.day = chosen;
  return "next";
};

const askPeriod: Step = async (call, _talk, answers) => {
  const chosen = await choose(call, { question: "registration/ask-period", offered: answers.day!.periods, name: (period) => sayPeriod(period) });
  if (chosen === BACK) return "back";
  answers.period = chosen;
  return "next";
};

const confirm: Step = async (call, talk, answers) => {
  const { card, doctor, day, period } = answers as Answers;
  const feeFen = talk.billing === undefined ? 0 : talk.feeFen;
  const key = await call.menu({
    keys: ["1"],
    prompt: [
      prompt("registration/you-chose"),
      prompt(answers.department!.prompt, answers.department!.name),
      prompt(doctor.prompt, doctor.name),
      date(day.day),
      ...sayPeriod(period),
      ...(feeFen === 0 ? [] : [prompt("registration/fee"), money(feeFen)]),
      prompt("registration/ask-confirm"),
    ],
  });
  if (key === BACK) return "back";
  const request = { idempotencyKey: talk.context.newId(), call: call.id, card, doctor, day: day.day, period, feeFen };
  const outcome = await book(talk.context, talk.billing, request);
  // What follows must be heard, whatever was typed ahead.
  call.forgetKeys();
  if (outcome.kind === "sold-out") {
    await call.play("registration/sold-out");
    return "day";
  }
  if (outcome.kind === "insufficient") {
    await call.play([prompt("registration/insufficient"), money(outcome.balanceFen), prompt("registration/fee"), money(feeFen)]);
    return "done";
  }
  await call.play([prompt("registration/booked"), number(outcome.appointment.number), pause(BETWEEN_CHOICES_MS), date(day.day), ...sayPeriod(period)]);
  if (outcome.balanceFen !== undefined) await call.play([prompt("registration/fee-taken"), money(feeFen), prompt("registration/balance"), money(outcome.balanceFen)]);
  return "done";
};

/** A menu of what is offered, in order: its name, then the key. */
async function choose<T>(call: Call, { question, offered, name }: { readonly question: string; readonly offered: readonly T[]; readonly name: (choice: T) => readonly SpeechPart[] }): Promise<T | typeof BACK> {
  const keys = KEYS.slice(0, offered.length);
  const choices = offered.flatMap((choice, i): readonly SpeechPart[] => [...name(choice), prompt("registration/press"), number(i + 1), pause(BETWEEN_CHOICES_MS)]);
  const key = await call.menu({ prompt: [prompt(question), pause(BETWEEN_CHOICES_MS), ...choices], keys });
  return key === BACK ? BACK : offered[Number(key) - 1]!;
}
