import t from "tap";
import type { Call } from "../sdk/call.js";
import { CallEnded } from "../sdk/control.js";
import { CallRig, type CallRigOptions } from "./call-rig.js";

/** Every kind of step in one conversation of 21 s, played by the timetable below. */
const conversation = async (call: Call): Promise<void> => {
  await call.ring();
  await call.sleep(1000);
  await call.answer();
  await call.play("test/welcome");
  await call.menu({ prompt: "test/menu", keys: ["1"] });
  await call.collect({ prompt: "test/pin", minDigits: 4, maxDigits: 4, secret: true });
  await call.enqueue("operators", { priority: 3 });
  await call.play([{ say: "digits", digits: "42" }]);
  await call.hangup();
};

const QUEUE: CallRigOptions["queues"] = {
  operators: async (call) => {
    await call.play("test/hold-on", { bargeIn: false });
    const dialled = await call.dial({ targets: ["1001", "1002", "1003"], timeoutMs: 3000 });
    if (dialled.outcome !== "answered") return "nobody-there";
    await dialled.talk;
    return "served";
  },
};

interface Walk {
  readonly rig: CallRig;
  /** How the handler came to its end, each time that it did. */
  readonly unwound: readonly string[];
  /** What legs were told after the caller had gone. */
  readonly after: readonly string[];
}

const LENGTH_MS = 21_000;

/** Goes through the conversation up to `hangupMs`, where the caller leaves, and on until all is quiet. */
const walk = async (hangupMs: number, leg: CallRigOptions["leg"]): Promise<Walk> => {
  const unwound: string[] = [];
  const rig = new CallRig({
    contacts: { "1001": 1, "1002": 1, "1003": 1 },
    queues: QUEUE,
    ...(leg === undefined ? {} : { leg }),
    handler: async (call) => {
      try {
        await conversation(call);
        unwound.push("to the end");
      } catch (error) {
        unwound.push(error instanceof CallEnded && call.signal.aborted ? "gone" : String(error));
        throw error;
      } finally {
        // Whoever tidies up meets the end again instead of speaking into nothing.
        await call.play("test/sorry").catch((error: unknown) => unwound.push(error instanceof CallEnded ? "gone" : String(error)));
      }
    },
  });
  const caller = rig.call();
  const at = (ms: number, act: () => void): void => void rig.clock.after(ms, act);
  at(2500, () => caller.press("1"));
  for (const [i, key] of [..."4321#"].entries()) at(4000 + i * 300, () => caller.press(key));
  at(8000, () => rig.switchboard.legs.find((one) => one.id === "1002-1")?.farRings());
  at(8500, () => rig.switchboard.legs.find((one) => one.id === "1003-1")?.farLeaves(486));
  at(8900, () => rig.switchboard.legs.find((one) => one.id === "1002-1")?.farAnswers());
  at(18_000, () => rig.switchboard.legs.find((one) => one.id === "1002-1")?.farLeaves());
  await rig.runMs(hangupMs);
  caller.farLeaves();
  const before = rig.steps.length;
  await rig.runMs(LENGTH_MS + 10_000);
  return { rig, unwound, after: rig.steps.slice(before) };
};

t.test("the conversation goes to its end where nobody hangs up", async (t) => {
  const { rig, unwound } = await walk(LENGTH_MS, undefined);
  t.strictSame(unwound, ["to the end", "gone"]);
  t.strictSame(rig.leftOver, []);
  const order = ["call.started", "call.answered", "call.menu", "call.collected", "call.queued", "call.bridged", "call.dequeued", "call.ended"];
  t.strictSame(rig.types.filter((type) => order.includes(type)), order);
  t.match(rig.data("call.ended"), [{ by: "server", cause: "bye" }]);
});

for (const endDelayMs of [0, 350])
  t.test(`the caller hangs up at any moment, media closing for ${endDelayMs} ms: everything ends, once`, async (t) => {
    const wrong: string[] = [];
    let walks = 0;
    for (let hangupMs = 0; hangupMs < 20_000; hangupMs += 50) {
      const { rig, unwound, after } = await walk(hangupMs, { endDelayMs });
      const say = (what: string): void => void wrong.push(`${hangupMs} ms: ${what}`);
      walks += 1;
      if (rig.manager.counters.ended !== 1 || rig.leftOver.length > 0) say(`left over: ${rig.leftOver.join()}`);
      if (rig.faults.length > 0) say(`faults: ${rig.faults.join()}`);
      if (unwound.join() !== "gone,gone") say(`unwound: ${unwound.join()}`);
      if (after.some((step) => !/hangup|unbridge|mask off/.test(step))) say(`done for nobody: ${after.join()}`);
      if (rig.types.filter((type) => type === "call.ended").length !== 1 || rig.types.at(-1) !== "call.ended") say(`journal ends in ${rig.types.at(-1)}`);
      const count = (type: string): number => rig.types.filter((one) => one === type).length;
      if (count("call.recording-started") !== count("call.recording-closed")) say("a recording is open");
      if (count("call.dialled") !== count("call.leg-ended")) say("a dialled leg has no end");
    }
    t.equal(walks, 400);
    t.strictSame(wrong, []);
  });

t.test("a handler that swallows the end meets it again, never in a busy loop, and is left alone at last", async (t) => {
  let rejections = 0;
  const atMs: number[] = [];
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      for (;;)
        await call.menu({ prompt: "test/menu", keys: ["1"] }).catch((error: unknown) => {
          if (error instanceof CallEnded) atMs.push(rig.clock.monoMs());
          rejections += 1;
        });
    },
  });
  const caller = rig.call();
  await rig.runMs(1500);
  caller.farLeaves();
  await rig.runMs(120_000);
  t.equal(rejections, 101, "the step under way and a hundred more");
  t.strictSame(atMs.slice(0, 4), [1500, 1500, 1520, 1550], "each waits longer than the one before");
  t.equal(rig.manager.counters.open, 0);
  t.strictSame(rig.leftOver, []);
});

t.test("one that swallows failures of its own and of the call alike ends, too", async (t) => {
  let turns = 0;
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      for (;;) {
        turns += 1;
        await Promise.all([call.sleep(1), call.play("test/again"), call.dial({ targets: ["1001"] })]).catch(() => undefined);
      }
    },
    contacts: { "1001": 1 },
  });
  const caller = rig.call();
  await rig.runMs(500);
  const before = turns;
  caller.farLeaves();
  await rig.runMs(600_000);
  t.ok(turns - before < 105, `${turns - before} turns`);
  t.strictSame(rig.leftOver, []);
});

t.test("a step begun in the very moment in which the caller leaves is not taken", async (t) => {
  const steps: readonly ((call: Call) => Promise<unknown>)[] = [
    (call) => call.play("test/again"),
    (call) => call.menu({ prompt: "test/menu", keys: ["1"] }),
    (call) => call.dial({ targets: ["1001"] }),
    (call) => call.enqueue("operators"),
    (call) => call.sleep(1000),
    (call) => call.answer(),
    (call) => call.hangup(),
  ];
  for (const step of steps) {
    const errors: unknown[] = [];
    const rig = new CallRig({
      contacts: { "1001": 1 },
      queues: QUEUE,
      handler: async (call) => {
        await call.answer();
        caller.farLeaves();
        await step(call).catch((error: unknown) => errors.push(error));
      },
    });
    const caller = rig.call();
    await rig.runMs(0);
    t.match(errors, [CallEnded], String(step));
    t.strictSame([rig.steps, rig.faults], [["caller1 answer"], []]);
  }
});

t.test("what else the handler waits for is aborted", async (t) => {
  const heard: string[] = [];
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      await new Promise((_, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason as Error)));
    },
    operator: async () => void heard.push("operator"),
  });
  const caller = rig.call();
  await rig.runMs(100);
  caller.farLeaves();
  await rig.runMs(1);
  t.strictSame([rig.faults, heard], [[], []], "no failure, no operator: the reason is CallEnded");
  t.strictSame(rig.leftOver, []);
});

t.test("a handler whose other errors come after the caller is gone leads nobody to the operators", async (t) => {
  const heard: string[] = [];
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      await call.play("test/welcome").catch(() => {
        throw new TypeError("tidying up failed");
      });
    },
    operator: async () => void heard.push("operator"),
  });
  const caller = rig.call();
  await rig.runMs(100);
  caller.farLeaves();
  await rig.runMs(1);
  t.match(rig.faults, [{ message: "tidying up failed" }], "said, but");
  t.strictSame(heard, []);
  t.equal(rig.types.at(-1), "call.ended");
});

t.test("no codec in common: the handler hears that the caller is gone, phones are let go", async (t) => {
  const rig = new CallRig({ leg: { noCodec: true }, handler: (call) => call.answer().then(() => call.play("test/welcome")) });
  rig.call();
  await rig.runMs(1);
  t.strictSame(rig.faults, []);
  t.match(rig.data("call.ended"), [{ status: 488 }]);
  t.strictSame(rig.leftOver, []);
});

for (const { title, handler, code } of [
  { title: "speaks before the answer", handler: (call: Call) => call.play("test/welcome"), code: "CALL_STATE" },
  { title: "asks before the answer", handler: async (call: Call) => void (await call.menu({ prompt: "test/menu", keys: ["1"] })), code: "CALL_STATE" },
  { title: "rejects what it answered", handler: (call: Call) => call.answer().then(() => call.reject("busy")), code: "CALL_STATE" },
  { title: "names a queue that is not there", handler: async (call: Call) => void (await call.enqueue("nobody")), code: "CALL_QUEUE_UNKNOWN" },
  { title: "writes the core's own entries", handler: async (call: Call) => call.note("call.ended", {}), code: "CALL_ENTRY" },
])
  t.test(`a handler that ${title} is told so`, async (t) => {
    const rig = new CallRig({ handler });
    rig.call();
    await rig.runMs(5000);
    t.match(rig.faults, [{ code }]);
    t.strictSame(rig.leftOver, []);
  });

t.test("after its rejection a call has no further steps", async (t) => {
  const errors: unknown[] = [];
  const rig = new CallRig({
    handler: async (call) => {
      await call.reject("declined");
      for (const step of [() => call.ring(), () => call.answer(), () => call.reject("busy"), () => call.hangup()]) await step().catch((error: unknown) => errors.push(error));
    },
  });
  rig.call();
  await rig.runMs(1000);
  t.strictSame(errors.map((error) => error instanceof CallEnded), [true, true, true, true]);
  t.strictSame(rig.steps, ["caller1 reject 603"]);
  t.strictSame(rig.leftOver, []);
});
