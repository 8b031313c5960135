import t from "tap";
import type { MediaCommand } from "../../media/engine/command.js";
import { farSdp, LegRig, settle } from "./leg-rig.js";

const terms = (rig: LegRig): readonly string[] =>
  rig.media.commands.filter((command): command is Extract<MediaCommand, { type: "leg.media" }> => command.type === "leg.media").map(({ settings }) => `${settings.codec} ${settings.remote.port} ${settings.direction}`);

/** A far side at a port of its own. */
const branch = (port: number, more: Parameters<typeof farSdp>[0] = {}): string => farSdp({ codecs: ["PCMA"], port, ...more });

type Step = readonly [status: number, sdp?: string] | "sound";

for (const row of [
  { title: "180 is ringing alone", steps: [[180]], told: ["ringing"], terms: [] },
  { title: "183 without SDP is ringing alone", steps: [[183], [180]], told: ["ringing"], terms: [] },
  { title: "183 with SDP is listened to, and heard once its sound comes", steps: [[183, branch(4000)], "sound"], told: ["ringing", "early media"], terms: ["PCMA 4000 recvonly"] },
  { title: "RFC 3960 3.2: 183 with SDP that no sound follows is ringing", steps: [[183, branch(4000)]], told: ["ringing"], terms: ["PCMA 4000 recvonly"] },
  { title: "180 with SDP likewise", steps: [[180, branch(4000)], "sound"], told: ["ringing", "early media"], terms: ["PCMA 4000 recvonly"] },
  { title: "180 after 183 keeps the sound", steps: [[183, branch(4000)], "sound", [180], [183]], told: ["ringing", "early media"], terms: ["PCMA 4000 recvonly"] },
  { title: "the latest branch of a fork is listened to", steps: [[183, branch(4000)], "sound", [183, branch(4002)], "sound"], told: ["ringing", "early media", "early media"], terms: ["PCMA 4000 recvonly", "PCMA 4002 recvonly"] },
  { title: "RFC 3264 6.1: a far side that only sends is heard and holds nothing", steps: [[183, branch(4000, { direction: "sendonly" })], "sound"], told: ["ringing", "early media"], terms: ["PCMA 4000 recvonly"] },
  { title: "one that only listens is not spoken to yet", steps: [[183, branch(4000, { direction: "recvonly" })]], told: ["ringing"], terms: ["PCMA 4000 inactive"] },
  { title: "an answer that can't be read ends nothing", steps: [[183, "v=0"], [183, farSdp({ codecs: ["PCMA"], address: "2001:db8::1" })]], told: ["ringing"], terms: [] },
  { title: "100 is nothing", steps: [[100, branch(4000)]], told: [], terms: [] },
] as readonly { readonly title: string; readonly steps: readonly Step[]; readonly told: readonly string[]; readonly terms: readonly string[] }[])
  t.test(`RFC 3261 13.2.2.1: ${row.title}`, async (t) => {
    const rig = new LegRig({ direction: "outgoing" });
    rig.opened();
    for (const step of row.steps) {
      if (step === "sound") rig.soundStarts();
      else rig.session.events!.onProgress(step[0], step[1]);
    }
    await settle();
    t.same([rig.told, terms(rig)], [row.told, row.terms]);
    t.equal(rig.leg.hasSound, row.terms.length > 0);
    // Another branch answers than the one that was heard.
    rig.session.events!.onAnswered(branch(4010));
    await settle();
    t.same([rig.told.at(-1), terms(rig).at(-1), rig.leg.state], ["answered", "PCMA 4010 sendrecv", "answered"]);
    rig.soundStarts();
    rig.session.events!.onProgress(183, branch(4012));
    t.same([rig.told.at(-1), terms(rig).at(-1)], ["answered", "PCMA 4010 sendrecv"], "what comes late is no news");
    rig.ended("bye");
    rig.closed();
    await settle();
    t.same([rig.clock.pending, rig.hub.size], [0, 0]);
  });

t.test("RFC 3264 8.4: a 200 that answers sendonly after early media is told as held, once", async (t) => {
  const rig = new LegRig({ direction: "outgoing" });
  rig.opened();
  rig.session.events!.onProgress(183, branch(4000, { direction: "sendonly" }));
  rig.session.events!.onAnswered(branch(4000, { direction: "sendonly" }));
  await settle();
  t.same(rig.told, ["ringing", "held", "answered"]);
});

t.test("no sound for 3 s before the answer is nobody's fault", async (t) => {
  const rig = new LegRig({ direction: "outgoing" });
  rig.opened();
  rig.session.events!.onProgress(183, branch(4000));
  rig.media.emit({ type: "media.silent", leg: rig.leg.id, expected: "198.51.100.7, any port", received: 0, foreign: 0 });
  t.same(rig.told, ["ringing"]);
});

t.test("RFC 3261 13.3.1.4: a caller hears before the answer by a 183, and the 200 says the same", async (t) => {
  const rig = new LegRig({ direction: "incoming" });
  t.equal(rig.leg.progress(), false, "no port yet");
  rig.opened();
  rig.leg.prefer("PCMA");
  rig.leg.ring();
  t.equal(rig.leg.progress(), true);
  t.equal(rig.leg.progress(), true, "again, which says nothing");
  t.same([rig.leg.state, rig.leg.hasSound, terms(rig)], ["ringing", true, ["PCMA 4000 sendrecv"]]);
  rig.leg.play([{ kind: "silence", durationMs: 20 }], { bargeIn: false, repeat: false });
  rig.leg.ring();
  rig.leg.prefer("PCMU");
  const answered = rig.leg.answer();
  rig.session.events!.onConfirmed(undefined);
  await answered;
  t.same([rig.session.done, rig.session.answered], [["180", "183", "200"], rig.session.progressed]);
  t.same(terms(rig), ["PCMA 4000 sendrecv"], "nothing changes for its sound");
  rig.ended("bye");
  rig.closed();
  await settle();
  t.same([rig.told, rig.clock.pending, rig.hub.size], [["answered", "ending", "ended remote bye"], 0, 0]);
});

for (const [title, end, sip] of [
  ["CANCEL", (rig: LegRig): void => rig.ended("cancelled"), ["183"]],
  ["rejected", (rig: LegRig): void => rig.leg.reject(486), ["183", "486"]],
  ["hung up", (rig: LegRig): void => rig.leg.hangup(), ["183", "hangup"]],
] as const)
  t.test(`RFC 3261 9.2: ${title} after the 183 leaves nothing`, async (t) => {
    const rig = new LegRig({ direction: "incoming" });
    rig.opened();
    rig.leg.progress();
    end(rig);
    t.same([rig.leg.hasSound, rig.leg.progress()], [false, false]);
    rig.ended("rejected", "local");
    rig.closed();
    await settle();
    t.same([rig.session.done, rig.clock.pending, rig.hub.size], [sip, 0, 0]);
  });

t.test("who made no offer, or none that we can answer, is not sent 183", async (t) => {
  for (const offer of ["none", farSdp().replace("m=audio", "m=video")]) {
    const rig = new LegRig({ direction: "incoming", offer });
    rig.opened();
    t.same([rig.leg.progress(), rig.leg.hasSound, rig.session.done, terms(rig)], [false, false, [], []]);
  }
});

t.test("both sides of early media go on in another process, and the 200 still says what the 183 said", async (t) => {
  const caller = new LegRig({ direction: "incoming" });
  caller.opened();
  caller.leg.progress();
  const again = new LegRig({ direction: "incoming", past: (await caller.suspended(20_000))! });
  t.equal(again.leg.hasSound, true);
  again.opened();
  t.same(terms(again), ["PCMU 4000 sendrecv"]);
  void again.leg.answer();
  t.same([again.session.done, again.session.answered], [["200"], caller.session.progressed]);

  const called = new LegRig({ direction: "outgoing" });
  called.opened();
  called.session.events!.onProgress(183, branch(4000));
  const state = (await called.suspended(20_000))!;
  t.match(state, { state: "ringing", early: true });
  const next = new LegRig({ direction: "outgoing", past: state });
  next.opened();
  next.soundStarts();
  next.session.events!.onAnswered(branch(4000));
  await settle();
  t.same([next.told, terms(next)], [["early media", "answered"], ["PCMA 4000 recvonly", "PCMA 4000 sendrecv"]]);
});

t.test("a port that is lost before the answer is told of once the caller is answered", async (t) => {
  const rig = new LegRig({ direction: "incoming" });
  rig.opened();
  rig.leg.progress();
  rig.media.emit({ type: "leg.moved", leg: rig.leg.id, address: "127.0.0.1", port: 20_008 });
  const answered = rig.leg.answer();
  t.same(rig.session.answered, rig.session.progressed);
  rig.session.events!.onConfirmed(undefined);
  await answered;
  await settle();
  t.match(rig.session.reoffered, [/m=audio 20008 /]);
});
