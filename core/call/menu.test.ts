import t from "tap";
import { BACK } from "../sdk/call.js";
import { OperatorWanted } from "../sdk/control.js";
import { CallRig } from "./call-rig.js";
import { TYPE_AHEAD_MAX } from "./keypad.js";

/** Milliseconds that pass, or a key pressed. */
type Input = number | string;

const ask = async (inputs: readonly Input[], options: { readonly noBack?: boolean; readonly timeoutMs?: number } = {}): Promise<{ readonly outcome: string; readonly heard: readonly string[]; readonly rig: CallRig }> => {
  let outcome = "still asking";
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      try {
        outcome = `answer ${await call.menu({ prompt: "test/menu", keys: ["1", "2"], ...options })}`;
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
  const heard = rig.steps.filter((step) => step.startsWith("caller1 play")).map((step) => step.slice("caller1 play ".length));
  return { outcome, heard, rig };
};

const MENU = "test/menu";
const INVALID = "core/invalid-key";
const MISSING = "core/no-input";

/** A prompt lasts 1000 ms; a key is waited for 6000 ms behind it. */
for (const { title, inputs, options, outcome, heard } of [
  { title: "a key during the prompt ends it and is the answer", inputs: [500, "1"], outcome: "answer 1", heard: [MENU] },
  { title: "a key after the prompt is the answer", inputs: [4000, "2"], outcome: "answer 2", heard: [MENU] },
  { title: "a key in the last moment is the answer", inputs: [6999, "2"], outcome: "answer 2", heard: [MENU] },
  { title: "0 is the operator", inputs: [500, "0"], outcome: "operator key", heard: [MENU] },
  { title: "0 is the operator after a failure too", inputs: [500, "90"], outcome: "operator key", heard: [MENU, INVALID] },
  { title: "* is back", inputs: [500, "*"], outcome: `answer ${BACK}`, heard: [MENU] },
  { title: "* is an invalid key where nothing is behind", inputs: [500, "*", 1500, "1"], options: { noBack: true }, outcome: "answer 1", heard: [MENU, INVALID, MENU] },
  { title: "# says it again", inputs: [1500, "#", 100, "1"], outcome: "answer 1", heard: [MENU, MENU] },
  { title: "# is no failure, however often", inputs: [1500, "#", "#", "#", "#", 100, "1"], outcome: "answer 1", heard: [MENU, MENU, MENU, MENU, MENU] },
  { title: "a wrong key is said so and asked again", inputs: [500, "7", 1500, "1"], outcome: "answer 1", heard: [MENU, INVALID, MENU] },
  { title: "a missing key is said so and asked again", inputs: [7001, 1500, "1"], outcome: "answer 1", heard: [MENU, MISSING, MENU] },
  { title: "Y01: three wrong keys want a person", inputs: ["7", 1500, "8", 1500, "9"], outcome: "operator invalid-input", heard: [MENU, INVALID, MENU, INVALID, MENU] },
  { title: "Y01: three missing keys want a person", inputs: [7001, 1000, 7001, 1000, 7001], outcome: "operator no-input", heard: [MENU, MISSING, MENU, MISSING, MENU] },
  { title: "Y01: wrong and missing keys count together", inputs: ["7", 1500, 7001, 1000, "A"], outcome: "operator invalid-input", heard: [MENU, INVALID, MENU, MISSING, MENU] },
  { title: "two failures are forgiven by an answer", inputs: ["7", 1500, "8", 1500, "2"], outcome: "answer 2", heard: [MENU, INVALID, MENU, INVALID, MENU] },
  { title: "a key during the words of failure ends them and answers", inputs: ["7", 200, "1"], outcome: "answer 1", heard: [MENU, INVALID] },
  { title: "the question says how long it waits", inputs: [1999, 2, 500, "1"], options: { timeoutMs: 1000 }, outcome: "answer 1", heard: [MENU, MISSING] },
] as { title: string; inputs: Input[]; options?: { noBack?: boolean; timeoutMs?: number }; outcome: string; heard: string[] }[])
  t.test(`DESIGN 6 keys, menu: ${title}`, async (t) => {
    const asked = await ask(inputs, options);
    t.equal(asked.outcome, outcome);
    t.strictSame(asked.heard, heard);
    await asked.rig.runMs(10_000);
    t.strictSame(asked.rig.leftOver, []);
  });

t.test("what a menu heard stands in the journal, with its failures", async (t) => {
  const { rig } = await ask(["7", 1500, "1"]);
  t.strictSame(rig.data("call.misunderstood"), [{ prompt: MENU, why: "invalid-input", failures: 1 }]);
  t.strictSame(rig.data("call.menu"), [{ prompt: MENU, key: "1" }]);
});

/** A handler with two menus and what follows; keys come during the first announcement. */
const twoMenus = async (keys: string): Promise<{ readonly answers: readonly string[]; readonly heard: readonly string[]; readonly rig: CallRig }> => {
  const answers: string[] = [];
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      await call.play("test/welcome");
      for (const prompt of ["test/first", "test/second"]) answers.push(await call.menu({ prompt, keys: ["1", "2"] }));
    },
  });
  const caller = rig.call();
  await rig.runMs(100);
  for (const key of keys) caller.press(key);
  await rig.runMs(2500);
  return { answers, heard: rig.steps.filter((step) => step.includes(" play ")).map((step) => step.slice("caller1 play ".length)), rig };
};

t.test("DESIGN 6 keys: what is typed ahead answers without the question being asked", async (t) => {
  const { answers, heard } = await twoMenus("12");
  t.strictSame(answers, ["1", "2"]);
  t.strictSame(heard, ["test/welcome"]);
});

t.test("DESIGN 6 keys: an error drops what was typed behind it", async (t) => {
  const { answers, heard } = await twoMenus("92");
  t.strictSame(answers, []);
  t.strictSame(heard, ["test/welcome", "core/invalid-key", "test/first"], "2 was meant for the second question");
});

t.test(`DESIGN 6 keys: ${TYPE_AHEAD_MAX} keys wait, more are dropped`, async (t) => {
  const answers: string[] = [];
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      await call.play("test/long", { bargeIn: false });
      for (;;) answers.push(await call.menu({ prompt: "test/menu", keys: ["1", "2"] }));
    },
  });
  const caller = rig.call();
  await rig.runMs(100);
  for (let i = 0; i < TYPE_AHEAD_MAX; i++) caller.press("1");
  for (let i = 0; i < 10; i++) caller.press("2");
  await rig.runMs(1500);
  t.equal(answers.join(""), "1".repeat(TYPE_AHEAD_MAX));
});

t.test("an announcement without barge-in is heard whole, its keys wait", async (t) => {
  const answers: string[] = [];
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      await call.play("test/warning", { bargeIn: false });
      answers.push(await call.menu({ prompt: "test/menu", keys: ["1"] }));
    },
  });
  const caller = rig.call();
  await rig.runMs(100);
  caller.press("1");
  await rig.runMs(800);
  t.equal(caller.playing, true);
  await rig.runMs(200);
  t.strictSame(answers, ["1"]);
});

t.test("a key told just before a prompt begins ends the prompt all the same", async (t) => {
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      await call.menu({ prompt: "test/menu", keys: ["1"] });
      await call.play("test/done");
    },
  });
  const caller = rig.call();
  await rig.runMs(0);
  caller.press("1", { late: true });
  await rig.runMs(1);
  t.match(rig.steps.at(-1), /test\/done/, "not a second of waiting");
});

t.test("keys of a caller that waits for nobody are forgotten when told", async (t) => {
  const answers: string[] = [];
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      await call.sleep(1000);
      call.forgetKeys();
      answers.push(await call.menu({ prompt: "test/menu", keys: ["1", "2"] }));
    },
  });
  const caller = rig.call();
  await rig.runMs(500);
  caller.press("1");
  await rig.runMs(700);
  t.strictSame(answers, []);
  caller.press("2");
  await rig.runMs(1);
  t.strictSame(answers, ["2"]);
});
