import t from "tap";
import { definePlugin, type TransferOutcome } from "../index.js";
import { createLab } from "./index.js";

/** Reaches 1001 for the caller; the transfers of the plugin are told to `outcomes`. */
const reception = (outcomes: TransferOutcome["outcome"][]) =>
  definePlugin({
    name: "reception",
    sdk: 1,
    setup({ calls }) {
      calls.onIncoming("95001", async (call) => {
        await call.answer();
        const dialled = await call.dial({ targets: ["1001"] });
        if (dialled.outcome !== "answered") return;
        // By who calls: the plugin puts these through by itself.
        if (call.caller.number === "13900000009") {
          await call.sleep(1000);
          outcomes.push((await call.transfer({ to: "1002" })).outcome);
        }
        await dialled.talk;
        await call.play("reception/bye");
      });
    },
  });

t.test("a plugin's test presses the transfer key of a phone, and sees who talks to whom", async (t) => {
  const lab = await createLab({ plugins: [reception([])], phones: ["1001", "1002", "1003"] });
  const patient = lab.call("95001");
  await lab.phone("1001").answers();
  await patient.talksTo("1001");
  const busy = lab.phone("1001").transfersTo("1003");
  await lab.phone("1003").rejects();
  t.equal(await busy, 486);
  await patient.talksTo("1001");
  const transferred = lab.phone("1001").transfersTo("1002");
  await lab.phone("1002").answers();
  t.equal(await transferred, 200);
  await patient.talksTo("1002");
  await lab.phone("1001").isFree();
  t.equal(await patient.transfersTo("1003"), 603, "a carrier's caller has no such key");
  await lab.phone("1002").hangsUp();
  await patient.hears("reception/bye");
  await patient.isReleased();
  t.same([lab.openCalls, lab.faults], [0, []]);
  t.same((await lab.journal("call.bridged")).map(({ data }) => data["extension"]), ["1001", "1002"]);
});

t.test("a phone consults a colleague in a second call, then joins the two", async (t) => {
  const lab = await createLab({ plugins: [reception([])], phones: ["1001", "1002"] });
  const patient = lab.call("95001");
  await lab.phone("1001").answers();
  await patient.talksTo("1001");
  const consultation = lab.call("1002", { phone: "1001" });
  await lab.phone("1002").answers();
  await consultation.talksTo("1002");
  t.equal(await lab.phone("1001").joins(consultation), 200);
  await patient.talksTo("1002");
  await consultation.isReleased();
  await lab.phone("1001").isFree();
  await patient.hangsUp();
  await lab.phone("1002").isFree();
  t.same([lab.openCalls, lab.faults], [0, []]);
});

t.test("call.transfer in a plugin: put through, or back where nobody answers", async (t) => {
  const outcomes: TransferOutcome["outcome"][] = [];
  const lab = await createLab({ plugins: [reception(outcomes)], phones: ["1001", "1002"] });
  for (const answers of [true, false]) {
    const patient = lab.call("95001", { from: "13900000009" });
    await lab.phone("1001").answers();
    if (answers) await lab.phone("1002").answers();
    else await lab.phone("1002").rejects();
    await patient.talksTo(answers ? "1002" : "1001");
    await patient.hangsUp();
    await lab.phone("1001").isFree();
    await lab.phone("1002").isFree();
  }
  t.same(outcomes, ["transferred", "busy"]);
  t.same([lab.openCalls, lab.faults], [0, []]);
});

t.test("a desk phone that called puts its colleague through to another, and the two talk on without it", async (t) => {
  const lab = await createLab({ plugins: [], phones: ["1001", "1002", "1003"] });
  const caller = lab.call("1002", { phone: "1001" });
  await lab.phone("1002").answers();
  const transferred = caller.transfersTo("1003");
  await lab.phone("1003").answers();
  t.equal(await transferred, 200);
  await caller.isReleased();
  t.equal(lab.phone("1002").leg?.bridgedTo, lab.phone("1003").leg);
  await lab.phone("1003").hangsUp();
  await lab.phone("1002").isFree();
  t.same([lab.openCalls, lab.faults], [0, []]);
});
