import t from "tap";
import ivr from "../ivr/plugin.js";
import acd from "../acd/plugin.js";
import { createLab } from "../../core/sdk/testing/index.js";
import { audit, booked, CONFIG, hospital, SEED, STEPS, TIMERS_AT_REST, walk } from "./lab-hospital.js";
import registration from "./plugin.js";

for (const [number, language] of [
  ["95001", "zh-CN"],
  ["95002", "en"],
] as const)
  t.test(`R01 R06 R07 R11 R22 Y06: a patient books by keys on ${number} in ${language}`, async (t) => {
    const lab = await hospital();
    const patient = lab.call(number);
    await walk(patient);
    await patient.hears("registration/booked", "speech/1", "registration/morning", "registration/fee-taken", "speech/5", "registration/balance");
    t.same(patient.languages, [language]);
    t.match(await booked(lab), [{ card: "10000001", doctor: "wang", day: "2026-01-06", period: "morning", number: 1, feeFen: 500, status: "booked" }], "tomorrow, in the hospital's zone");
    t.same(await lab.request("GET", "/cards/:card", { params: { card: "10000001" } }), { card: "10000001", vip: false, balance: { amount: 9500, currency: "CNY" } });
    t.match(await lab.request("GET", "/appointments", { query: { card: "10000001" } }), { items: [{ number: 1, fee: { amount: 500, currency: "CNY" } }], next: null });
    await patient.hears("registration/main-menu");
    await patient.hangsUp();
    t.same(await audit(lab), []);
    t.same(lab.faults, []);
    t.notMatch(JSON.stringify(await lab.journal()), /1234/, "no PIN in the journal");
    await lab.passes(1000);
    t.equal(lab.clock.pending, TIMERS_AT_REST);
  });

t.test("R07: hanging up before each question and after it: both number and fee, or neither", async (t) => {
  for (let step = 0; step < STEPS.length; step++)
    for (const late of [false, true]) {
      const lab = await hospital();
      const patient = lab.call("95001");
      await walk(patient, STEPS.slice(0, step));
      await patient.hears(STEPS[step]![0]);
      // One key more is in the air when the line goes dead.
      if (late) patient.leg.press(STEPS[step]![1].at(-1) ?? "1");
      await patient.hangsUp();
      await lab.passes(5000);
      t.same(await audit(lab), [], `${STEPS[step]![0]}, ${late ? "after" : "before"} the last key`);
      t.equal(lab.openCalls, 0);
      t.equal(lab.clock.pending, TIMERS_AT_REST);
    }
});

t.test("two callers confirm the last number in the same instant: one has it, the other chooses again", async (t) => {
  const lab = await hospital();
  const [a, b] = [lab.call("95001", { from: "13900000001" }), lab.call("95001", { from: "13900000002" })];
  const afternoon = [...STEPS.slice(0, -2), ["registration/ask-period", "2"], ["registration/ask-confirm", ""]] as const;
  await Promise.all([walk(a, afternoon), walk(b, afternoon)].map((one) => one.catch((error: unknown) => Promise.reject(error as Error))));
  a.leg.press("1");
  b.leg.press("1");
  await a.hears("registration/booked");
  await b.hears("registration/sold-out", "registration/ask-day");
  t.equal((await booked(lab)).length, 1);
  t.same(await audit(lab), []);
});

t.test("a full period is not offered and the other moves up; a full day is not offered", async (t) => {
  const lab = await hospital();
  const book = async (keys: { day: string; period: string }): Promise<readonly string[]> => {
    const patient = lab.call("95001");
    await walk(patient, [...STEPS.slice(0, -3), ["registration/ask-day", keys.day], ["registration/ask-period", keys.period], ["registration/ask-confirm", "1"]]);
    await patient.hears("registration/booked");
    await patient.hangsUp();
    return (await booked(lab)).map(({ day, period, number }) => `${day} ${period} ${number}`);
  };
  await book({ day: "1", period: "1" });
  t.ok((await book({ day: "1", period: "1" })).includes("2026-01-06 morning 2"), "the second number follows the first");
  t.ok((await book({ day: "1", period: "1" })).includes("2026-01-06 afternoon 1"), "the afternoon is key 1 now");
  t.ok((await book({ day: "1", period: "1" })).includes("2026-01-07 morning 1"), "tomorrow is full: the day after is key 1");
  t.same(await audit(lab), []);
});

t.test("R05: a balance below the fee is said with the balance, and nothing is booked", async (t) => {
  const lab = await hospital();
  const patient = lab.call("95001");
  await walk(patient, STEPS.map(([prompt, keys]) => [prompt, keys === "10000001#" ? "10000003#" : keys === "1234#" ? "3456#" : keys] as const));
  await patient.hears("registration/insufficient", "speech/3");
  t.same(await booked(lab), []);
  t.same(await audit(lab), []);
});

for (const { card, pin } of [
  { card: "10000001#", pin: "9999#" },
  { card: "55555555#", pin: "1234#" },
])
  t.test(`R06: ${pin === "9999#" ? "a wrong PIN" : "an unknown card"} is refused in the same words, the third time by an operator`, async (t) => {
    const lab = await hospital();
    const patient = lab.call("95001");
    await walk(patient, STEPS.slice(0, 3));
    for (let i = 0; i < 3; i++) {
      await patient.hears("registration/ask-card");
      await patient.presses(card);
      await patient.hears("registration/ask-pin");
      await patient.presses(pin);
      await patient.hears("registration/refused");
    }
    await patient.hears("acd/transfer");
    await lab.phone("1001").answers();
    await patient.talksTo("1001");
    t.same(await booked(lab), []);
  });

t.test("R06: a locked card leads to the operator in the next call at once, in the words for a wrong PIN", async (t) => {
  const lab = await hospital();
  for (const keys of [["9999#", "9998#"], ["9997#"], ["1234#"]]) {
    const patient = lab.call("95001");
    await walk(patient, STEPS.slice(0, 3));
    for (const pin of keys) {
      await walk(patient, [["registration/ask-card", "10000001#"], ["registration/ask-pin", pin]]);
      await patient.hears("registration/refused");
    }
    await lab.passes(3000);
    t.equal(patient.heard.includes("acd/transfer"), keys.length === 1, `${keys.join(" ")}`);
    await patient.hangsUp();
  }
  t.same(await booked(lab), []);
  t.same(lab.faults, []);
});

t.test("`*` leads to the question before, out of the first one to the menu", async () => {
  const lab = await hospital();
  const patient = lab.call("95001");
  await walk(patient, STEPS.slice(0, 7));
  for (const question of ["ask-day", "ask-doctor", "ask-department"]) {
    await patient.hears(`registration/${question}`);
    await patient.presses("*");
  }
  await patient.hears("registration/ask-card");
  await patient.presses("**");
  await patient.hears("ivr/operator");
});

t.test("B11: without billing registration is free, and asks no PIN", async (t) => {
  const lab = await createLab({ plugins: [registration, ivr, acd], config: CONFIG, seed: { registration: SEED.registration } });
  const patient = lab.call("95001");
  await walk(patient, STEPS.filter(([prompt]) => prompt !== "registration/ask-pin"));
  await patient.hears("registration/booked");
  await patient.hears("registration/main-menu");
  t.notOk(patient.heard.includes("registration/fee-taken"));
  t.match(await booked(lab), [{ feeFen: 0 }]);
});
