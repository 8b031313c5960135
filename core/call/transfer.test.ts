import t from "tap";
import { deriveCdr } from "../cdr/derivation.js";
import type { Entry } from "../journal/entry.js";
import type { Call, TransferOptions, TransferOutcome } from "../sdk/call.js";
import { CallRig, type CallRigOptions } from "./call-rig.js";
import type { ScriptedLeg } from "./scripted-leg.js";

/** A caller who talks to 1001; the handler waits for the end of the talk, then says good-bye. `press` transfers by the SDK. */
async function talking(options: Omit<CallRigOptions, "handler"> = {}, from?: Parameters<CallRig["call"]>[1]) {
  const log: string[] = [];
  let live: Call | undefined;
  const rig = new CallRig({
    contacts: { "1001": 1, "1002": 1, "1003": 1 },
    operator: async (call) => call.play("test/operator"),
    ...options,
    handler: async (call) => {
      live = call;
      await call.answer();
      const dialled = await call.dial({ targets: ["1001"] });
      if (dialled.outcome === "answered") await dialled.talk;
      log.push("talk over");
      await call.play("test/bye");
    },
  });
  const caller = rig.call("95001", from);
  await rig.runMs(10);
  const agent = rig.switchboard.leg("1001-1");
  agent.farAnswers();
  await rig.runMs(990);
  const transfer = (options: TransferOptions): Promise<TransferOutcome> => live!.transfer(options);
  return { rig, caller, agent, log, transfer, steps: () => rig.steps.splice(0) };
}

const cdrOf = (rig: CallRig) => {
  const entries = rig.entries.map((entry, i) => ({ ...entry, v: 1, node: "n", nodeSeq: i + 1, subjectSeq: i + 1, utcMs: 0, monoMs: 0 }) as Entry);
  return deriveCdr(entries)!;
};
const credit = (rig: CallRig): readonly string[] => cdrOf(rig).agents.map(({ extension, talkMs }) => `${extension} ${talkMs}`);

t.test("call.transfer: the caller is put through to who answers, whom it talked to waits until then, the talk goes on", async (t) => {
  const { rig, agent, log, transfer, steps } = await talking();
  steps();
  const transferring = transfer({ to: "1002" });
  await rig.runMs(2000);
  t.same(steps(), ["unbridge caller1 1001-1", "1001-1 play tone silence tone silence repeat", "caller1 play tone silence repeat", "1002-1 dialled"]);
  rig.switchboard.leg("1002-1").farAnswers();
  const outcome = await transferring;
  t.match(outcome, { outcome: "transferred", target: "1002" });
  await rig.runMs(0);
  t.same([steps(), agent.state], [["bridge caller1 1002-1", "1001-1 hangup"], "ended"]);
  t.same([log, rig.manager.callOf("1001"), rig.manager.callOf("1002")], [[], undefined, "c1"], "the first agent is free");
  await rig.runMs(3000);
  rig.switchboard.leg("1002-1").farLeaves();
  await rig.runMs(0);
  t.same(log, ["talk over"]);
  if (outcome.outcome === "transferred") await outcome.talk;
  await rig.runMs(2000);
  t.same(rig.leftOver, []);
  t.same(rig.data("call.transfer"), [{ leg: "1001-1", extension: "1001", to: "1002", kind: "blind", by: "plugin", offsetMs: 1000 }]);
  t.same(rig.data("call.transferred"), [{ leg: "1001-1", extension: "1001", to: "1002", offsetMs: 3000 }]);
  t.same(credit(rig), ["1001 990", "1002 3000"], "each is credited with what they talked");
  t.match(rig.data("call.recording-started").map(({ recording }) => recording), ["c1-caller1", "c1-1001-1", "c1-1002-1"], "the caller's goes on");
});

for (const [title, status, outcome] of [
  ["busy", 486, "busy"],
  ["declined", 603, "rejected"],
  ["nobody", undefined, "no-answer"],
] as const)
  t.test(`call.transfer to a phone that is ${title}: the two hear each other again`, async (t) => {
    const { rig, caller, agent, transfer, steps } = await talking();
    const transferring = transfer({ to: "1002", timeoutMs: 5000, whileRinging: "test/wait" });
    await rig.runMs(1000);
    t.ok(steps().includes("caller1 play test/wait repeat"));
    if (status !== undefined) rig.switchboard.leg("1002-1").farLeaves(status);
    await rig.runMs(4000);
    t.same(await transferring, { outcome, back: true });
    t.same(steps().slice(-1), ["bridge caller1 1001-1"]);
    t.same([caller.playing, agent.playing], [false, false]);
    t.match(rig.data("call.transfer-failed"), [{ leg: "1001-1", why: outcome, back: true }]);
    agent.farLeaves();
    await rig.runMs(2000);
    t.same([rig.leftOver, credit(rig).length], [[], 2], "talked twice");
    t.equal(cdrOf(rig).talkMs, 990 + (status === undefined ? 0 : 4000), "not while it rang");
  });

t.test("call.transfer to an extension that is not there comes back at once; one that talks to nobody, or is transferred, can't be", async (t) => {
  const { rig, agent, transfer } = await talking();
  t.same(await transfer({ to: "4711" }), { outcome: "unreachable", back: true });
  const first = transfer({ to: "1002" });
  await rig.runMs(1);
  await t.rejects(transfer({ to: "1003" }), { code: "CALL_STATE" });
  await t.rejects(transfer({ to: { queue: "nowhere" } }), { code: "CALL_STATE" });
  rig.switchboard.leg("1002-1").farLeaves(486);
  await rig.runMs(1);
  await first;
  await t.rejects(transfer({ to: { queue: "nowhere" } }), { code: "CALL_QUEUE_UNKNOWN" });
  agent.farLeaves();
  await rig.runMs(1);
  await t.rejects(transfer({ to: "1002" }), { code: "CALL_STATE" });
});

t.test("whom the caller talked to hangs up before the target fails: a caller from outside is led to the operators, a colleague is not", async (t) => {
  for (const [kind, played] of [["trunk", "test/operator"], ["phone", "test/bye"]] as const) {
    const { rig, agent, transfer, steps } = await talking({}, { origin: { kind, name: kind === "phone" ? "1004" : "carrier" } });
    const transferring = transfer({ to: "1002" });
    await rig.runMs(1000);
    agent.farLeaves();
    rig.switchboard.leg("1002-1").farLeaves(486);
    await rig.runMs(1);
    t.same(await transferring, { outcome: "busy", back: false });
    await rig.runMs(1);
    t.equal(steps().at(-1), `caller1 play ${played}`);
    await rig.runMs(2000);
    t.same([rig.leftOver, rig.faults], [[], []]);
    t.same(rig.data("call.operator-wanted"), kind === "trunk" ? [{ why: "transfer" }] : []);
  }
});

t.test("the caller hangs up while the target rings: all are let go in the same step", async (t) => {
  const { rig, caller, transfer } = await talking();
  const transferring = transfer({ to: "1002" });
  await rig.runMs(1000);
  caller.farLeaves();
  await t.rejects(transferring, { name: "CallEnded" });
  await rig.runMs(100);
  t.same(rig.leftOver, []);
});

t.test("call.transfer to a queue: whom the caller talked to is let go at once, the talk lasts until the queue is done", async (t) => {
  const queue = async (call: Call): Promise<"served"> => {
    const dialled = await call.dial({ targets: ["1003"] });
    if (dialled.outcome === "answered") await dialled.talk;
    return "served";
  };
  const { rig, agent, log, transfer } = await talking({ queues: { experts: queue } });
  t.match(await transfer({ to: { queue: "experts" } }), { outcome: "transferred", target: "experts" });
  await rig.runMs(500);
  t.equal(agent.state, "ended");
  rig.switchboard.leg("1003-1").farAnswers();
  await rig.runMs(2000);
  t.same([log, rig.manager.callOf("1003")], [[], "c1"]);
  rig.switchboard.leg("1003-1").farLeaves();
  await rig.runMs(1);
  t.same(log, ["talk over"]);
  await rig.runMs(2000);
  t.same([rig.leftOver, rig.faults], [[], []]);
  t.match(cdrOf(rig).queues, [{ queue: "experts", outcome: "served", waitMs: 500 }]);
  t.same(credit(rig), ["1001 990", "1003 2000"]);
});

// What a phone asks for by its transfer key.

t.test("RFC 3515 2.4.4, RFC 5589 6: a phone puts its caller through, hears of it, and is let go", async (t) => {
  const { rig, agent, log, steps } = await talking();
  t.equal(agent.farRefers({ number: "1002" }), 202);
  await rig.runMs(1000);
  t.equal(agent.farRefers({ number: "1003" }), 491, "one at a time");
  rig.switchboard.leg("1002-1").farRings();
  await rig.runMs(1000);
  t.same(agent.notified, [180]);
  rig.switchboard.leg("1002-1").farAnswers();
  await rig.runMs(1);
  t.same([agent.notified, agent.state], [[180, 200], "ended"]);
  t.equal(steps().at(-2), "bridge caller1 1002-1");
  t.same(log, []);
  rig.switchboard.leg("1002-1").farLeaves();
  await rig.runMs(2000);
  t.same([log, rig.leftOver, rig.faults], [["talk over"], [], []]);
  t.match(rig.data("call.transfer"), [{ extension: "1001", to: "1002", by: "phone" }]);
});

for (const [title, number, leaves, notified] of [
  ["busy", "1002", 486, 486],
  ["unregistered", "1009", undefined, 480],
  ["unknown", "4711", undefined, 404],
  ["silent", "1003", undefined, 408],
] as const)
  t.test(`RFC 5589 6.1: the target is ${title}: the phone is told ${notified} and has its caller back`, async (t) => {
    const { rig, agent, steps } = await talking({ contacts: { "1001": 1, "1002": 1, "1003": 1, "1009": 0 } });
    t.equal(agent.farRefers({ number }), 202);
    await rig.runMs(1000);
    if (leaves !== undefined) rig.switchboard.leg(`${number}-1`).farLeaves(leaves);
    await rig.runMs(60_000);
    t.same(agent.notified, [notified]);
    if (title !== "unknown") t.equal(steps().at(-1), "bridge caller1 1001-1");
    t.equal(agent.state, "answered");
    t.equal(agent.farRefers({ number: "1001" }), 202, "and may try again");
    await rig.runMs(100);
    agent.farLeaves();
    await rig.runMs(100_000);
    t.same([rig.leftOver, rig.faults], [[], []]);
  });

t.test("the carrier may not put a hospital's people through, nor may a phone that talks to nobody", async (t) => {
  const { rig, caller } = await talking();
  t.equal(caller.farRefers({ number: "1002" }), 603);
  const quiet = new CallRig({ handler: async (call) => { await call.answer(); await call.play("test/long"); }, contacts: { "1002": 1 } });
  const phone = quiet.call("95001", { origin: { kind: "phone", name: "1004" } });
  await quiet.runMs(10);
  t.equal(phone.farRefers({ number: "1002" }), 603);
  caller.farLeaves();
  await rig.runMs(100);
  await quiet.runMs(2000);
  t.same([...rig.leftOver, ...quiet.leftOver], []);
});

t.test("a phone that called puts whom it called through: the call goes on with that side, and lasts as long as it", async (t) => {
  for (const answers of [true, false]) {
    const { rig, caller, agent, log, steps } = await talking({}, { origin: { kind: "phone", name: "1004" }, number: "1004" });
    steps();
    t.equal(caller.farRefers({ number: "1002" }), 202);
    await rig.runMs(1000);
    t.same(steps(), ["unbridge caller1 1001-1", "caller1 play tone silence tone silence repeat", "1001-1 play tone silence repeat", "1002-1 dialled"]);
    t.same(rig.data("call.caller-changed"), [{ leg: "1001-1", extension: "1001", former: "caller1", offsetMs: 1000 }]);
    const target = rig.switchboard.leg("1002-1");
    if (answers) target.farAnswers();
    else target.farLeaves(486);
    await rig.runMs(1000);
    t.same(caller.notified, [answers ? 200 : 486]);
    t.equal(caller.state, answers ? "ended" : "answered");
    t.equal(steps().find((step) => step.startsWith("bridge")), answers ? "bridge 1001-1 1002-1" : "bridge 1001-1 caller1");
    t.same(rig.manager.list().map(({ id, caller: number }) => `${id} ${number}`), ["c1 1004"], "the same call, of who called");
    t.same([rig.manager.callOf("1001"), rig.manager.callOf("1004")], ["c1", answers ? undefined : "c1"]);
    t.same(log, []);
    if (answers) agent.farLeaves();
    else caller.farLeaves();
    await rig.runMs(3000);
    t.same([rig.leftOver, rig.faults], [[], []]);
    t.same(rig.types.filter((type) => type === "call.ended").length, 1);
    const cdr = cdrOf(rig);
    t.ok(cdr.talkMs <= cdr.durationMs, `${cdr.talkMs} of ${cdr.durationMs}`);
    t.same(cdr.legs.map(({ leg, endedBy }) => `${leg} ${endedBy}`), answers ? ["caller1 local", "1001-1 remote", "1002-1 local"] : ["caller1 remote", "1001-1 local", "1002-1 remote"]);
    t.ok(cdr.recordings.every(({ sha256 }) => sha256 !== null), "every track is closed");
  }
});

t.test("a phone puts its caller through to one of the hospital's numbers: its handler serves the call, the phone is told at once", async (t) => {
  const { rig, agent, log, steps } = await talking({ services: { "95009": async (call) => { await call.answer(); await call.play("test/results"); } } });
  t.equal(agent.farRefers({ number: "95009" }), 202);
  await rig.runMs(10);
  t.same([agent.notified, agent.state], [[200], "ended"]);
  t.ok(steps().includes("caller1 play test/results"));
  await rig.runMs(990);
  t.same(log, ["talk over"]);
  await rig.runMs(3000);
  t.same([rig.leftOver, rig.faults], [[], []]);
});

t.test("a handler that fails after a transfer leads to the operators, as any does", async (t) => {
  const { rig, agent, log, steps } = await talking({ services: { "95009": async () => { throw new Error("broken"); } } });
  agent.farRefers({ number: "95009" });
  await rig.runMs(3000);
  t.same([log, rig.faults.length], [[], 1]);
  t.ok(steps().includes("caller1 play test/operator"));
  t.same(rig.leftOver, []);
});

t.test("to an outside number: the next trunk is tried where the first one fails, and what the carrier says of itself is a 503", async (t) => {
  for (const [second, notified] of [["answers", 200], [486, 486], [503, 503]] as const) {
    const { rig, agent } = await talking({ contacts: { "1001": 1, "carrier-a/013900000009": 1, "carrier-b/013900000009": 1 } });
    t.equal(agent.farRefers({ number: "013900000009" }), 202);
    await rig.runMs(100);
    rig.switchboard.leg("carrier-a/013900000009-1").farLeaves(503);
    await rig.runMs(100);
    const leg: ScriptedLeg = rig.switchboard.leg("carrier-b/013900000009-1");
    if (second === "answers") leg.farAnswers();
    else leg.farLeaves(second);
    await rig.runMs(100);
    t.same(agent.notified, [notified]);
    (second === "answers" ? leg : agent).farLeaves();
    await rig.runMs(3000);
    t.same([rig.leftOver, rig.faults], [[], []]);
  }
});
