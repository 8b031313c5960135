import t, { type Test } from "tap";
import type { RecordOptions } from "../sdk/call.js";
import { CallRig } from "./call-rig.js";
import type { ScriptedLeg } from "./scripted-leg.js";

/** A call that takes a message; `outcomes` holds what became of it. */
async function taking(options: RecordOptions): Promise<{ readonly rig: CallRig; readonly caller: ScriptedLeg; readonly outcomes: string[] }> {
  const outcomes: string[] = [];
  const rig = new CallRig({
    handler: async (call) => {
      await call.answer();
      try {
        const { ended, ...message } = await call.record(options);
        outcomes.push([ended, ...Object.values(message)].join(" "));
        await call.play("test/thanks");
      } catch (error) {
        outcomes.push((error as Error).name);
        throw error;
      }
    },
  });
  const caller = rig.call();
  await rig.runMs(10);
  return { rig, caller, outcomes };
}

async function over(t: Test, rig: CallRig): Promise<void> {
  rig.manager.hangupAll();
  await rig.runMs(2000);
  t.same(rig.leftOver, []);
  t.same(rig.faults, []);
}

for (const [name, end, outcome] of [
  ["a pause", { why: "silence", durationMs: 4200, sha256: "aa" }, "silence c1-message-1 4200"],
  ["its longest length", { why: "too-long", durationMs: 60_000, sha256: "aa" }, "length c1-message-1 60000"],
  ["no word at all", { why: "no-speech", durationMs: 0, sha256: "aa" }, "nothing"],
  ["a disk that is full", { why: "failed" }, "failed"],
] as const)
  t.test(`record: a message ended by ${name}`, async (t) => {
    const { rig, caller, outcomes } = await taking({ prompt: "test/leave-a-message", maxMs: 60_000 });
    await rig.runMs(1000);
    t.ok(rig.steps.at(-1)?.endsWith("play tone"), "a beep");
    await rig.runMs(400);
    t.equal(rig.steps.at(-1), "caller1 message c1-message-1 5000 2000 60000", "begins behind the beep");
    caller.endMessage!(end);
    await rig.runMs(10);
    t.same(outcomes, [outcome]);
    t.ok(rig.steps.at(-1)?.endsWith("play test/thanks"));
    t.equal(rig.data("call.message-recorded").length, end.why === "failed" ? 0 : 1);
    if (end.why !== "failed") t.match(rig.data("call.message-recorded"), [{ recording: "c1-message-1", leg: "caller1", why: end.why, durationMs: end.durationMs, sha256: "aa" }]);
    await over(t, rig);
  });

t.test("record: a key ends it and answers nothing else; keys before the beep don't", async (t) => {
  const { rig, caller, outcomes } = await taking({ maxMs: 60_000, endSilenceMs: 3000, beginMs: 8000 });
  caller.press("1");
  await rig.runMs(1000);
  t.same([rig.steps.at(-1), outcomes], ["caller1 message c1-message-1 8000 3000 60000", []]);
  caller.press("#");
  await rig.runMs(10);
  t.same(outcomes, ["key c1-message-1 1500"]);
  t.ok(caller.playing, "the next announcement is not cut short");
  await over(t, rig);
});

t.test("record: a caller who hangs up has left a message, and the handler is told that they are gone", async (t) => {
  const { rig, caller, outcomes } = await taking({ maxMs: 60_000, beep: false });
  await rig.runMs(900);
  caller.farLeaves();
  await rig.runMs(10);
  t.same(outcomes, ["CallEnded"]);
  t.match(rig.data("call.message-recorded"), [{ why: "stopped", durationMs: 700 }]);
  t.ok(rig.types.indexOf("call.message-recorded") < rig.types.indexOf("call.ended"));
  await over(t, rig);
});
