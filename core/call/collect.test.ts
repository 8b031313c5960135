import t from "tap";
import type { CollectOptions } from "../sdk/call.js";
import { OperatorWanted } from "../sdk/control.js";
import { CallRig } from "./call-rig.js";

type Input = number | string;

const ask = async (inputs: readonly Input[], options: Partial<CollectOptions> = {}): Promise<{ readonly outcome: string; readonly rig: CallRig }> => {
  let outcome = "still asking";
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      try {
        outcome = `digits ${await call.collect({ prompt: "test/card", minDigits: 2, maxDigits: 4, ...options })}`;
      } catch (error) {
        outcome = error instanceof OperatorWanted ? `operator ${error.why}` : "gone";
      }
    },
  });
  const caller = rig.call();
  await rig.runMs(0);
  for (const input of inputs) {
    if (typeof input === "number") await rig.runMs(input);
    else await rig.press(caller, input);
  }
  return { outcome, rig };
};

for (const { title, inputs, options, outcome } of [
  { title: "# ends", inputs: ["12#"], outcome: "digits 12" },
  { title: "the last digit ends", inputs: ["1234"], outcome: "digits 1234" },
  { title: "a pause ends what is long enough", inputs: ["123", 6000], outcome: "digits 123" },
  { title: "0 is a digit", inputs: ["00#"], outcome: "digits 00" },
  { title: "too short with #", inputs: ["1#", 1200], outcome: "still asking" },
  { title: "too short by a pause, then right", inputs: ["1", 7200, "12#"], outcome: "digits 12" },
  { title: "* clears and begins anew", inputs: ["99*12#"], outcome: "digits 12" },
  { title: "* clears as often as one errs", inputs: ["99*88*12#"], outcome: "digits 12" },
  { title: "** is back", inputs: ["99**"], outcome: "digits *" },
  { title: "** without a digit is back", inputs: ["**"], outcome: "digits *" },
  { title: "*0 is the operator", inputs: ["12*0"], outcome: "operator key" },
  { title: "*0 without a digit is the operator", inputs: ["*0"], outcome: "operator key" },
  { title: "*10 is not", inputs: ["*10#"], outcome: "digits 10" },
  { title: "A-D are no digits", inputs: ["1A2D#"], outcome: "digits 12" },
  { title: "# alone is wrong where a digit is needed", inputs: ["#", 1200, "#", 1200, "#"], outcome: "operator invalid-input" },
  { title: "# alone is nothing where none is needed", inputs: ["#"], options: { minDigits: 0 }, outcome: "digits " },
  { title: "nothing keyed three times", inputs: [7001, 1000, 7001, 1000, 7001], outcome: "operator no-input" },
  { title: "too long is wrong when only # ends, and none of it answers anything else", inputs: ["12345#", 1200, "12#"], options: { terminatorOnly: true }, outcome: "digits 12" },
  { title: "the length does not end where only # does", inputs: ["1234", 1000], options: { terminatorOnly: true }, outcome: "still asking" },
  { title: "the question says how long it waits", inputs: ["12", 501], options: { timeoutMs: 500 }, outcome: "digits 12" },
] as { title: string; inputs: Input[]; options?: Partial<CollectOptions>; outcome: string }[])
  t.test(`DESIGN 6 keys, digits: ${title}`, async (t) => {
    const asked = await ask(inputs, options);
    t.equal(asked.outcome, outcome);
    await asked.rig.runMs(60_000);
    t.strictSame(asked.rig.leftOver, []);
  });

t.test("every further digit has its own pause", async (t) => {
  const { outcome } = await ask(["1", 5500, "2", 5500, "3", 5500, "4"]);
  t.equal(outcome, "digits 1234");
});

/** A number of four digits, then a menu whose `#` would say it again. */
const numberThenMenu = async (inputs: readonly Input[]): Promise<{ readonly answers: readonly string[]; readonly asked: number }> => {
  const answers: string[] = [];
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      answers.push(await call.collect({ prompt: "test/pin", minDigits: 4, maxDigits: 4 }));
      answers.push(await call.menu({ prompt: "test/menu", keys: ["1", "2"] }));
    },
  });
  const caller = rig.call();
  await rig.runMs(0);
  for (const input of inputs) {
    if (typeof input === "number") await rig.runMs(input);
    else for (const key of input) caller.press(key);
    await rig.runMs(0);
  }
  return { answers, asked: rig.steps.filter((step) => step.endsWith("play test/menu")).length };
};

for (const { title, inputs, answers, asked } of [
  { title: "behind the last digit belongs to the number", inputs: ["1234", 300, "#", 3000, "1"], answers: ["1234", "1"], asked: 1 },
  { title: "typed ahead with the number belongs to it", inputs: ["1234#1"], answers: ["1234", "1"], asked: 0 },
  { title: "long after it is the menu's own", inputs: ["1234", 3500, "#", 500, "1"], answers: ["1234", "1"], asked: 2 },
  { title: "is dropped once only", inputs: ["1234", 300, "#", 300, "#", 300, "1"], answers: ["1234", "1"], asked: 2 },
  { title: "not typed leaves the next key alone", inputs: ["1234", 300, "2"], answers: ["1234", "2"], asked: 1 },
] as { title: string; inputs: Input[]; answers: string[]; asked: number }[])
  t.test(`a # ${title}`, async (t) => {
    const outcome = await numberThenMenu(inputs);
    t.strictSame(outcome.answers, answers);
    t.equal(outcome.asked, asked);
  });

t.test("a secret is cut from the recording while it is keyed and told to nobody", async (t) => {
  const { outcome, rig } = await ask(["98", 6001, 500, "98*6543"], { secret: true, minDigits: 4 });
  t.equal(outcome, "digits 6543");
  t.strictSame(
    rig.steps.filter((step) => /mask|card|invalid/.test(step)),
    ["caller1 mask on", "caller1 play test/card", "caller1 play core/invalid-key", "caller1 mask off"],
    "also while the question is asked again",
  );
  const told = JSON.stringify([rig.entries, rig.steps, rig.manager.list()]);
  for (const secret of ["6543", "98"]) t.notMatch(told, new RegExp(`"[^"]*${secret}[^"]*"`), secret);
  t.strictSame(rig.data("call.collected"), [{ prompt: "test/card", digits: "***" }]);
});

for (const [title, inputs] of [
  ["the caller goes back", ["**"]],
  ["the caller wants a person", ["*0"]],
  ["the question is given up", [7001, 1000, 7001, 1000, 7001]],
] as [string, Input[]][])
  t.test(`the recording goes on when ${title} at a secret question`, async (t) => {
    const { rig } = await ask(inputs, { secret: true });
    t.strictSame(rig.steps.filter((step) => step.includes("mask")), ["caller1 mask on", "caller1 mask off"]);
  });
