import t from "tap";
import type { CallProgress, Detected } from "../../media/engine/detection.js";
import type { DialOptions } from "../sdk/call.js";
import { CallRig, type CallRigOptions } from "./call-rig.js";
import type { ScriptedLeg } from "./scripted-leg.js";

const progress = (progress: CallProgress): Detected => ({ kind: "progress", progress });
const HUMAN = progress({ state: "answered", by: "human", why: "pause" });
const MACHINE = progress({ state: "answered", by: "machine", why: "greeting" });
const UNKNOWN = progress({ state: "answered", by: "unknown", why: "silence" });
const FAX = progress({ state: "fax" });
const BUSY = progress({ state: "busy", by: "sound" });
const SIT = progress({ state: "no-such-number", by: "sound" });
const BEEP: Detected = { kind: "beep" };

const ANSWERED = `{"progress":{"country":"cn","answered":true}}`;

interface Dialled {
  readonly rig: CallRig;
  readonly caller: ScriptedLeg;
  readonly outcomes: string[];
  readonly phone: (id?: string) => ScriptedLeg;
}

const dialling = async (options: Partial<DialOptions>, rigOptions: Omit<CallRigOptions, "handler"> = {}): Promise<Dialled> => {
  const outcomes: string[] = [];
  const rig = new CallRig({
    contacts: { "1001": 1, "1002": 1 },
    ...rigOptions,
    handler: async (call) => {
      await call.answer();
      const dialled = await call.dial({ targets: ["1001"], ...options });
      const answeredBy = "answeredBy" in dialled ? dialled.answeredBy : undefined;
      outcomes.push([dialled.outcome, answeredBy?.who, answeredBy?.why, answeredBy?.afterMs, answeredBy?.beep].filter((one) => one !== undefined).join(" "));
      if (dialled.outcome !== "answered") return;
      await dialled.talk;
      outcomes.push("over");
    },
  });
  const caller = rig.call();
  await rig.runMs(10);
  return { rig, caller, outcomes, phone: (id = "1001-1") => rig.switchboard.leg(id) };
};

const bridged = ({ rig }: Dialled): boolean => rig.steps.some((step) => step.startsWith("bridge"));

// RFC 3261 section 21, E.180: what is signalled and what is heard lead to one outcome. `joined`: the two hear each other.
const ROWS: readonly { readonly name: string; readonly early?: Detected; readonly status?: number; readonly after?: readonly Detected[]; readonly onMachine?: "join"; readonly outcome: string; readonly joined?: boolean }[] = [
  { name: "486", status: 486, outcome: "busy" },
  { name: "busy tone in early media", early: BUSY, outcome: "busy" },
  { name: "busy tone after the answer", after: [BUSY], outcome: "busy" },
  { name: "no such number, in early media", early: SIT, outcome: "unreachable" },
  { name: "no such number, after the answer", after: [SIT], outcome: "unreachable" },
  { name: "ringback in early media, then a person", early: progress({ state: "ringing", by: "sound" }), after: [HUMAN], outcome: "answered human pause 1000", joined: true },
  { name: "nobody speaks", after: [UNKNOWN], outcome: "answered unknown silence 1000", joined: true },
  { name: "a machine", after: [MACHINE], outcome: "machine machine greeting 1000" },
  { name: "a fax", after: [FAX], outcome: "fax fax tone 1000" },
  { name: "a fax where machines are wanted", after: [FAX], onMachine: "join", outcome: "fax fax tone 1000" },
  { name: "a person where machines are wanted", after: [HUMAN], onMachine: "join", outcome: "answered human pause 1000", joined: true },
  { name: "a machine and its beep", after: [MACHINE, BEEP], onMachine: "join", outcome: "answered machine greeting 1000 true", joined: true },
];

for (const { name, early, status, after, onMachine, outcome, joined = false } of ROWS)
  t.test(`dial, who picked up: ${name}`, async (t) => {
    const dialled = await dialling({ answeringMachine: onMachine === undefined ? true : { onMachine } });
    const { rig, phone, outcomes } = dialled;
    t.same(phone().detectors, { progress: { country: "cn", answered: false } }, "early media is listened to from the first moment");
    if (early !== undefined) phone().farSounds(early);
    if (status !== undefined) phone().farLeaves(status);
    if (after !== undefined) phone().farAnswers();
    await rig.runMs(1000);
    if (after !== undefined) t.ok(rig.steps.includes(`1001-1 detect ${ANSWERED}`) && !bridged(dialled), "not joined before it is clear");
    for (const detected of after ?? []) phone().farSounds(detected);
    await rig.runMs(10);
    t.same(outcomes, [outcome]);
    t.equal(bridged(dialled), joined);
    if (joined) t.equal(phone().detectors, undefined, "and is listened to no longer");
    else t.equal(phone().state, "ended");
    const told = rig.data("call.answered-by");
    t.equal(told.length, / (human|machine|fax|unknown)/.test(outcome) ? 1 : 0);
    if (told[0] !== undefined) t.ok(outcome.includes(`${String(told[0]["who"])} ${String(told[0]["why"])} ${String(told[0]["afterMs"])}`));
    rig.manager.hangupAll();
    await rig.runMs(100);
    t.same(rig.leftOver, []);
    t.same(rig.faults, []);
  });

t.test("one after the other: a machine is let go and the next one rings; the last machine is told where nobody answers", async (t) => {
  const { rig, phone, outcomes } = await dialling({ targets: ["1001", "1002"], strategy: "sequential", answeringMachine: true });
  phone().farAnswers();
  await rig.runMs(10);
  phone().farSounds(MACHINE, 2400);
  await rig.runMs(10);
  t.equal(phone().state, "ended");
  phone("1002-1").farLeaves(486);
  await rig.runMs(10);
  t.same(outcomes, ["machine machine greeting 2400"]);
  rig.manager.hangupAll();
  await rig.runMs(100);
  t.same(rig.leftOver, []);
});

t.test("a media plane that says nothing: unknown after 8 s; a beep that never comes: joined after the time told", async (t) => {
  const silent = await dialling({ answeringMachine: true });
  silent.phone().farAnswers();
  await silent.rig.runMs(7990);
  t.same(silent.outcomes, []);
  await silent.rig.runMs(20);
  t.same(silent.outcomes, ["answered unknown limit 8000"]);
  const talker = await dialling({ answeringMachine: { onMachine: "join", beepMs: 12_000 } });
  talker.phone().farAnswers();
  await talker.rig.runMs(10);
  talker.phone().farSounds(MACHINE, 2400);
  await talker.rig.runMs(11_900);
  t.same(talker.outcomes, []);
  await talker.rig.runMs(200);
  t.same(talker.outcomes, ["answered machine greeting 2400 false"]);
  for (const { rig } of [silent, talker]) {
    rig.manager.hangupAll();
    await rig.runMs(100);
    t.same(rig.leftOver, []);
  }
});

t.test("who leaves while it is not clear who picked up: the other side, no-answer; the caller, nobody is asked any more", async (t) => {
  const gone = await dialling({ answeringMachine: true });
  gone.phone().farAnswers();
  await gone.rig.runMs(500);
  gone.phone().farLeaves();
  await gone.rig.runMs(10);
  t.same(gone.outcomes, ["no-answer"]);
  const left = await dialling({ answeringMachine: true });
  left.phone().farAnswers();
  await left.rig.runMs(500);
  left.caller.farLeaves();
  await left.rig.runMs(10);
  t.equal(left.phone().state, "ended");
  gone.rig.manager.hangupAll();
  for (const { rig } of [gone, left]) {
    await rig.runMs(100);
    t.same(rig.leftOver, []);
    t.same(rig.faults, []);
  }
});

t.test("busy tone in a talk is a far side that hung up, where tones are listened for, and only there", async (t) => {
  for (const listens of [true, false]) {
    const { rig, phone, outcomes } = await dialling(listens ? { tones: "eu" } : {});
    phone().farAnswers();
    await rig.runMs(5000);
    t.same(phone().detectors, listens ? { tones: "eu" } : undefined);
    phone().farSounds({ kind: "tone", tone: "busy" });
    await rig.runMs(10);
    t.same(outcomes, listens ? ["answered", "over"] : ["answered"]);
    if (listens) t.match(rig.data("call.heard"), [{ leg: "1001-1", sound: "busy", afterMs: 1000 }]);
    rig.manager.hangupAll();
    await rig.runMs(100);
    t.same(rig.leftOver, []);
  }
});

t.test("detect: tones, faxes, voices and levels come in order; the journal has the tones; 64 wait at most; it ends with its call", async (t) => {
  const told: string[] = [];
  const rig = new CallRig({
    contacts: { "1001": 1 },
    handler: async (call) => {
      await call.answer();
      const heard = await call.detect({ tones: "cn", fax: true, voice: true, levelEveryMs: 500 });
      for (;;) {
        const sound = await heard.next(1000);
        if (sound === undefined) break;
        told.push(sound.kind === "tone" || sound.kind === "fax" ? sound.tone : sound.kind);
        if (sound.kind === "fax") await heard.stop();
      }
      told.push("stopped");
      const again = await call.detect({ voice: true });
      await call.sleep(10_000);
      for (let i = 0; i < 64; i++) await again.next(10);
      told.push(String(await again.next(10)));
      await again.next(3_600_000).catch((error: unknown) => told.push((error as Error).name));
    },
  });
  const caller = rig.call();
  await rig.runMs(10);
  t.same(caller.detectors, { tones: "cn", fax: true, voice: true, levelEveryMs: 500 });
  caller.farSounds({ kind: "tone", tone: "ringback" });
  caller.farSounds({ kind: "voice", speaking: true });
  await rig.runMs(400);
  caller.farSounds({ kind: "level", rmsDbm0: -20, peakDbm0: -8 });
  caller.farSounds({ kind: "fax", tone: "cng" }, 3700);
  await rig.runMs(10);
  t.same(told, ["ringback", "voice", "level", "cng", "stopped"]);
  t.same(rig.data("call.heard").map(({ sound, afterMs }) => [sound, afterMs]), [["ringback", 1000], ["cng", 3700]]);
  for (let i = 0; i < 100; i++) caller.farSounds({ kind: "voice", speaking: i % 2 === 0 });
  await rig.runMs(10_100);
  t.equal(told.at(-1), "undefined");
  caller.farLeaves();
  await rig.runMs(10);
  t.equal(told.at(-1), "CallEnded");
  await rig.runMs(100);
  t.same(rig.leftOver, []);
});

t.test("detect: of somebody else in the call, and of nobody", async (t) => {
  const told: string[] = [];
  const rig = new CallRig({
    contacts: { "1001": 1 },
    handler: async (call) => {
      await call.answer();
      await call.detect({ of: "1002", fax: true }).catch((error: unknown) => told.push((error as { readonly code: string }).code));
      await call.dial({ targets: ["1001"] });
      const heard = await call.detect({ of: "1001", voice: true });
      const sound = await heard.next(5000);
      told.push(sound?.kind ?? "nothing");
      told.push(String(await heard.next(60_000)));
    },
  });
  rig.call();
  await rig.runMs(10);
  const phone = rig.switchboard.leg("1001-1");
  phone.farAnswers();
  await rig.runMs(10);
  phone.farSounds({ kind: "voice", speaking: true });
  await rig.runMs(10);
  phone.farLeaves();
  await rig.runMs(100);
  t.same(told, ["CALL_STATE", "voice", "undefined"]);
  await rig.runMs(1000);
  t.same(rig.leftOver, []);
});
