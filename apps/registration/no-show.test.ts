import t from "tap";
import type { Lab } from "../../core/sdk/testing/index.js";
import { audit, booked, hospital, STEPS, walk } from "./lab-hospital.js";
import { appointments, sessions } from "./collections.js";

/** The day of an appointment that is booked for "tomorrow" ends here, in the hospital's zone. */
const DAY_ENDS = Date.UTC(2026, 0, 6, 16);
const LATE_MS_MAX = 60_000;

async function books(lab: Lab, { day = "1", period = "1" } = {}): Promise<void> {
  const patient = lab.call("95001");
  await walk(patient, [...STEPS.slice(0, -3), ["registration/ask-day", day], ["registration/ask-period", period], ["registration/ask-confirm", "1"]]);
  await patient.hears("registration/booked");
  await patient.hangsUp();
}

const statuses = async (lab: Lab) => (await booked(lab)).map(({ day, status }) => `${day} ${status}`).sort();
const until = (lab: Lab, utcMs: number) => lab.passes(utcMs - lab.clock.utcMs());
const balance = async (lab: Lab) => ((await lab.request("GET", "/cards/:card", { params: { card: "10000001" } })) as { balance: { amount: number } }).balance.amount;

for (const { noShowRefund, left, row } of [
  { noShowRefund: true, left: 9500, row: "R08 R09: who did not come is released at the end of the day, and gets the fee back once" },
  { noShowRefund: false, left: 9000, row: "R08 R10: where the hospital keeps a no-show's fee, the appointment is released and nothing goes back" },
])
  t.test(row, async (t) => {
    const lab = await hospital({ registration: { noShowRefund } });
    await books(lab);
    await books(lab, { day: "2" });
    await until(lab, DAY_ENDS - 1);
    t.same(await statuses(lab), ["2026-01-06 booked", "2026-01-07 booked"], "the day is not over");
    await until(lab, DAY_ENDS + LATE_MS_MAX);
    t.same(await statuses(lab), ["2026-01-06 no-show", "2026-01-07 booked"]);
    t.equal(await balance(lab), left);
    t.match(await lab.journal("registration.no-show"), [{ actor: { kind: "plugin", id: "registration" } }]);
    t.match(await lab.store.range(sessions, lab.hospital.id, {}), [{ day: "2026-01-06", sold: [] }, { day: "2026-01-07", sold: [1] }]);
    t.same(await audit(lab, noShowRefund), []);
    await lab.passes(24 * 3_600_000);
    t.same(await statuses(lab), ["2026-01-06 no-show", "2026-01-07 no-show"]);
    t.same(await audit(lab, noShowRefund), []);
    t.same(lab.faults, []);
  });

t.test("R08: who came is no no-show, and who cancelled is none either", async (t) => {
  const lab = await hospital();
  await books(lab);
  await books(lab, { period: "2" });
  const [first] = await booked(lab);
  await lab.request("POST", "/appointments/:id/attended", { params: { id: first!.id } });
  const patient = lab.call("95001");
  await walk(patient, [...STEPS.slice(0, 2), ["registration/menu", "2"], STEPS[3], STEPS[4], ["registration/your-appointment", "1"], ["registration/ask-cancel", "1"]]);
  await patient.hears("registration/cancelled");
  await patient.hangsUp();
  await until(lab, DAY_ENDS + LATE_MS_MAX);
  t.same(await statuses(lab), ["2026-01-06 attended", "2026-01-06 cancelled"]);
  t.same(await audit(lab), []);
});

t.test("R09: the server was down at midnight: released at the start, and not again at the next", async (t) => {
  const before = await hospital();
  await books(before);
  let lab = await hospital({ after: before, utcMs: DAY_ENDS + 5 * 3_600_000 });
  await lab.passes(1000);
  t.same(await statuses(lab), ["2026-01-06 no-show"]);
  t.equal(await balance(lab), 10_000);
  lab = await hospital({ after: lab, utcMs: DAY_ENDS + 48 * 3_600_000 });
  await lab.passes(1000);
  t.equal(await balance(lab), 10_000);
  t.same(await audit(lab), []);
});

t.test("more no-shows than are read at once: all of them", async (t) => {
  const lab = await hospital();
  await books(lab);
  const [one] = await booked(lab);
  // As the other cards of a busy day would have left them, free of charge.
  const { ledger: _ledger, ...free } = { ...one!, feeFen: 0 };
  await lab.store.transact(async (tx) => {
    for (let i = 0; i < 250; i++) tx.put(appointments, lab.hospital.id, { ...free, id: `copy-${i}`, card: `2${String(i).padStart(7, "0")}` });
  });
  await until(lab, DAY_ENDS + LATE_MS_MAX);
  t.same([...new Set(await statuses(lab))], ["2026-01-06 no-show"]);
  t.equal((await booked(lab)).length, 251);
  t.equal(await balance(lab), 10_000);
});

t.test("R09: appointments of a release that kept no index of those that wait are released all the same", async (t) => {
  const before = await hospital();
  await books(before);
  const { waiting: _since, ...indexes } = appointments.indexes;
  const [row] = await booked(before);
  await before.store.transact(async (tx) => tx.put({ ...appointments, indexes } as typeof appointments, before.hospital.id, row!));
  const lab = await hospital({ after: before });
  t.equal((await lab.store.range(appointments, lab.hospital.id, { index: "waiting" })).length, 1);
  await until(lab, DAY_ENDS + LATE_MS_MAX);
  t.same(await statuses(lab), ["2026-01-06 no-show"]);
  t.same(await audit(lab), []);
});
