import t from "tap";
import { z } from "zod";
import { CallEnded, definePlugin, digits, money } from "../index.js";
import { createLab } from "./index.js";

const openingHours = definePlugin({
  name: "opening-hours",
  sdk: 1,
  config: z.object({ number: z.string() }),
  setup({ config, calls }) {
    calls.onOperator(async (call) => {
      await call.play("opening-hours/operator");
    });
    calls.onIncoming(config.number, async (call) => {
      await call.answer();
      await call.play("opening-hours/welcome");
      const key = await call.menu({ prompt: "opening-hours/menu", keys: ["1", "2"] });
      if (key === "*") return call.play("opening-hours/bye");
      if (key === "2") throw new Error("broken on purpose");
      const card = await call.collect({ prompt: "opening-hours/card", minDigits: 2, maxDigits: 8 });
      await call.play([digits(card), money(500)]);
    });
  },
});
const lab = () => createLab({ plugins: [openingHours], config: { "opening-hours": { number: "95001" } }, languages: { "95001": "en" } });

t.test("a plugin in ten lines answers, asks, collects and speaks", async (t) => {
  const world = await lab();
  const patient = world.call("95001");
  await patient.hears("opening-hours/welcome", "opening-hours/menu");
  await patient.presses("1");
  await patient.hears("opening-hours/card");
  await patient.presses("42#");
  await patient.hears("speech/digit-4", "speech/digit-2", "speech/5");
  await patient.isReleased();
  t.same(patient.languages, ["en"]);
  t.match(patient.end, { by: "local", cause: "bye" });
  t.equal(world.openCalls, 0);
  t.same(
    (await world.journal()).map((entry) => entry.type),
    ["call.started", "call.answered", "call.recording-started", "call.menu", "call.collected", "call.mark", "call.recording-closed", "call.ended"],
  );
  t.equal(world.clock.pending, 0, "no timer is left");
});

t.test("keys typed ahead answer the questions to come, prompts are cut short", async (t) => {
  const world = await lab();
  const patient = world.call("95001");
  await patient.hears("opening-hours/welcome");
  await patient.presses("142#");
  await patient.hears("speech/digit-4");
  t.notMatch(patient.heard, ["opening-hours/card"], "the card's question needed not be asked");
});

for (const { keys, title } of [
  { keys: ["0"], title: "0 leads to the operator" },
  { keys: ["7", "8", "9"], title: "Y01: three wrong keys lead to the operator" },
  { keys: [], title: "Y01: three missing keys lead to the operator" },
])
  t.test(title, async (t) => {
    const world = await lab();
    const patient = world.call("95001");
    await patient.hears("opening-hours/menu");
    for (const key of keys) {
      await patient.presses(key);
      await world.passes(1200);
    }
    await patient.hears("opening-hours/operator");
    await patient.isReleased();
    t.equal((await world.journal("call.operator-wanted")).length, 1);
    t.same(world.faults, []);
  });

t.test("a handler that throws costs an apology and leads to the operator, and is named", async (t) => {
  const world = await lab();
  const patient = world.call("95001");
  await patient.hears("opening-hours/menu");
  await patient.presses("2");
  await patient.hears("core/apology", "opening-hours/operator");
  await patient.isReleased();
  t.match(world.faults, [{ message: "broken on purpose" }]);
  t.match(await world.journal("call.failed"), [{ data: { error: "Error" } }]);
});

t.test("a caller who hangs up ends the handler, also one that swallows it in a loop", async (t) => {
  let rejections = 0;
  let tidied = false;
  const stubborn = definePlugin({
    name: "stubborn",
    sdk: 1,
    setup: ({ calls }) =>
      calls.onIncoming("1", async (call) => {
        await call.answer();
        call.signal.addEventListener("abort", () => void (tidied = true));
        for (;;) await call.play("stubborn/again").catch((error: unknown) => void (rejections += error instanceof CallEnded ? 1 : 0));
      }),
  });
  const world = await createLab({ plugins: [stubborn] });
  const patient = world.call("1");
  await patient.hears("stubborn/again");
  await patient.hangsUp();
  await world.passes(120_000);
  t.equal(world.openCalls, 0);
  t.ok(tidied, "signal aborted");
  t.equal(rejections, 101, "the step that was under way and a hundred more, then it is left alone");
  t.equal(world.clock.pending, 0);
});

t.test("a number that leads nowhere is 404", async (t) => {
  const world = await lab();
  const patient = world.call("99999");
  t.match(patient.end, { status: 404 });
});
