import t from "tap";
import { definePlugin } from "../index.js";
import { createLab } from "./index.js";

/** Tells a result to the first person on duty; leaves it with a machine where nobody is. */
const results = definePlugin({
  name: "results",
  sdk: 1,
  setup({ calls }) {
    calls.onIncoming("95010", async (call) => {
      await call.answer();
      const dialled = await call.dial({ targets: ["1001", "1002"], strategy: "sequential", answeringMachine: true });
      if (dialled.outcome === "answered") {
        call.note("results.told", { who: dialled.answeredBy?.who, target: dialled.target });
        await dialled.talk;
      } else call.note("results.not-told", { outcome: dialled.outcome });
    });
    calls.onIncoming("95011", async (call) => {
      await call.answer();
      const heard = await call.detect({ fax: true });
      const sound = await heard.next(10_000);
      call.note("results.line", { kind: sound?.kind ?? "voice" });
    });
  },
});

const world = () => createLab({ plugins: [results], phones: ["1001", "1002"] });

t.test("a plugin dials people, not machines: the next target is tried, and who answered stands in the journal", async (t) => {
  const lab = await world();
  lab.phone("1001").answersAs = "machine";
  const patient = lab.call("95010");
  await lab.phone("1001").answers();
  await lab.phone("1002").answers();
  await patient.talksTo("1002");
  t.match((await lab.journal("call.answered-by")).map(({ data }) => data), [{ extension: "1001", who: "machine", why: "greeting", afterMs: 2000 }, { extension: "1002", who: "human", why: "pause" }]);
  await lab.phone("1002").hangsUp();
  await patient.isReleased();
  t.match((await lab.journal("results.told")).map(({ data }) => data), [{ who: "human", target: "1002" }]);
  t.same(lab.faults, []);
});

for (const [answersAs, outcome] of [["machine", "machine"], ["fax", "fax"], ["busy-tone", "busy"]] as const)
  t.test(`${answersAs} on both phones: ${outcome}`, async (t) => {
    const lab = await world();
    for (const extension of ["1001", "1002"]) lab.phone(extension).answersAs = answersAs;
    const patient = lab.call("95010");
    await lab.phone("1001").answers();
    await lab.phone("1002").answers();
    await patient.isReleased();
    t.match((await lab.journal("results.not-told")).map(({ data }) => data), [{ outcome }]);
    t.equal(lab.clock.pending, 0, "no timer is left");
  });

t.test("a plugin hears what it asked for, and nothing else", async (t) => {
  const lab = await world();
  const patient = lab.call("95011");
  await lab.passes(1000);
  await patient.sounds({ kind: "tone", tone: "busy" });
  await patient.sounds({ kind: "fax", tone: "cng" });
  await patient.isReleased();
  t.match((await lab.journal("results.line")).map(({ data }) => data), [{ kind: "fax" }]);
  t.match((await lab.journal("call.heard")).map(({ data }) => data), [{ sound: "cng" }]);
});

/** Complaints are taken down by voice. */
const complaints = definePlugin({
  name: "complaints",
  sdk: 1,
  setup({ calls }) {
    calls.onIncoming("95012", async (call) => {
      await call.answer();
      await call.shape({ gainControl: true, noiseGate: true });
      const message = await call.record({ prompt: "complaints/speak", maxMs: 30_000, endSilenceMs: 1500 });
      call.note("complaints.taken", { ...message });
      await call.play("complaints/thanks");
    });
  },
});

for (const { saysMs, keys, outcome } of [
  { saysMs: 6000, keys: "", outcome: { ended: "silence", durationMs: 6000 } },
  { saysMs: 40_000, keys: "", outcome: { ended: "length", durationMs: 30_000 } },
  { saysMs: 0, keys: "", outcome: { ended: "nothing" } },
  { saysMs: 500, keys: "#", outcome: { ended: "key" } },
])
  t.test(`a patient leaves a message of ${saysMs} ms${keys === "" ? "" : `, then presses ${keys}`}: ${outcome.ended}`, async (t) => {
    const lab = await createLab({ plugins: [complaints] });
    const patient = lab.call("95012");
    await patient.hears("complaints/speak");
    if (saysMs > 0) await patient.says(saysMs, keys === "" ? 2000 : 100);
    await patient.presses(keys);
    await patient.hears("complaints/thanks");
    await patient.isReleased();
    t.match((await lab.journal("complaints.taken")).map(({ data }) => data), [outcome]);
    t.same(patient.leg.shaped, { gainControl: true, noiseGate: true });
    t.equal((await lab.journal("call.message-recorded")).length, 1);
    t.equal(lab.clock.pending, 0, "no timer is left");
    t.same(lab.faults, []);
  });

/** The agent's side of a talk is evened out for a second. */
const evened = definePlugin({
  name: "evened",
  sdk: 1,
  setup({ calls }) {
    calls.onIncoming("95013", async (call) => {
      await call.answer();
      await call.shape({ of: "1001", noiseGate: true }).catch((error: unknown) => call.note("evened.refused", { code: (error as { readonly code: string }).code }));
      await call.dial({ targets: ["1001"] });
      await call.shape({ of: "1001", gainControl: true });
      await call.sleep(1000);
      await call.shape({ of: "1001" });
      await call.sleep(60_000);
    });
  },
});

t.test("what others hear of an agent is shaped, and is as it was again; of an extension that is not in the call it can't be", async (t) => {
  const lab = await createLab({ plugins: [evened], phones: ["1001"] });
  const patient = lab.call("95013");
  await lab.phone("1001").rings();
  await lab.phone("1001").answers();
  await lab.passes(100);
  const agent = patient.leg.bridgedTo!;
  t.same([agent.shaped, patient.leg.shaped], [{ gainControl: true }, undefined]);
  await lab.passes(1000);
  t.same([agent.shaped, patient.leg.shaped], [{}, undefined]);
  t.match((await lab.journal("evened.refused")).map(({ data }) => data), [{ code: "CALL_STATE" }]);
  patient.hangsUp();
  await lab.passes(1000);
  t.same(lab.faults, []);
});
