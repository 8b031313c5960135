// A phone's call to an outside number: the built-in handler over real call control and scripted legs.
import t from "tap";
import { outsideCallHandler, refusingHandler } from "../routing/outside-call.js";
import { CallRig } from "./call-rig.js";
import type { ScriptedLeg } from "./scripted-leg.js";

const NUMBER = "13900000001";
const PHONE = { number: "1001", origin: { kind: "phone", name: "1001" } } as const;

/** Two trunks that have room, unless `full` names one. */
async function rig(full: readonly string[] = []): Promise<{ readonly rig: CallRig; readonly phone: ScriptedLeg; readonly trunk: (name: string) => ScriptedLeg }> {
  const contacts = Object.fromEntries(["a", "b"].filter((name) => !full.includes(name)).map((name) => [`${name}/${NUMBER}`, 1]));
  const made = new CallRig({ contacts, handler: outsideCallHandler({ number: NUMBER, trunks: ["a", "b"] }) });
  const phone = made.call("95001", PHONE);
  await made.runMs(10);
  return { rig: made, phone, trunk: (name) => made.switchboard.leg(`${name}/${NUMBER}-1`) };
}

t.test("answered: the phone rings back when the far side rings, talks, is recorded, and both end together", async (t) => {
  const { rig: r, phone, trunk } = await rig();
  t.equal(phone.state, "setup", "no ringing is made up");
  trunk("a").farRings();
  t.equal(phone.state, "ringing");
  trunk("a").farAnswers();
  await r.runMs(1000);
  t.equal(phone.state, "answered");
  trunk("a").farLeaves();
  await r.runMs(100);
  t.same(r.leftOver, []);
  t.same(r.data("call.dialled"), [{ leg: `a/${NUMBER}-1`, extension: NUMBER, trunk: "a", offsetMs: 0 }]);
  t.match(r.data("call.bridged"), [{ trunk: "a" }]);
  t.match(r.data("call.recording-started").map(({ role }) => role), ["outside", "caller"]);
  t.match(r.data("call.ended"), [{ by: "server", cause: "bye" }]);
  t.equal(r.manager.callOf(NUMBER), undefined);
});

for (const [title, fails, next, status] of [
  ["486", (leg: ScriptedLeg): void => leg.farLeaves(486), false, 486],
  ["603", (leg: ScriptedLeg): void => leg.farLeaves(603), false, 603],
  ["404", (leg: ScriptedLeg): void => leg.farLeaves(404), false, 404],
  ["407 that could not be answered", (leg: ScriptedLeg): void => leg.farLeaves(407), true, 503],
  ["503", (leg: ScriptedLeg): void => leg.farLeaves(503), true, 503],
  ["500", (leg: ScriptedLeg): void => leg.farLeaves(500), true, 503],
  ["silence", (leg: ScriptedLeg): void => leg.farFails(), true, 503],
] as const)
  t.test(`a trunk's ${title}: ${next ? "the next one is tried" : "it stands"}, the phone hears ${status}`, async (t) => {
    const { rig: r, phone, trunk } = await rig();
    fails(trunk("a"));
    await r.runMs(10);
    t.equal(r.switchboard.legs.length, next ? 2 : 1);
    if (next) {
      t.equal(phone.state, "setup", "the phone waits meanwhile");
      fails(trunk("b"));
      await r.runMs(10);
    }
    t.same(r.steps.filter((step) => step.startsWith("caller1 reject")), [`caller1 reject ${status}`]);
    t.same(r.data("call.dialled").map((data) => data.trunk), next ? ["a", "b"] : ["a"]);
    t.match(r.data("call.ended"), [{ by: "server", cause: "rejected", status }]);
    t.same(r.leftOver, []);
  });

t.test("the second trunk answers where the first fails", async (t) => {
  const { rig: r, phone, trunk } = await rig();
  trunk("a").farLeaves(503);
  await r.runMs(10);
  trunk("b").farAnswers();
  await r.runMs(10);
  t.equal(phone.state, "answered");
  phone.farLeaves();
  await r.runMs(10);
  t.equal(trunk("b").state, "ended");
  t.same(r.leftOver, []);
});

t.test("a full trunk is passed over; all full: 503", async (t) => {
  const one = await rig(["a"]);
  one.trunk("b").farAnswers();
  await one.rig.runMs(10);
  t.equal(one.phone.state, "answered");
  const none = await rig(["a", "b"]);
  t.same(none.rig.steps, ["caller1 reject 503"]);
});

t.test("nobody lifts: 480 after two minutes, and no other trunk would help", async (t) => {
  const { rig: r, trunk } = await rig();
  trunk("a").farRings();
  await r.runMs(120_000);
  t.same(r.steps.slice(-2), [`a/${NUMBER}-1 hangup`, "caller1 reject 480"]);
  t.equal(r.switchboard.legs.length, 1);
  await r.runMs(10);
  t.same(r.leftOver, []);
});

t.test("the phone hangs up while it rings: the trunk's leg is cancelled in the same step, and no other is tried", async (t) => {
  const { rig: r, phone, trunk } = await rig();
  trunk("a").farRings();
  phone.farLeaves();
  await r.runMs(10);
  t.equal(trunk("a").state, "ended");
  t.equal(r.switchboard.legs.length, 1);
  t.same(r.leftOver, []);
});

t.test("a phone that may not dial out hears why", async (t) => {
  const r = new CallRig({ handler: refusingHandler(403) });
  r.call("95001", PHONE);
  await r.runMs(10);
  t.same(r.steps, ["caller1 reject 403"]);
  t.same(r.leftOver, []);
});
