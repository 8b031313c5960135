// What a caller hears of those who are rung, before any of them answers (RFC 3960).
import t from "tap";
import { outsideCallHandler } from "../routing/outside-call.js";
import { phoneCallHandler } from "../routing/phone-call.js";
import type { DialOptions } from "../sdk/call.js";
import { CallRig } from "./call-rig.js";
import type { ScriptedLeg } from "./scripted-leg.js";

const PHONE = { number: "1001", origin: { kind: "phone", name: "1001" } } as const;
const NUMBER = "13900000001";

/** The menu has answered, then dials. */
async function answered(options: DialOptions): Promise<{ readonly rig: CallRig; readonly caller: ScriptedLeg; readonly leg: (id: string) => ScriptedLeg; readonly since: () => readonly string[] }> {
  const rig = new CallRig({
    contacts: { "1001": 1, "1002": 1 },
    handler: async (call) => {
      await call.answer();
      const dialled = await call.dial(options);
      if (dialled.outcome === "answered") await dialled.talk;
      else await call.play("test/failed");
    },
  });
  const caller = rig.call();
  await rig.runMs(10);
  let seen = rig.steps.length;
  return { rig, caller, leg: (id) => rig.switchboard.leg(id), since: () => rig.steps.slice(seen, (seen = rig.steps.length)) };
}

const outside = async (trunks: readonly string[]): Promise<{ readonly rig: CallRig; readonly phone: ScriptedLeg; readonly trunk: (name: string) => ScriptedLeg }> => {
  const rig = new CallRig({ contacts: Object.fromEntries(trunks.map((name) => [`${name}/${NUMBER}`, 1])), handler: outsideCallHandler({ number: NUMBER, trunks }) });
  const phone = rig.call("95001", PHONE);
  await rig.runMs(10);
  return { rig, phone, trunk: (name) => rig.switchboard.leg(`${name}/${NUMBER}-1`) };
};

t.test("an answered caller hears the far side in place of our ringback, and goes on hearing it when it answers", async (t) => {
  const { rig, caller, leg, since } = await answered({ targets: ["1001"] });
  t.equal(caller.playing, true, "ringback");
  leg("1001-1").farIsHeard();
  leg("1001-1").farIsHeard();
  t.same([since(), caller.playing], [["bridge caller1 1001-1"], false]);
  await rig.runMs(2000);
  t.same(rig.data("call.early-media"), [{ leg: "1001-1", extension: "1001", offsetMs: 10 }], "once");
  t.same(rig.data("call.bridged"), []);
  leg("1001-1").farAnswers();
  await rig.runMs(0);
  t.same(since(), [], "the two stay joined");
  t.match(rig.data("call.bridged"), [{ leg: "1001-1", offsetMs: 2010 }]);
  t.match(rig.data("call.agent-answered"), [{ offsetMs: 2010 }]);
  caller.farLeaves();
  await rig.runMs(10);
  t.same([since(), rig.leftOver], [["1001-1 hangup", "unbridge caller1 1001-1"], []]);
});

t.test("keys are still ours until somebody answers", async (t) => {
  let key: unknown;
  const rig = new CallRig({
    contacts: { "1001": 1 },
    handler: async (call) => {
      await call.answer();
      await call.dial({ targets: ["1001"], timeoutMs: 1000 });
      key = await call.menu({ prompt: "test/menu", keys: ["7"] });
    },
  });
  const caller = rig.call();
  await rig.runMs(10);
  rig.switchboard.leg("1001-1").farIsHeard();
  caller.press("7");
  await rig.runMs(1100);
  t.equal(key, "7");
});

t.test("an announcement that the handler asked for is not interrupted", async (t) => {
  const { rig, caller, leg, since } = await answered({ targets: ["1001"], whileRinging: "test/wait" });
  leg("1001-1").farIsHeard();
  t.same([since(), caller.playing, rig.data("call.early-media")], [[], true, []]);
  leg("1001-1").farAnswers();
  await rig.runMs(0);
  t.same(since(), ["bridge caller1 1001-1"]);
});

t.test("of two that are heard the first is, until it refuses; then the other", async (t) => {
  const { rig, leg, since } = await answered({ targets: ["1001", "1002"] });
  leg("1002-1").farIsHeard();
  leg("1001-1").farIsHeard();
  t.same(since(), ["bridge caller1 1002-1"]);
  leg("1002-1").farLeaves(486);
  await rig.runMs(1);
  t.same(since(), ["unbridge caller1 1002-1", "bridge caller1 1001-1"]);
  leg("1001-1").farLeaves(486);
  await rig.runMs(1);
  t.same(since(), ["unbridge caller1 1001-1", "caller1 play test/failed"], "no ringback where nobody rings");
});

t.test("another one answers than the one that is heard", async (t) => {
  const { rig, leg, since } = await answered({ targets: ["1001", "1002"] });
  leg("1001-1").farIsHeard();
  leg("1002-1").farAnswers();
  await rig.runMs(1);
  t.match(since(), ["bridge caller1 1001-1", "1001-1 hangup", "unbridge caller1 1001-1", "bridge caller1 1002-1"]);
  t.match(rig.data("call.bridged"), [{ leg: "1002-1" }]);
});

t.test("one after the other: ringback again while the second rings", async (t) => {
  const { rig, caller, leg } = await answered({ targets: ["1001", "1002"], strategy: "sequential" });
  leg("1001-1").farIsHeard();
  leg("1001-1").farLeaves(480);
  await rig.runMs(1);
  t.equal(caller.playing, true);
  leg("1002-1").farIsHeard();
  t.equal(caller.playing, false);
  leg("1002-1").farAnswers();
  await rig.runMs(1);
  t.match(rig.data("call.bridged"), [{ leg: "1002-1" }]);
});

t.test("RFC 3261 21.1.5: a phone that calls out is sent 183 when the far side is heard, and is answered when that answers", async (t) => {
  const { rig, phone, trunk } = await outside(["a"]);
  trunk("a").farIsHeard();
  t.same(rig.steps.slice(-3), ["caller1 ring", "caller1 progress", `bridge caller1 a/${NUMBER}-1`]);
  t.same([phone.state, rig.data("call.answered")], ["ringing", []], "nothing is charged yet");
  await rig.runMs(3000);
  trunk("a").farAnswers();
  await rig.runMs(10);
  t.equal(phone.state, "answered");
  t.match([rig.data("call.early-media"), rig.data("call.answered"), rig.data("call.bridged")], [[{ trunk: "a", extension: NUMBER, offsetMs: 10 }], [{ offsetMs: 3010 }], [{ offsetMs: 3010 }]]);
  trunk("a").farLeaves();
  await rig.runMs(10);
  t.same(rig.leftOver, []);
});

t.test("a failure announcement is heard, and then the call fails as ever", async (t) => {
  const { rig, trunk } = await outside(["a"]);
  trunk("a").farIsHeard();
  await rig.runMs(4000);
  trunk("a").farLeaves(404);
  await rig.runMs(10);
  t.same(rig.steps.slice(-2), [`unbridge caller1 a/${NUMBER}-1`, "caller1 reject 404"]);
  t.match(rig.data("call.ended"), [{ status: 404 }]);
  t.same([rig.data("call.answered"), rig.leftOver], [[], []]);
});

t.test("the first trunk's announcement and 503, and the second one's ringing: the phone, which makes no ringback any more, hears ours", async (t) => {
  const { rig, phone, trunk } = await outside(["a", "b"]);
  trunk("a").farIsHeard();
  trunk("a").farLeaves(503);
  await rig.runMs(10);
  t.equal(phone.playing, false);
  trunk("b").farRings();
  t.equal(phone.playing, true);
  trunk("b").farAnswers();
  await rig.runMs(10);
  t.same([phone.playing, phone.state], [false, "answered"]);
});

t.test("the caller hangs up while it hears early media: everything is released in the same step", async (t) => {
  const { rig, phone, trunk } = await outside(["a"]);
  trunk("a").farIsHeard();
  phone.farLeaves();
  await rig.runMs(10);
  t.same([trunk("a").state, rig.leftOver], ["ended", []]);
});

t.test("a caller who takes no early media goes on hearing its own ringback", async (t) => {
  const { rig, phone, trunk } = await outside(["a"]);
  phone.takesProgress = false;
  trunk("a").farIsHeard();
  t.same(rig.steps.slice(-1), ["caller1 ring"]);
  trunk("a").farAnswers();
  await rig.runMs(10);
  t.match(rig.data("call.bridged"), [{ trunk: "a" }]);
});

t.test("from phone to phone likewise", async (t) => {
  const rig = new CallRig({ contacts: { "1002": 1 }, handler: phoneCallHandler("1002") });
  rig.call("95001", PHONE);
  await rig.runMs(10);
  rig.switchboard.leg("1002-1").farIsHeard();
  t.same(rig.steps, ["caller1 ring", "1002-1 dialled", "caller1 progress", "bridge caller1 1002-1"]);
});

t.test("where it is listened who answers, nobody is heard any more until that is known", async (t) => {
  const rig = new CallRig({
    contacts: { "1001": 1 },
    handler: async (call) => {
      await call.answer();
      await call.dial({ targets: ["1001"], answeringMachine: true });
    },
  });
  const caller = rig.call();
  await rig.runMs(10);
  const leg = rig.switchboard.leg("1001-1");
  leg.farIsHeard();
  t.equal(caller.playing, false);
  leg.farAnswers();
  await rig.runMs(1);
  t.same(rig.steps.filter((step) => step.includes("bridge")), ["bridge caller1 1001-1", "unbridge caller1 1001-1"]);
  t.equal(caller.playing, true, "ringback until then");
});
