import t from "tap";
import type { Call, DialOptions } from "../sdk/call.js";
import { CallRig, type CallRigOptions } from "./call-rig.js";
import type { ScriptedLeg } from "./scripted-leg.js";

/** A call that dials after its answer, then says good-bye; `outcomes` holds what `dial` and the talk came to. */
const dialling = async (options: DialOptions, rigOptions: Omit<CallRigOptions, "handler"> = {}): Promise<{ readonly rig: CallRig; readonly caller: ScriptedLeg; readonly outcomes: string[] }> => {
  const outcomes: string[] = [];
  const rig = new CallRig({
    contacts: { "1001": 1, "1002": 1, "1003": 2 },
    ...rigOptions,
    handler: async (call) => {
      await call.answer();
      const dialled = await call.dial(options);
      outcomes.push(dialled.outcome === "answered" ? `answered ${dialled.target}` : dialled.outcome);
      if (dialled.outcome === "answered") {
        await dialled.talk;
        outcomes.push("talk over");
      }
      await call.play("test/bye");
    },
  });
  const caller = rig.call();
  await rig.runMs(10);
  return { rig, caller, outcomes };
};
const ALL = { targets: ["1001", "1002"] };

t.test("where nothing is to be recorded, neither side is", async (t) => {
  const rig = new CallRig({ handler: async (call) => void (await call.dial(ALL)), contacts: { "1001": 1 }, records: false });
  rig.call();
  await rig.runMs(10);
  rig.switchboard.leg("1001-1").farAnswers();
  await rig.runMs(1000);
  rig.switchboard.leg("1001-1").farLeaves();
  await rig.runMs(1000);
  t.ok(rig.types.includes("call.agent-answered"));
  t.same(rig.types.filter((type) => type.includes("recording")), []);
  t.same(rig.steps.filter((step) => step.includes("record")), []);
});

t.test("A01: both ring, one answers, the other is let go, the two talk and are recorded, the talk ends with the agent", async (t) => {
  const { rig, caller, outcomes } = await dialling(ALL);
  t.strictSame(rig.steps.slice(1), ["caller1 play tone silence repeat", "1001-1 dialled", "1002-1 dialled"], "ringback: 450 Hz 1 s, 4 s pause");
  rig.switchboard.leg("1001-1").farRings();
  rig.switchboard.leg("1002-1").farRings();
  await rig.runMs(3000);
  t.strictSame(rig.manager.list()[0]?.agents.map(({ extension, state }) => `${extension} ${state}`), ["1001 ringing", "1002 ringing"]);
  t.equal(rig.manager.callOf("1002"), "c1");
  rig.switchboard.leg("1002-1").farAnswers();
  await rig.runMs(0);
  t.strictSame(rig.steps.slice(4), ["1001-1 hangup", "bridge caller1 1002-1"]);
  t.equal(caller.playing, false);
  t.strictSame(outcomes, ["answered 1002"]);
  t.equal(rig.manager.callOf("1001"), undefined, "free again");
  await rig.runMs(7000);
  rig.switchboard.leg("1002-1").farLeaves();
  await rig.runMs(1);
  t.strictSame(outcomes, ["answered 1002", "talk over"]);
  t.strictSame(rig.steps.slice(6), ["unbridge caller1 1002-1", "caller1 play test/bye"], "the caller stays");
  await rig.runMs(1000);
  t.strictSame(rig.leftOver, []);
  t.strictSame(rig.types, [
    "call.started", "call.answered", "call.recording-started", "call.dialled", "call.dialled",
    "call.agent-answered", "call.recording-started", "call.bridged", "call.leg-ended",
    "call.mark", "call.mark", "call.recording-closed", "call.leg-ended", "call.recording-closed", "call.ended",
  ]);
  t.strictSame(rig.data("call.bridged"), [{ leg: "1002-1", extension: "1002", offsetMs: 3010 }]);
  t.match(rig.data("call.recording-started"), [
    { recording: "c1-caller1", leg: "caller1", role: "caller", offsetMs: 0 },
    { recording: "c1-1002-1", leg: "1002-1", role: "agent", extension: "1002", offsetMs: 3010 },
  ]);
  t.match(rig.data("call.recording-closed"), [{ recording: "c1-1002-1", durationMs: 7000 }, { recording: "c1-caller1", durationMs: 11_010 }]);
  t.match(rig.data("call.ended"), [{ by: "server", cause: "bye", offsetMs: 11_010 }]);
});

t.test("two phones lifted in the same instant: one wins, the other is let go", async (t) => {
  for (const [first, second] of [["1001-1", "1002-1"], ["1002-1", "1001-1"]] as const) {
    const { rig, outcomes } = await dialling(ALL);
    rig.switchboard.leg(first).farAnswers();
    rig.switchboard.leg(second).farAnswers({ crossing: true });
    await rig.runMs(1);
    t.strictSame(outcomes, [`answered ${first.slice(0, 4)}`]);
    t.strictSame(rig.steps.filter((step) => step.includes("bridge")), [`bridge caller1 ${first}`]);
    t.equal(rig.switchboard.leg(second).state, "ended");
    t.equal(rig.data("call.agent-answered").length, 1);
  }
});

t.test("an answer that crosses the end of ringing finds the call gone", async (t) => {
  const { rig, outcomes } = await dialling({ ...ALL, timeoutMs: 5000 });
  rig.clock.after(4990, () => rig.switchboard.leg("1001-1").farAnswers());
  await rig.runMs(5100);
  t.strictSame(outcomes, ["no-answer"], "the timer was armed first");
  t.equal(rig.switchboard.leg("1001-1").state, "ended");
  t.strictSame(rig.steps.filter((step) => step.startsWith("bridge")), []);
});

for (const { title, options, play, outcome } of [
  { title: "nobody registered", options: { targets: ["1009"] }, play: [], outcome: "unreachable" },
  { title: "nobody named", options: { targets: [] }, play: [], outcome: "unreachable" },
  { title: "486 of all", options: ALL, play: [["1001-1", 486], ["1002-1", 486]], outcome: "busy" },
  { title: "600", options: { targets: ["1001"] }, play: [["1001-1", 600]], outcome: "busy" },
  { title: "603", options: { targets: ["1001"] }, play: [["1001-1", 603]], outcome: "rejected" },
  { title: "603 outweighs 486", options: ALL, play: [["1001-1", 603], ["1002-1", 486]], outcome: "rejected" },
  { title: "480", options: { targets: ["1001"] }, play: [["1001-1", 480]], outcome: "no-answer" },
  { title: "486 of one, silence of the other", options: ALL, play: [["1001-1", 486]], outcome: "no-answer" },
  { title: "a phone that can't be reached after all", options: { targets: ["1001"] }, play: [["1001-1", "fails"]], outcome: "unreachable" },
  { title: "one fails, one is busy", options: ALL, play: [["1001-1", "fails"], ["1002-1", 486]], outcome: "busy" },
] as { title: string; options: DialOptions; play: [string, number | "fails"][]; outcome: string }[])
  t.test(`ring-all: ${title} is ${outcome}`, async (t) => {
    const { rig, outcomes, caller } = await dialling(options);
    for (const [id, what] of play) {
      if (what === "fails") rig.switchboard.leg(id).farFails();
      else rig.switchboard.leg(id).farLeaves(what);
    }
    await rig.runMs(20_001);
    t.strictSame(outcomes, [outcome]);
    t.equal(rig.steps.filter((step) => step.includes("test/bye")).length, 1, "the ringback made room");
    await rig.runMs(1000);
    t.equal(caller.state, "ended");
    t.strictSame(rig.leftOver, []);
  });

t.test("ring-all: each contact of an extension rings, an extension named twice rings once", async (t) => {
  const { rig } = await dialling({ targets: ["1003", "1001", "1003"] });
  t.strictSame(rig.switchboard.legs.map((leg) => leg.id), ["1003-1", "1003-2", "1001-1"]);
});

t.test("sequential: one after the other, each with its own time", async (t) => {
  const { rig, outcomes } = await dialling({ targets: ["1001", "1009", "1002"], strategy: "sequential", timeoutMs: 4000 });
  t.strictSame(rig.switchboard.legs.map((leg) => leg.id), ["1001-1"]);
  await rig.runMs(3980);
  t.equal(rig.switchboard.legs.length, 1);
  await rig.runMs(20);
  t.equal(rig.switchboard.leg("1001-1").state, "ended");
  t.equal(rig.switchboard.leg("1002-1").state, "setup", "1009 is nowhere and takes no time");
  rig.switchboard.leg("1002-1").farAnswers();
  await rig.runMs(1);
  t.strictSame(outcomes, ["answered 1002"]);
});

for (const { last, outcome } of [
  { last: 486, outcome: "busy" },
  { last: 480, outcome: "busy" },
  { last: 603, outcome: "rejected" },
])
  t.test(`sequential: busy, then ${last}: ${outcome}`, async (t) => {
    const { rig, outcomes } = await dialling({ targets: ["1001", "1002", "1009"], strategy: "sequential" });
    rig.switchboard.leg("1001-1").farLeaves(486);
    await rig.runMs(1);
    rig.switchboard.leg("1002-1").farLeaves(last);
    await rig.runMs(1);
    t.strictSame(outcomes, [outcome], "that 1009 was not there tells least");
  });

t.test("the caller hears an announcement over and over instead of the ringback", async (t) => {
  const { rig } = await dialling({ targets: ["1001"], whileRinging: "test/please-wait" });
  t.ok(rig.steps.includes("caller1 play test/please-wait repeat"));
});

for (const endDelayMs of [0, 400])
  t.test(`DESIGN 7: a caller who leaves ends every attempt in the same step (media closing for ${endDelayMs} ms)`, async (t) => {
    const { rig, caller, outcomes } = await dialling(ALL, { leg: { endDelayMs } });
    rig.switchboard.leg("1001-1").farRings();
    caller.farLeaves();
    await Promise.resolve();
    t.strictSame(rig.switchboard.legs.map((leg) => leg.state), ["ended", "ended"], "no time goes by");
    await rig.runMs(5000);
    t.strictSame(outcomes, []);
    t.strictSame(rig.leftOver, []);
    t.strictSame(rig.faults, []);
    t.equal(rig.types.at(-1), "call.ended");
    t.match(rig.data("call.ended"), [{ by: "caller", cause: "bye", offsetMs: 10 }], "until the caller left, not until all was put away");
  });

t.test("no further phone rings for a caller who left while the phone before refused", async (t) => {
  const { rig, caller, outcomes } = await dialling({ targets: ["1001", "1002"], strategy: "sequential" }, { leg: { endDelayMs: 400 } });
  rig.switchboard.leg("1001-1").farLeaves(486);
  caller.farLeaves();
  await rig.runMs(1000);
  t.strictSame(rig.switchboard.legs.map((leg) => leg.id), ["1001-1"]);
  t.strictSame(outcomes, []);
  t.strictSame(rig.leftOver, []);
});

t.test("caller and agent end in the same instant as the answer", async (t) => {
  for (const who of ["caller", "agent"] as const) {
    const { rig, caller, outcomes } = await dialling(ALL);
    rig.switchboard.leg("1001-1").farAnswers();
    (who === "caller" ? caller : rig.switchboard.leg("1001-1")).farLeaves();
    await rig.runMs(5000);
    t.strictSame(outcomes, who === "caller" ? [] : ["answered 1001", "talk over"]);
    t.strictSame(rig.steps.filter((step) => step.includes("bridge")), []);
    t.strictSame(rig.faults, []);
    t.strictSame(rig.leftOver, []);
  }
});

t.test("a talk ends with the caller: the agent is let go, the handler hears that the caller is gone", async (t) => {
  const { rig, caller, outcomes } = await dialling(ALL);
  rig.switchboard.leg("1001-1").farAnswers();
  await rig.runMs(10_000);
  caller.farLeaves();
  await rig.runMs(1);
  t.equal(rig.switchboard.leg("1001-1").state, "ended");
  t.strictSame(outcomes, ["answered 1001"]);
  t.strictSame(rig.leftOver, []);
  t.match(rig.data("call.leg-ended").at(-1), { leg: "1001-1", by: "local" });
});

t.test("what is keyed while two talk answers no question afterwards", async (t) => {
  const answers: string[] = [];
  const rig = new CallRig({
    contacts: { "1001": 1 },
    handler: async (call) => {
      await call.answer();
      const dialled = await call.dial({ targets: ["1001"] });
      if (dialled.outcome === "answered") await dialled.talk;
      answers.push(await call.menu({ prompt: "test/rating", keys: ["1", "5"] }));
    },
  });
  const caller = rig.call();
  await rig.runMs(10);
  caller.press("1"); // while it rings
  rig.switchboard.leg("1001-1").farAnswers();
  await rig.runMs(10);
  caller.press("1");
  rig.switchboard.leg("1001-1").farLeaves();
  await rig.runMs(10);
  t.strictSame(answers, []);
  caller.press("5");
  await rig.runMs(10);
  t.strictSame(answers, ["5"]);
});

t.test("a handler that fails while its caller talks leaves nobody behind; the operator may be dialled", async (t) => {
  const rig = new CallRig({
    contacts: { "1001": 1, "1002": 1 },
    handler: async (call) => {
      await call.answer();
      const dialled = await call.dial({ targets: ["1001"] });
      if (dialled.outcome === "answered") await Promise.race([dialled.talk, call.sleep(2000)]);
      throw new Error("the rules are broken");
    },
    operator: async (call) => {
      const dialled = await call.dial({ targets: ["1002"] });
      if (dialled.outcome === "answered") await dialled.talk;
    },
  });
  rig.call();
  await rig.runMs(10);
  rig.switchboard.leg("1001-1").farAnswers();
  await rig.runMs(2000);
  t.strictSame(rig.steps.slice(-3).sort(), ["1001-1 hangup", "caller1 play core/apology", "unbridge caller1 1001-1"]);
  await rig.runMs(1001);
  rig.switchboard.leg("1002-1").farAnswers();
  await rig.runMs(1);
  t.equal(rig.steps.at(-1), "bridge caller1 1002-1");
  rig.switchboard.leg("1002-1").farLeaves();
  await rig.runMs(1);
  t.strictSame(rig.leftOver, []);
});

t.test("who talks dials nobody else", async (t) => {
  const errors: unknown[] = [];
  const twice = async (call: Call): Promise<void> => {
    await call.answer();
    await call.dial({ targets: ["1001"] });
    await call.dial({ targets: ["1002"] }).catch((error: unknown) => errors.push(error));
    await call.hangup();
  };
  const rig = new CallRig({ contacts: { "1001": 1, "1002": 1 }, handler: twice });
  rig.call();
  await rig.runMs(10);
  rig.switchboard.leg("1001-1").farAnswers();
  await rig.runMs(10);
  t.match(errors, [{ code: "CALL_STATE" }]);
  t.strictSame(rig.leftOver, []);
});

/** A desk phone calls another: ringing first, answered with it, refused as it refuses. */
const phoneToPhone = async (): Promise<{ readonly rig: CallRig; readonly caller: ScriptedLeg }> => {
  const rig = new CallRig({
    contacts: { "1002": 1 },
    handler: async (call) => {
      const dialled = await call.dial({ targets: ["1002"] });
      if (dialled.outcome !== "answered") return call.reject(dialled.outcome === "busy" ? "busy" : "unavailable");
      await dialled.talk;
      await call.hangup();
    },
  });
  const caller = rig.call("95001", { number: "1001", origin: { kind: "phone", name: "1001" } });
  await rig.runMs(10);
  return { rig, caller };
};

t.test("an unanswered caller hears 180 and is answered with the phone", async (t) => {
  const { rig, caller } = await phoneToPhone();
  t.strictSame(rig.steps, ["caller1 ring", "1002-1 dialled"]);
  t.equal(rig.manager.callOf("1001"), "c1", "the calling phone is not free");
  rig.switchboard.leg("1002-1").farAnswers();
  await rig.runMs(10);
  t.strictSame(rig.steps.slice(2), ["caller1 answer", "bridge caller1 1002-1"]);
  rig.switchboard.leg("1002-1").farLeaves();
  await rig.runMs(10);
  t.equal(caller.state, "ended");
  t.strictSame(rig.leftOver, []);
});

for (const { status, rejected } of [
  { status: 486, rejected: 486 },
  { status: 480, rejected: 480 },
])
  t.test(`an unanswered caller is refused as the phone refuses: ${status}`, async (t) => {
    const { rig } = await phoneToPhone();
    rig.switchboard.leg("1002-1").farLeaves(status);
    await rig.runMs(10);
    t.equal(rig.steps.at(-1), `caller1 reject ${rejected}`);
    t.match(rig.data("call.ended"), [{ by: "server", cause: "rejected", status: rejected }]);
    t.strictSame(rig.leftOver, []);
  });

t.test("a caller who gives up while it rings, before any answer", async (t) => {
  const { rig, caller } = await phoneToPhone();
  caller.farLeaves();
  await rig.runMs(10);
  t.equal(rig.switchboard.leg("1002-1").state, "ended");
  t.strictSame(rig.types.filter((type) => type.includes("recording")), []);
  t.match(rig.data("call.ended"), [{ by: "caller", cause: "cancelled" }]);
  t.strictSame(rig.leftOver, []);
});
