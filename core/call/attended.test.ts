// A phone joins the other sides of its two calls (RFC 5589 section 7).
import t from "tap";
import { deriveCdr } from "../cdr/derivation.js";
import type { Entry } from "../journal/entry.js";
import type { Consultation } from "../sdk/call.js";
import { CallRig } from "./call-rig.js";
import type { ScriptedLeg } from "./scripted-leg.js";

const named = (leg: ScriptedLeg) => ({ number: "x", replaces: { callId: leg.id, toTag: "t", fromTag: "f", earlyOnly: false } });

const world = () =>
  new CallRig({
    contacts: { "1001": 1, "1002": 1, "1003": 1 },
    handler: async (call) => {
      await call.answer();
      const dialled = await call.dial({ targets: ["1001"] });
      if (dialled.outcome === "answered") await dialled.talk;
      await call.play("test/bye");
    },
  });

const cdrOf = (rig: CallRig, id: string) => {
  const entries = rig.entries.filter(({ subject }) => subject.id === id).map((entry, i) => ({ ...entry, v: 1, node: "n", nodeSeq: i + 1, subjectSeq: i + 1, utcMs: 0, monoMs: 0 }) as Entry);
  return deriveCdr(entries)!;
};

/** 1001's leg in a call with `who`: it was called by a patient, or calls. The other side's leg comes second. */
async function callOf1001(rig: CallRig, who: "patient" | "1002" | "1003"): Promise<readonly [mine: ScriptedLeg, theirs: ScriptedLeg]> {
  const before = rig.switchboard.legs.length;
  const caller = who === "patient" ? rig.call("95001") : rig.call(who, { origin: { kind: "phone", name: "1001" }, number: "1001" });
  await rig.runMs(100);
  const far = rig.switchboard.legs[before]!;
  far.farAnswers();
  await rig.runMs(900);
  return who === "patient" ? [far, caller] : [caller, far];
}

for (const [first, second, keeps] of [
  ["patient", "1002", "first"],
  ["1002", "patient", "second"],
  ["1002", "1003", "first"],
  ["patient", "patient", "first"],
] as const)
  for (const leaves of ["first", "second"] as const)
    t.test(`RFC 5589 7.1: 1001 joins ${first} and ${second}; the ${keeps} call goes on until its ${leaves} side leaves`, async (t) => {
      const rig = world();
      const [mine, theirs] = await callOf1001(rig, first);
      const [mine2, theirs2] = await callOf1001(rig, second);
      const [kept, gone] = keeps === "first" ? ["c1", "c2"] : ["c2", "c1"];
      rig.steps.splice(0);
      t.equal(mine.farRefers(named(mine2)), 202);
      await rig.runMs(10);
      t.same(mine.notified, [200]);
      t.same([mine.state, mine2.state, theirs.state, theirs2.state], ["ended", "ended", "answered", "answered"]);
      const bridges = rig.steps.filter((step) => step.startsWith("bridge"));
      t.equal(bridges.length, 1);
      t.ok(bridges[0]!.includes(theirs.id) && bridges[0]!.includes(theirs2.id));
      t.same(rig.manager.list().map(({ id }) => id), [kept]);
      await rig.runMs(5000);
      (leaves === "first" ? theirs : theirs2).farLeaves();
      await rig.runMs(3000);
      t.same([rig.leftOver, rig.faults], [[], []]);
      for (const id of [kept, gone]) {
        const cdr = cdrOf(rig, id);
        t.ok(cdr.recordings.every(({ sha256 }) => sha256 !== null), "every track is closed");
        t.ok(cdr.talkMs <= cdr.durationMs, `${id} talked for ${cdr.talkMs} ms of ${cdr.durationMs}`);
      }
      t.equal(new Set(rig.data("call.recording-started").map(({ recording }) => recording)).size, 5, "the moved leg has a track in each call, of its own name");
      const ends = rig.entries.filter(({ type }) => type === "call.ended").length;
      t.equal(ends, 2);
      for (const id of [kept, gone]) t.equal(rig.entries.filter(({ subject }) => subject.id === id).at(-1)!.type, "call.ended", "the last word");
      t.match(rig.data("call.transfer"), [{ extension: "1001", kind: "attended", by: "phone" }]);
      if (first === "patient" && second === "1002") t.same(cdrOf(rig, "c1").agents.map(({ extension, talkMs }) => `${extension} ${talkMs}`), ["1001 1900", "1002 5010"]);
    });

t.test("RFC 5589 7.3: a second call that still rings is given up for a blind transfer to its number", async (t) => {
  const rig = world();
  const [mine, patient] = await callOf1001(rig, "patient");
  const calling = rig.call("1002", { origin: { kind: "phone", name: "1001" }, number: "1001" });
  await rig.runMs(100);
  t.equal(mine.farRefers(named(calling)), 202);
  await rig.runMs(100);
  t.same([calling.state, rig.switchboard.leg("1002-1").state], ["ended", "ended"]);
  rig.switchboard.leg("1002-2").farAnswers();
  await rig.runMs(100);
  t.same([mine.notified, mine.state], [[200], "ended"]);
  t.equal(rig.steps.filter((step) => step.startsWith("bridge")).at(-1), `bridge ${patient.id} 1002-2`);
  patient.farLeaves();
  await rig.runMs(3000);
  t.same([rig.leftOver, rig.faults], [[], []]);
});

t.test("RFC 3891 3: a dialog that is not there, is another phone's, or the very same call: 481, and all stays as it was", async (t) => {
  const rig = world();
  const [mine, patient] = await callOf1001(rig, "patient");
  const stranger = rig.call("1002", { origin: { kind: "phone", name: "1003" }, number: "1003" });
  await rig.runMs(100);
  rig.switchboard.leg("1002-1").farAnswers();
  await rig.runMs(100);
  const nobody = { ...named(mine), replaces: { ...named(mine).replaces, callId: "none" } };
  for (const to of [nobody, named(stranger), named(rig.switchboard.leg("1002-1")), named(patient), named(mine)]) {
    t.equal(mine.farRefers(to), 202);
    await rig.runMs(10);
    t.equal(mine.notified.pop(), 481);
  }
  t.same([mine.state, stranger.state, rig.manager.list().length], ["answered", "answered", 2]);
  for (const leg of [patient, stranger]) leg.farLeaves();
  await rig.runMs(3000);
  t.same([rig.leftOver, rig.faults], [[], []]);
});

// A plugin lets whom the caller talks to speak with another extension first.

async function consulting(decide?: (consultation: Consultation) => Promise<unknown>) {
  const log: string[] = [];
  const rig = new CallRig({
    contacts: { "1001": 1, "1002": 1 },
    operator: async (call) => call.play("test/operator"),
    handler: async (call) => {
      await call.answer();
      const dialled = await call.dial({ targets: ["1001"] });
      if (dialled.outcome !== "answered") return;
      await call.sleep(1000);
      const asked = await call.transfer({ to: "1002", attended: true, timeoutMs: 5000 });
      log.push(asked.outcome === "consulting" ? `consulting ${asked.target}` : `${asked.outcome} ${"back" in asked && asked.back}`);
      if (asked.outcome === "consulting") {
        void asked.consultation.over.then((how) => log.push(how));
        if (decide !== undefined) await call.sleep(2000).then(() => decide(asked.consultation));
      }
      await dialled.talk;
      log.push("talk over");
      await call.play("test/bye");
    },
  });
  const caller = rig.call();
  await rig.runMs(10);
  rig.switchboard.leg("1001-1").farAnswers();
  await rig.runMs(1000);
  const legs = { caller, agent: rig.switchboard.leg("1001-1"), target: rig.switchboard.leg("1002-1") };
  return { rig, log, ...legs, steps: () => rig.steps.splice(0) };
}

t.test("call.transfer with a question first: the caller is on hold, the two speak, then the caller is put through", async (t) => {
  const { rig, log, caller, agent, target, steps } = await consulting((consultation) => consultation.join());
  const begun = steps();
  t.same(begun.slice(begun.indexOf("unbridge caller1 1001-1")), ["unbridge caller1 1001-1", "1001-1 play tone silence tone silence repeat", "caller1 hold", "caller1 play tone silence tone silence repeat", "1001-1 play tone silence repeat", "1002-1 dialled"]);
  target.farAnswers();
  await rig.runMs(1000);
  t.same([steps(), log, caller.playing, agent.playing], [["bridge 1001-1 1002-1"], ["consulting 1002"], true, false]);
  await rig.runMs(1000);
  t.same(steps(), ["unbridge 1001-1 1002-1", "caller1 resume", "1001-1 hangup", "bridge caller1 1002-1"]);
  t.same([log, caller.playing, agent.state], [["consulting 1002", "joined"], false, "ended"]);
  target.farLeaves();
  await rig.runMs(2000);
  t.same([log.at(-1), rig.leftOver, rig.faults], ["talk over", [], []]);
  t.match(rig.data("call.transfer"), [{ kind: "attended", by: "plugin" }]);
  t.same(cdrOf(rig, "c1").agents.map(({ extension }) => extension), ["1001", "1002"]);
});

for (const [title, decide, act, how] of [
  ["taken back", (consultation: Consultation) => consultation.cancel(), undefined, "cancelled"],
  ["the target hangs up", undefined, "target", "target-left"],
] as const)
  t.test(`a question first, ${title}: the caller talks to whom it talked to`, async (t) => {
    const { rig, log, caller, agent, target, steps } = await consulting(decide);
    target.farAnswers();
    await rig.runMs(1500);
    steps();
    if (act === "target") target.farLeaves();
    await rig.runMs(1000);
    t.same([log, target.state, agent.state, caller.playing], [["consulting 1002", how], "ended", "answered", false]);
    t.same(steps().filter((step) => step.startsWith("bridge")), ["bridge caller1 1001-1"]);
    t.match(rig.data("call.transfer-failed"), [{ why: "cancelled", back: true }]);
    agent.farLeaves();
    await rig.runMs(2000);
    t.same([log.at(-1), rig.leftOver, rig.faults], ["talk over", [], []]);
  });

t.test("a question first, and who asks hangs up: the caller is put through all the same", async (t) => {
  const { rig, log, agent, target, steps } = await consulting();
  target.farAnswers();
  await rig.runMs(500);
  agent.farLeaves();
  await rig.runMs(500);
  t.same(log, ["consulting 1002", "asker-left"]);
  t.equal(steps().at(-1), "bridge caller1 1002-1");
  target.farLeaves();
  await rig.runMs(2000);
  t.same([log.at(-1), rig.leftOver, rig.faults], ["talk over", [], []]);
});

t.test("a question first: nobody answers, or both are gone by then, or the caller hangs up", async (t) => {
  for (const gone of ["nobody", "asker", "caller"] as const) {
    const { rig, log, agent, target, caller, steps } = await consulting();
    await rig.runMs(1000);
    if (gone === "caller") caller.farLeaves();
    if (gone === "asker") agent.farLeaves();
    if (gone !== "caller") target.farLeaves(486);
    await rig.runMs(500);
    t.same(log, gone === "caller" ? [] : [`busy ${gone === "nobody"}`], gone);
    if (gone === "asker") t.ok(steps().includes("caller1 play test/operator"), "not left alone");
    if (gone === "nobody") agent.farLeaves();
    await rig.runMs(3000);
    t.same([rig.leftOver, rig.faults], [[], []]);
  }
});

// A phone's INVITE takes the place of another leg (RFC 3891).

t.test("RFC 3891 3: a phone takes the place of who talks, be that the agent or a phone that called", async (t) => {
  for (const [who, replaced] of [["patient", "mine"], ["1002", "mine"], ["1002", "theirs"]] as const) {
    const rig = world();
    const [mine, theirs] = await callOf1001(rig, who);
    const [out, stays] = replaced === "mine" ? [mine, theirs] : [theirs, mine];
    const taker = rig.call("x", { origin: { kind: "phone", name: "1003" }, number: "1003", instead: out });
    await rig.runMs(1000);
    t.same([taker.state, out.state, stays.state], ["answered", "ended", "answered"], `${who} ${replaced}`);
    const bridged = rig.steps.filter((step) => step.startsWith("bridge")).at(-1)!;
    t.ok(bridged.includes(taker.id) && bridged.includes(stays.id), bridged);
    t.same([rig.manager.list().length, rig.manager.callOf("1003")], [1, "c1"], "in the same call");
    taker.farLeaves();
    await rig.runMs(3000);
    t.same([rig.leftOver, rig.faults], [[], []]);
    const cdr = cdrOf(rig, "c1");
    t.ok(cdr.recordings.every(({ sha256 }) => sha256 !== null) && cdr.recordings.length === 3, "every track is closed");
    t.ok(cdr.talkMs <= cdr.durationMs);
  }
});

t.test("RFC 3891 3: a phone picks up what rings at another one: that stops ringing, the caller talks to who picked up", async (t) => {
  for (const hangsUp of [false, true]) {
    const rig = world();
    const caller = rig.call("95001");
    await rig.runMs(100);
    const rings = rig.switchboard.leg("1001-1");
    const taker = rig.call("x", { origin: { kind: "phone", name: "1003" }, number: "1003", instead: rings });
    if (hangsUp) taker.farLeaves();
    await rig.runMs(100);
    t.same([rings.state, taker.state], hangsUp ? ["setup", "ended"] : ["ended", "answered"]);
    if (hangsUp) rings.farAnswers();
    await rig.runMs(900);
    t.equal(rig.steps.filter((step) => step.startsWith("bridge")).at(-1), `bridge caller1 ${hangsUp ? "1001-1" : "caller2"}`);
    t.same(cdrOf(rig, "c1"), undefined);
    caller.farLeaves();
    await rig.runMs(3000);
    t.same([rig.leftOver, rig.faults], [[], []]);
    t.same(cdrOf(rig, "c1").agents.map(({ extension }) => extension), [hangsUp ? "1001" : "1003"]);
  }
});

t.test("RFC 3891 3: nobody takes the place of a leg that talks to nobody; who is no phone of ours takes none at all", async (t) => {
  const rig = world();
  const [mine, patient] = await callOf1001(rig, "patient");
  const stranger = rig.call("x", { instead: mine });
  await rig.runMs(1);
  t.ok(rig.steps.includes(`${stranger.id} reject 403`));
  mine.farLeaves();
  await rig.runMs(1);
  const late = rig.call("x", { origin: { kind: "phone", name: "1003" }, instead: patient });
  await rig.runMs(1);
  t.ok(rig.steps.includes(`${late.id} reject 481`));
  await rig.runMs(3000);
  t.same([rig.leftOver, rig.faults], [[], []]);
});

t.test("RFC 3891 3: whose place is taken hangs up in that very moment: nobody is left hanging", async (t) => {
  const rig = world();
  const [mine, patient] = await callOf1001(rig, "patient");
  const taker = rig.call("x", { origin: { kind: "phone", name: "1003" }, number: "1003", instead: mine });
  mine.farLeaves();
  await rig.runMs(3000);
  t.same([taker.state, patient.state, rig.leftOver, rig.faults], ["ended", "ended", [], []]);
});
