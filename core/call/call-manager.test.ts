import t from "tap";
import type { Call } from "../sdk/call.js";
import { CallRig } from "./call-rig.js";

const talkFor = (durationMs: number) => async (call: Call): Promise<void> => {
  await call.answer();
  await call.sleep(durationMs);
};

t.test("a call is served and ends with its handler, the last prompt heard", async (t) => {
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      await call.play("test/bye");
    },
  });
  rig.call("95001", { number: "13800000002" });
  await rig.runMs(500);
  t.strictSame(rig.manager.list(), [
    { id: "c1", hospital: "demo", caller: "13800000002", called: "95001", state: "answered", startedUtcMs: rig.clock.utcMs() - 500, answeredUtcMs: rig.clock.utcMs() - 500, language: "en", agents: [] },
  ]);
  t.strictSame(structuredClone(rig.manager.list()), rig.manager.list(), "plain data");
  await rig.runMs(499);
  t.equal(rig.manager.counters.open, 1);
  await rig.runMs(2);
  t.strictSame(rig.steps, ["caller1 answer", "caller1 play test/bye", "caller1 hangup"]);
  t.strictSame(rig.manager.counters, { open: 0, started: 1, ended: 1, failed: 0, refused: 0 });
  t.strictSame(rig.leftOver, []);
});

t.test("the last prompt is heard, also where the handler did not wait for it", async (t) => {
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      void call.play("test/bye");
    },
  });
  rig.call();
  await rig.runMs(999);
  t.strictSame(rig.steps, ["caller1 answer", "caller1 play test/bye"]);
  await rig.runMs(2);
  t.equal(rig.steps.at(-1), "caller1 hangup");
  t.strictSame(rig.leftOver, []);
});

t.test("a handler that walks away from its dialling ends it", async (t) => {
  const rig = new CallRig({
    contacts: { "1001": 1 },
    handler: async (call) => {
      await call.answer();
      call.dial({ targets: ["1001"] }).catch(() => undefined);
      await call.sleep(100);
    },
  });
  rig.call();
  await rig.runMs(200);
  t.equal(rig.switchboard.leg("1001-1").state, "ended");
  t.strictSame(rig.leftOver, []);
});

t.test("entries name on whose behalf they are", async (t) => {
  const rig = new CallRig({ handler: talkFor(10) });
  rig.call();
  rig.call("95001", { number: "1001", origin: { kind: "phone", name: "1001" } });
  await rig.runMs(20);
  const actors = rig.entries.filter((entry) => entry.type === "call.started").map((entry) => entry.actor);
  t.strictSame(actors, [{ kind: "patient" }, { kind: "agent", id: "1001" }]);
});

t.test("a handler that returns without an answer refuses the call", async (t) => {
  const rig = new CallRig({ handler: async () => undefined });
  rig.call();
  await rig.runMs(1);
  t.strictSame(rig.steps, ["caller1 reject 480"]);
  t.strictSame(rig.leftOver, []);
});

t.test("unknown called number: 404", async (t) => {
  const rig = new CallRig({ handler: talkFor(1) });
  rig.call("99999");
  t.strictSame(rig.steps, ["caller1 reject 404"]);
  t.strictSame(rig.manager.counters, { open: 0, started: 0, ended: 0, failed: 0, refused: 1 });
  t.strictSame(rig.types, []);
});

t.test("RFC 3261 20.33: open calls are bounded: 503, and when to come back", async (t) => {
  const rig = new CallRig({ handler: talkFor(1000), manager: { openCallsMax: 2 } });
  rig.call();
  rig.call();
  rig.call();
  await rig.runMs(1);
  t.strictSame(rig.steps.filter((step) => step.includes("reject")), ["caller3 reject 503 retryAfter=10"]);
  await rig.runMs(1500);
  rig.call();
  await rig.runMs(1);
  t.equal(rig.steps.at(-1), "caller4 answer", "there is room again");
});

t.test("the watchdog ends a call that never ends, and its handler", async (t) => {
  let aborted = false;
  const rig = new CallRig({
    manager: { callMsMax: 60_000 },
    handler: async (call) => {
      await call.answer();
      call.signal.addEventListener("abort", () => void (aborted = true));
      await new Promise(() => undefined);
    },
  });
  rig.call();
  await rig.runMs(59_999);
  t.equal(rig.manager.counters.open, 1);
  await rig.runMs(2);
  t.ok(aborted);
  t.match(rig.data("call.ended"), [{ by: "server", cause: "bye", offsetMs: 60_000 }]);
  t.equal(rig.data("call.mark").length, 11, "one every 5 s");
  t.strictSame(rig.leftOver, []);
});

t.test("a handler that throws: an apology, then the operator, and the fault is named", async (t) => {
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      throw new RangeError("card 10000001 is not where it was");
    },
    operator: (call) => call.play("test/operator"),
  });
  rig.call();
  await rig.runMs(2500);
  t.strictSame(rig.steps, ["caller1 answer", "caller1 play core/apology", "caller1 play test/operator", "caller1 hangup"]);
  t.match(rig.faults, [{ message: "card 10000001 is not where it was" }]);
  t.strictSame(rig.data("call.failed"), [{ error: "RangeError" }], "what it says may be personal");
  t.strictSame(rig.data("call.operator-wanted"), [{ why: "failure" }]);
  t.equal(rig.manager.counters.failed, 1);
});

for (const { title, operator, steps } of [
  { title: "nobody is the operator", operator: undefined, steps: ["caller1 answer", "caller1 play core/apology", "caller1 hangup"] },
  {
    title: "the operator's handler throws as well",
    operator: async () => {
      throw new Error("no operator either");
    },
    steps: ["caller1 answer", "caller1 play core/apology", "caller1 hangup"],
  },
])
  t.test(`a handler that throws where ${title}: the call ends`, async (t) => {
    const rig = new CallRig({
      handler: async (call) => {
        await call.answer();
        throw new Error("broken");
      },
      ...(operator === undefined ? {} : { operator }),
    });
    rig.call();
    await rig.runMs(2000);
    t.strictSame(rig.steps, steps);
    t.strictSame(rig.leftOver, []);
  });

t.test("a handler that throws before the answer leads to the operator without words", async (t) => {
  const rig = new CallRig({
    handler: async () => {
      throw new Error("broken");
    },
    operator: async (call) => {
      await call.answer();
      await call.play("test/operator");
    },
  });
  rig.call();
  await rig.runMs(2000);
  t.strictSame(rig.steps, ["caller1 answer", "caller1 play test/operator", "caller1 hangup"]);
});

t.test("a handler that is no async function may throw as well", async (t) => {
  const rig = new CallRig({
    handler: () => {
      throw new Error("at once");
    },
  });
  rig.call();
  await rig.runMs(1);
  t.strictSame(rig.steps, ["caller1 reject 480"]);
  t.match(rig.faults, [{ message: "at once" }]);
});

t.test("an operator who is wanted by the operator's own menu ends the call instead of a circle", async (t) => {
  let asked = 0;
  const menu = async (call: Call): Promise<void> => {
    asked += 1;
    await call.answer();
    await call.menu({ prompt: "test/menu", keys: ["1"] });
  };
  const rig = new CallRig({ handler: menu, operator: menu });
  const caller = rig.call();
  await rig.runMs(100);
  caller.press("0");
  await rig.runMs(100);
  caller.press("0");
  await rig.runMs(100);
  t.equal(asked, 2);
  t.strictSame(rig.leftOver, []);
});

t.test("one call's failure costs the others nothing", async (t) => {
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      if (call.caller.number === "1") throw new Error("broken");
      await call.sleep(5000);
    },
  });
  rig.call("95001", { number: "1" });
  const other = rig.call("95001", { number: "2" });
  await rig.runMs(3000);
  t.equal(other.state, "answered");
});

t.test("SIGTERM: no new calls, running ones go on until they end", async (t) => {
  const rig = new CallRig({ handler: talkFor(8000) });
  rig.call();
  await rig.runMs(1000);
  let drained = false;
  void rig.manager.drain(30_000).then(() => (drained = true));
  rig.call();
  t.equal(rig.steps.at(-1), "caller2 reject 503 retryAfter=10");
  await rig.runMs(6000);
  t.notOk(drained);
  await rig.runMs(1001);
  t.ok(drained);
  t.strictSame(rig.leftOver, [], "nor the drain's own timer");
});

t.test("SIGTERM: what still runs after `drain` gets its BYE; unanswered ones 480", async (t) => {
  const rig = new CallRig({
    handler: async (call) => {
      await call.ring();
      if (call.caller.number === "1") await call.answer();
      await call.sleep(3_600_000);
    },
  });
  rig.call("95001", { number: "1" });
  rig.call("95001", { number: "2" });
  await rig.runMs(1);
  let drained = false;
  void rig.manager.drain(30_000).then(() => (drained = true));
  await rig.runMs(29_990);
  t.notOk(drained);
  await rig.runMs(20);
  t.ok(drained);
  t.strictSame(rig.steps.slice(-2), ["caller1 hangup", "caller2 reject 480"]);
  t.strictSame(rig.leftOver, []);
});

t.test("SIGTERM: a second one hurries the first", async (t) => {
  const rig = new CallRig({ handler: talkFor(3_600_000) });
  rig.call();
  await rig.runMs(1);
  const both = Promise.all([rig.manager.drain(30_000), rig.manager.drain(0)]);
  await rig.runMs(10);
  await both;
  t.strictSame(rig.leftOver, []);
});

t.test("drain without calls is over at once", async (t) => {
  const rig = new CallRig({ handler: talkFor(1) });
  await rig.manager.drain(30_000);
  t.strictSame(rig.leftOver, []);
});

t.test("a side that sends no sound is said", async (t) => {
  const rig = new CallRig({ handler: talkFor(5000) });
  const caller = rig.call();
  await rig.runMs(1);
  caller.farIsSilent("no sound came from the caller: expected from 192.0.2.1, came nothing");
  t.match(rig.data("call.silent"), [{ leg: "caller1", sentence: /expected from/ }]);
});
