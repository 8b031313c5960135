import t from "tap";
import { farSdp, LegRig, settle } from "./leg-rig.js";

const PORT = 20000;

t.test("a leg that talks goes on in another process: same port, same terms, the next description counts on", async (t) => {
  const first = new LegRig({ direction: "incoming" });
  await first.talk();
  const state = (await first.suspended(PORT))!;
  t.match(state, { state: "answered", answerSent: true, media: { port: PORT }, local: { port: PORT } });
  t.same(first.session.done, ["200"], "not a word to the far side");

  const second = new LegRig({ direction: "incoming", past: state });
  t.match(second.media.commands[0], { type: "leg.open", from: { port: PORT, seq: 3 } });
  const ready = second.leg.ready();
  t.equal(second.leg.state, "answered");
  // A re-INVITE may come before the port is open.
  const answer = second.session.events!.onOffer(farSdp().replace("a=sendrecv", "a=sendonly")) as string;
  t.match(answer, new RegExp(`m=audio ${PORT} `));
  const version = (sdp: string): number => Number(/o=\S+ \S+ (\d+)/.exec(sdp)![1]);
  t.equal(version(answer), version(first.session.answered[0]!) + 1, "RFC 3264 8");
  second.opened();
  await ready;
  t.match(second.media.commands.filter((command) => command.type === "leg.media"), [{ settings: { remote: state.settings!.remote, direction: "recvonly" } }]);
  second.media.emit({ type: "dtmf", leg: second.leg.id, digit: "5" });
  second.ended("bye");
  second.closed();
  await settle();
  t.same(second.told, ["held", "key 5", "ending", "ended remote bye"]);
});

t.test("a leg whose 200 waits for its ACK is answered when that comes to the next process", async (t) => {
  const first = new LegRig({ direction: "incoming" });
  first.opened();
  void first.leg.answer().catch(() => undefined);
  const state = (await first.suspended(PORT))!;
  const second = new LegRig({ direction: "incoming", past: state });
  const answered = second.leg.answer();
  second.opened();
  second.session.events!.onConfirmed(undefined);
  await answered;
  t.same([second.session.done, second.told], [[], ["answered"]]);
});

t.test("a caller who still waited for our port is given another one", async (t) => {
  const first = new LegRig({ direction: "incoming" });
  void first.leg.answer().catch(() => undefined);
  const pending = first.leg.suspend();
  first.media.emit({ type: "leg.suspended", leg: first.leg.id, media: undefined });
  const state = (await pending)!;
  t.same([state.media, state.answerWanted, state.answerSent], [undefined, true, false]);
  const second = new LegRig({ direction: "incoming", past: state });
  t.same(second.media.commands[0], { type: "leg.open", leg: "leg-1" });
  second.opened();
  t.same(second.session.done, ["200"]);
});

t.test("a phone that rings and lifts before our port is open again is heard", async (t) => {
  const first = new LegRig({ direction: "outgoing" });
  first.opened();
  first.session.events!.onProgress(180, undefined);
  const state = (await first.suspended(PORT))!;
  t.equal(state.state, "ringing");
  const second = new LegRig({ direction: "outgoing", past: state });
  second.session.events!.onAnswered(farSdp({ codecs: ["PCMA"] }));
  second.opened();
  t.same([second.invited, second.leg.state, second.told], [[], "answered", ["answered"]]);
  t.match(second.media.commands.at(-1), { type: "leg.media", settings: { codec: "PCMA" } });
});

t.test("what can't go on: a leg that is over, and one that the far side never heard of", async (t) => {
  const over = new LegRig({ direction: "incoming" });
  await over.talk();
  over.leg.hangup();
  t.equal(await over.suspended(PORT), undefined);
  const unknown = new LegRig({ direction: "outgoing" });
  t.equal(await unknown.suspended(PORT), undefined);
  unknown.opened();
  unknown.closed();
  await settle();
  t.match(unknown.told, ["ending", "ended local cancelled"], "and it ends as any other");
});

t.test("a port that can't be had again ends the leg and its call", async (t) => {
  const first = new LegRig({ direction: "incoming" });
  await first.talk();
  const second = new LegRig({ direction: "incoming", past: (await first.suspended(PORT))! });
  const ready = second.leg.ready();
  second.media.emit({ type: "leg.failed", leg: second.leg.id, reason: "bind" });
  await ready;
  t.same([second.leg.state, second.session.done], ["ended", ["hangup 503"]]);
});

t.test("how others hear a leg is written down, and holds in the next process; what the settings say holds from the start", async (t) => {
  const shaped = (rig: LegRig): unknown[] => rig.media.commands.flatMap((command) => (command.type === "shape" ? [command.shape] : []));
  const first = new LegRig({ direction: "incoming", shape: { removeKeys: true } });
  await first.talk();
  first.leg.shape({ noiseGate: true });
  t.same(shaped(first), [{ removeKeys: true }, { removeKeys: true, noiseGate: true }]);
  const state = (await first.suspended(PORT))!;
  const second = new LegRig({ direction: "incoming", past: state });
  second.opened();
  t.same(shaped(second), [{ removeKeys: true, noiseGate: true }]);
  second.leg.shape(undefined);
  t.same(shaped(second).at(-1), {}, "as at first");
  const plain = new LegRig({ direction: "incoming" });
  await plain.talk();
  t.same([shaped(plain), (await plain.suspended(PORT))!.shape], [[], undefined], "nothing is said of what was never asked");
});

t.test("what a leg is listened to for is written down, and begins anew in the next process", async (t) => {
  const first = new LegRig({ direction: "incoming" });
  first.leg.detect({ tones: "cn" });
  t.same(first.media.types(), ["leg.open"], "there is no port yet");
  await first.talk();
  t.equal(first.media.commands.findIndex(({ type }) => type === "detect"), 1, "as soon as there is one");
  first.leg.detect({ fax: true, voice: true });
  first.media.emit({ type: "detected", leg: first.leg.id, detected: { kind: "fax", tone: "cng" }, afterMs: 3600 });
  const state = (await first.suspended(PORT))!;
  t.same(state.detectors, { fax: true, voice: true });
  const second = new LegRig({ direction: "incoming", past: state });
  second.opened();
  t.match(second.media.commands[1], { type: "detect", detectors: { fax: true, voice: true } });
  second.leg.detect(undefined);
  second.leg.detect(undefined);
  t.equal(second.media.types().filter((type) => type === "detect").length, 2, "nothing more where nothing changes");
  t.equal((await second.suspended(PORT))!.detectors, undefined);
  t.same(first.told.filter((told) => told.startsWith("fax")), ["fax cng after 3600"]);
});
