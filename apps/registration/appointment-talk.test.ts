import t from "tap";
import type { Lab, LabPatient } from "../../core/sdk/testing/index.js";
import { ledger } from "../billing/collections.js";
import { audit, booked, hospital, STEPS, walk } from "./lab-hospital.js";
import { sessions } from "./collections.js";

const HEAR = [
  ["ivr/welcome", ""],
  ["registration/main-menu", "1"],
  ["registration/menu", "2"],
  ["registration/ask-card", "10000001#"],
  ["registration/ask-pin", "1234#"],
] as const;
const ITEM = ["registration/your-appointment", "registration/doctor-wang", "registration/your-number"] as const;

const statuses = async (lab: Lab) => (await booked(lab)).map(({ day, period, number, status }) => `${day} ${period} ${number} ${status}`).sort();
const balance = async (lab: Lab) => ((await lab.request("GET", "/cards/:card", { params: { card: "10000001" } })) as { balance: { amount: number } }).balance.amount;

async function books(lab: Lab, { day = "1", period = "1" } = {}): Promise<void> {
  const patient = lab.call("95001");
  await walk(patient, [...STEPS.slice(0, -3), ["registration/ask-day", day], ["registration/ask-period", period], ["registration/ask-confirm", "1"]]);
  await patient.hears("registration/booked");
  await patient.hangsUp();
}

async function listens(lab: Lab, number = "95001"): Promise<LabPatient> {
  const patient = lab.call(number);
  await walk(patient, HEAR);
  return patient;
}

for (const [number, language] of [
  ["95001", "zh-CN"],
  ["95002", "en"],
] as const)
  t.test(`R09: a patient hears an appointment and cancels it in ${language}: number and fee come back once`, async (t) => {
    const lab = await hospital();
    await books(lab);
    t.equal(await balance(lab), 9500);
    const patient = await listens(lab, number);
    await patient.hears(...ITEM, "speech/1", "registration/to-cancel", "registration/to-back");
    await patient.presses("1");
    await patient.hears("registration/ask-cancel");
    await patient.presses("1");
    await patient.hears("registration/cancelled", "registration/refunded", "speech/5", "registration/balance", "speech/1", "speech/hundred", "registration/main-menu");
    t.same(patient.languages, [language]);
    t.same(await statuses(lab), ["2026-01-06 morning 1 cancelled"]);
    t.equal(await balance(lab), 10_000);
    t.same(await lab.store.range(sessions, lab.hospital.id, {}), [{ doctor: "wang", day: "2026-01-06", period: "morning", sold: [] }]);
    t.match(await lab.journal("registration.cancelled"), [{ actor: { kind: "patient", id: "10000001" }, data: { number: 1, feeFen: 500, ledger: /^refund-fee-/ } }]);
    t.match(await lab.journal("billing.refunded"), [{ subject: { kind: "card", id: "10000001" }, data: { fen: 500, balanceFen: 10_000 } }]);
    await patient.hangsUp();
    await books(lab);
    t.same(await statuses(lab), ["2026-01-06 morning 1 booked", "2026-01-06 morning 1 cancelled"], "the number is sold again");
    t.same(await audit(lab), []);
    t.same(lab.faults, []);
  });

t.test("several are told soonest first; 2 leads to the next, `*` to the one before and out", async (t) => {
  const lab = await hospital();
  await books(lab, { day: "2" });
  await books(lab, { day: "1", period: "2" });
  const patient = await listens(lab);
  await patient.hears("registration/your-appointment", "registration/afternoon", "registration/to-next");
  await patient.presses("2");
  await patient.hears("registration/your-appointment", "registration/morning", "registration/to-back");
  await patient.presses("*");
  await patient.hears("registration/your-appointment", "registration/afternoon", "registration/to-next");
  await patient.presses("1");
  await patient.hears("registration/ask-cancel");
  await patient.presses("*");
  await patient.hears("registration/your-appointment", "registration/afternoon", "registration/to-next");
  await patient.presses("*");
  await patient.hears("registration/main-menu");
  t.same(await statuses(lab), ["2026-01-06 afternoon 1 booked", "2026-01-07 morning 1 booked"], "kept");
});

t.test("nothing booked is said", async () => {
  const patient = await listens(await hospital());
  await patient.hears("registration/no-appointments", "registration/main-menu");
});

for (const { at, utcMs, heard, cancellable } of [
  { at: "before it begins", utcMs: Date.UTC(2026, 0, 5, 23, 59), heard: true, cancellable: true },
  { at: "while it lasts", utcMs: Date.UTC(2026, 0, 6, 0, 1), heard: true, cancellable: false },
  { at: "after it", utcMs: Date.UTC(2026, 0, 6, 4, 1), heard: false, cancellable: false },
])
  t.test(`an appointment ${at} is ${heard ? "heard" : "not heard"} and ${cancellable ? "can" : "can't"} be cancelled, by the hospital's clock`, async (t) => {
    const lab = await hospital();
    await books(lab);
    await lab.passes(utcMs - lab.clock.utcMs() - 5000);
    const patient = await listens(lab);
    await patient.hears(heard ? "registration/to-back" : "registration/no-appointments");
    t.equal(patient.heard.includes("registration/to-cancel"), cancellable);
  });

t.test("two calls cancel the same appointment in the same instant: one fee goes back", async (t) => {
  const lab = await hospital();
  await books(lab);
  const patients = [await listens(lab), await listens(lab)];
  for (const patient of patients) {
    await patient.hears("registration/to-cancel");
    await patient.presses("1");
    await patient.hears("registration/ask-cancel");
  }
  for (const { leg } of patients) leg.press("1");
  for (const patient of patients) await patient.hears("registration/cancelled");
  t.equal((await lab.store.range(ledger, lab.hospital.id, {})).filter(({ purpose }) => purpose === "refund").length, 1);
  t.same(await audit(lab), []);
});
