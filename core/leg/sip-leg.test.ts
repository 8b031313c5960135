import t from "tap";
import type { RecordingId } from "../../media/engine/command.js";
import { farSdp, LegRig, settle } from "./leg-rig.js";

type Step = (rig: LegRig) => unknown;
const opened: Step = (rig) => rig.opened();
const failed: Step = (rig) => rig.media.emit({ type: "leg.failed", leg: rig.leg.id, reason: "no-port" });
const lost: Step = (rig) => rig.media.emit({ type: "leg.failed", leg: rig.leg.id, reason: "worker" });
const closed: Step = (rig) => rig.closed();
const answer: Step = (rig) => void rig.leg.answer().catch((error: { code: string }) => rig.told.push(error.code));
const ack: Step = (rig) => rig.session.events!.onConfirmed(undefined);
const accepted: Step = (rig) => rig.session.events!.onAnswered(farSdp());
const ring: Step = (rig) => rig.leg.ring();
const progress: Step = (rig) => rig.session.events!.onProgress(180, undefined);
const hangup: Step = (rig) => rig.leg.hangup();
const reject486: Step = (rig) => rig.leg.reject(486);
const reject503: Step = (rig) => rig.leg.reject(503, { retryAfterS: 10 });
const shutdown: Step = (rig) => rig.leg.shutdown();
const over =
  (cause: Parameters<LegRig["ended"]>[0], by?: Parameters<LegRig["ended"]>[1]): Step =>
  (rig) =>
    rig.ended(cause, by);
const bye = over("bye");
const cancelled = over("cancelled");
const watchdog: Step = (rig) => rig.clock.advanceMs(5000);

interface Row {
  readonly title: string;
  readonly steps: readonly Step[];
  /** What the session was told to do. */
  readonly sip: readonly string[];
  readonly media: readonly string[];
  /** The leg's events, and the codes that `answer` rejected with. */
  readonly told: readonly string[];
}

const INCOMING: readonly Row[] = [
  { title: "answered, the caller hangs up", steps: [opened, ring, answer, ack, bye, closed], sip: ["180", "200"], media: ["leg.open", "leg.media", "leg.close"], told: ["answered", "ended remote bye"] },
  { title: "answered, we hang up", steps: [opened, answer, ack, hangup, hangup, over("bye", "local"), closed], sip: ["200", "hangup"], media: ["leg.open", "leg.media", "leg.close"], told: ["answered", "ended local bye"] },
  { title: "answer before there is a port", steps: [answer, opened, ack, bye, closed], sip: ["200"], media: ["leg.open", "leg.media", "leg.close"], told: ["answered", "ended remote bye"] },
  { title: "CANCEL before there is a port", steps: [cancelled, opened, closed], sip: [], media: ["leg.open", "leg.close"], told: ["ended remote cancelled"] },
  { title: "CANCEL before there is a port, while we wait to answer", steps: [answer, cancelled, opened, closed], sip: [], media: ["leg.open", "leg.close"], told: ["LEG_ENDED", "ended remote cancelled"] },
  { title: "CANCEL while there never is a port", steps: [cancelled, failed], sip: [], media: ["leg.open"], told: ["ended remote cancelled"] },
  { title: "CANCEL while it rings", steps: [opened, ring, cancelled, closed], sip: ["180"], media: ["leg.open", "leg.close"], told: ["ended remote cancelled"] },
  { title: "rejected", steps: [opened, reject486, over("rejected", "local"), closed], sip: ["486"], media: ["leg.open", "leg.close"], told: ["ended local rejected"] },
  { title: "RFC 3261 20.33: rejected with a time to come back", steps: [opened, reject503, over("rejected", "local"), closed], sip: ["503 retryAfter=10"], media: ["leg.open", "leg.close"], told: ["ended local rejected"] },
  { title: "rejected before there is a port", steps: [reject486, over("rejected", "local"), opened, closed], sip: ["486"], media: ["leg.open", "leg.close"], told: ["ended local rejected"] },
  { title: "rejected once the 200 is out", steps: [opened, answer, reject486, over("bye", "local"), closed], sip: ["200", "hangup"], media: ["leg.open", "leg.media", "leg.close"], told: ["LEG_ENDED", "ended local bye"] },
  { title: "no ACK comes", steps: [opened, answer, over("no-ack", "failure"), closed], sip: ["200"], media: ["leg.open", "leg.media", "leg.close"], told: ["LEG_ENDED", "ended failure no-ack"] },
  { title: "RFC 3261 20.33: no port on any worker, so the whole server is full: 503, and when to come back", steps: [failed, over("rejected", "local")], sip: ["hangup 503 retryAfter=10"], media: ["leg.open"], told: ["ended failure media"] },
  { title: "no port while we wait to answer", steps: [answer, failed, over("rejected", "local")], sip: ["hangup 503 retryAfter=10"], media: ["leg.open"], told: ["LEG_ENDED", "ended failure media"] },
  { title: "the media plane loses it before it is answered: a fault, others are still served", steps: [opened, ring, lost, over("rejected", "local")], sip: ["180", "hangup 503"], media: ["leg.open"], told: ["ended failure media"] },
  { title: "the media plane loses it in mid-call", steps: [opened, answer, ack, lost, over("bye", "local")], sip: ["200", "hangup 503"], media: ["leg.open", "leg.media"], told: ["answered", "ended failure media"] },
  { title: "the media plane closes it unasked", steps: [opened, answer, ack, closed, over("bye", "local")], sip: ["200", "hangup 503"], media: ["leg.open", "leg.media"], told: ["answered", "ended failure media"] },
  { title: "shut down in mid-call", steps: [opened, answer, ack, shutdown, over("bye", "local"), closed], sip: ["200", "hangup 503 retryAfter=10"], media: ["leg.open", "leg.media", "leg.close"], told: ["answered", "ended local shutdown"] },
  { title: "answer, ring, reject and hang up after the end do nothing", steps: [opened, cancelled, ring, reject486, hangup, shutdown, answer, closed, bye, closed], sip: [], media: ["leg.open", "leg.close"], told: ["LEG_ENDED", "ended remote cancelled"] },
  { title: "BYE and no word from media", steps: [opened, answer, ack, bye, watchdog], sip: ["200"], media: ["leg.open", "leg.media", "leg.close", "leg.close"], told: ["answered", "ended remote bye"] },
  { title: "hung up and no word from the session", steps: [opened, answer, ack, hangup, closed, watchdog], sip: ["200", "hangup"], media: ["leg.open", "leg.media", "leg.close"], told: ["answered", "ended local bye"] },
  { title: "media never opens", steps: [watchdog, over("rejected", "local")], sip: ["hangup 503"], media: ["leg.open"], told: ["ended failure media"] },
  { title: "a port that comes after everybody gave up is closed", steps: [hangup, watchdog, opened], sip: ["hangup"], media: ["leg.open", "leg.close"], told: ["ended local rejected"] },
];

const OUTGOING: readonly Row[] = [
  { title: "rings, is answered, hangs up", steps: [opened, progress, progress, accepted, bye, closed], sip: [], media: ["leg.open", "leg.media", "leg.close"], told: ["ringing", "answered", "ended remote bye"] },
  { title: "hung up before there is a port: no INVITE", steps: [hangup, opened, closed], sip: [], media: ["leg.open", "leg.close"], told: ["ended local cancelled"] },
  { title: "hung up while it rings", steps: [opened, progress, hangup, over("cancelled", "local"), closed], sip: ["hangup"], media: ["leg.open", "leg.close"], told: ["ringing", "ended local cancelled"] },
  { title: "an answer that crosses our CANCEL is no answer", steps: [opened, hangup, accepted, over("bye", "local"), closed], sip: ["hangup"], media: ["leg.open", "leg.close"], told: ["ended local bye"] },
  { title: "busy", steps: [opened, over("rejected"), closed], sip: [], media: ["leg.open", "leg.close"], told: ["ended remote rejected"] },
  { title: "no answer to the INVITE", steps: [opened, over("timeout", "failure"), closed], sip: [], media: ["leg.open", "leg.close"], told: ["ended failure timeout"] },
  { title: "no port: nobody is called", steps: [failed], sip: [], media: ["leg.open"], told: ["ended failure media"] },
  { title: "an answer without a codec of ours", steps: [opened, (rig) => rig.session.events!.onAnswered("v=0"), over("bye", "local"), closed], sip: ["hangup"], media: ["leg.open", "leg.close"], told: ["ended failure rejected 488"] },
  { title: "rejecting is hanging up", steps: [opened, reject486, over("cancelled", "local"), closed], sip: ["hangup"], media: ["leg.open", "leg.close"], told: ["ended local cancelled"] },
];

for (const [direction, rows] of [["incoming", INCOMING], ["outgoing", OUTGOING]] as const)
  for (const row of rows)
    t.test(`RFC 3261 13, 15: ${direction}: ${row.title}`, async (t) => {
      const rig = new LegRig({ direction });
      for (const step of row.steps) {
        step(rig);
        await settle();
      }
      t.same(rig.session.done, row.sip, "signalling");
      t.same(rig.media.types(), row.media, "media");
      t.same(rig.told.filter((event) => event !== "ending"), row.told, "told");
      const ends = rig.told.map((event) => event.split(" ")[0]!).filter((event) => /^end/.test(event));
      t.same(ends, ["ending", "ended"], "the end is announced first");
      t.equal(rig.leg.state, "ended");
      t.equal(rig.seen.filter((o) => o.type === "leg.ended").length, 1);
      t.same([rig.clock.pending, rig.hub.size], [0, 0], "no timer and no listener is left");
    });

t.test("RFC 3264 6: an offer is answered with the caller's first codec, expected from where it says", async (t) => {
  const rig = new LegRig({ direction: "incoming" });
  t.equal(rig.leg.codec, "PCMU", "known before the answer, for the phone that is dialled meanwhile");
  await rig.talk();
  t.match(rig.media.commands[1], {
    type: "leg.media",
    settings: { remote: { address: "198.51.100.7", port: 4000 }, expectAddress: "198.51.100.7", codec: "PCMU", payloadType: 0, dtmfPayloadType: 101, direction: "sendrecv", ptimeMs: 20 },
  });
  t.match(rig.session.answered[0], /c=IN IP4 127\.0\.0\.1\r\n[^]*m=audio 20000 RTP\/AVP 0 101\r\n/);
});

t.test("behind NAT, RTP is expected from where the SIP came from", async (t) => {
  const rig = new LegRig({ direction: "incoming", nat: true });
  await rig.talk();
  t.match(rig.media.commands[1], { settings: { remote: { address: "198.51.100.7" }, expectAddress: "203.0.113.5" } });
});

t.test("RFC 3261 13.3.1.3, RFC 3264: no codec in common, or SDP that can't be read, is 488", async (t) => {
  for (const [offer, warning] of [
    ["v=0", 399],
    ["", 399],
    [farSdp().replace(/m=audio.*/, "m=audio 4000 RTP/AVP 18").replace(/a=rtpmap.*\r\n/g, ""), 305],
    [farSdp().replace("m=audio", "m=video"), 304],
    [farSdp().replace(/c=.*/, "c=IN IP4 carrier.example"), 301],
    [farSdp({ address: "2001:db8::7" }), 301],
  ] as const) {
    const rig = new LegRig({ direction: "incoming", offer });
    rig.opened();
    await t.rejects(rig.leg.answer(), { code: "LEG_NO_CODEC" }, JSON.stringify(offer.slice(0, 20)));
    t.same(rig.session.done, [`488 warning=${warning}`], "RFC 3261 20.43: and why");
    rig.ended("rejected", "local");
    rig.closed();
    await settle();
    t.equal(rig.clock.pending, 0);
  }
});

t.test("RFC 3264 5.1: an IPv6 address is of no use to our IPv4 sockets, unless sound goes to where it comes from", async (t) => {
  const ipv6 = farSdp({ address: "2001:db8::7" });
  const phone = new LegRig({ direction: "incoming", nat: true, offer: ipv6 });
  t.equal(phone.leg.codec, "PCMU", "known before there is a socket");
  await phone.talk();
  t.match(phone.session.answered[0], /c=IN IP4 127\.0\.0\.1/);
  const talking = new LegRig({ direction: "incoming" });
  await talking.talk();
  t.match(talking.session.events!.onOffer(ipv6), { warning: /^301 / }, "a re-INVITE likewise, and the call goes on as it was");
  t.equal(talking.media.types().filter((type) => type === "leg.media").length, 1);
  t.type(talking.session.events!.onOffer(farSdp({ address: "::" })), "string", "an IPv6 side's hold in the way of RFC 2543");
  const dialled = new LegRig({ direction: "outgoing" });
  dialled.opened();
  dialled.session.events!.onAnswered(ipv6);
  t.same([dialled.session.done, dialled.leg.state], [["hangup"], "ended"]);
});

t.test("RFC 3261 13.2.2.4, RFC 3264 4: without an offer we make it, and the ACK brings the answer", async (t) => {
  const rig = new LegRig({ direction: "incoming", offer: "none" });
  rig.opened();
  const answered = rig.leg.answer();
  t.match(rig.session.answered[0], /m=audio 20000 RTP\/AVP 8 0 101\r\n/);
  t.equal(rig.leg.state, "setup");
  t.same(rig.media.types(), ["leg.open"]);
  rig.session.events!.onConfirmed(farSdp({ codecs: ["PCMA"] }));
  await answered;
  t.match(rig.media.commands[1], { type: "leg.media", settings: { codec: "PCMA", payloadType: 8 } });
  for (const ack of [undefined, "garbage"]) {
    const bad = new LegRig({ direction: "incoming", offer: "none" });
    bad.opened();
    const failing = bad.leg.answer();
    bad.session.events!.onConfirmed(ack);
    await t.rejects(failing, { code: "LEG_NO_CODEC" });
    t.same(bad.session.done, ["200", "hangup"]);
  }
});

t.test("RFC 3264 8.4: hold and resume by re-INVITE", async (t) => {
  const rig = new LegRig({ direction: "incoming" });
  await rig.talk();
  for (const [direction, ours] of [["sendonly", "recvonly"], ["inactive", "inactive"], ["recvonly", "sendonly"], ["sendrecv", "sendrecv"]] as const) {
    const answer = rig.session.events!.onOffer(farSdp({ direction, port: 4002 }));
    t.match(answer, new RegExp(`a=${ours}\r\n`), direction);
    t.match(rig.media.commands.at(-1), { type: "leg.media", settings: { direction: ours, remote: { port: 4002 } } });
  }
  const held = rig.session.events!.onOffer(farSdp({ address: "0.0.0.0" }));
  t.match(held, /a=recvonly\r\n/, "RFC 2543's hold");
  t.match(rig.media.commands.at(-1), { settings: { direction: "recvonly", expectAddress: "203.0.113.5" } });
  const before = rig.media.commands.length;
  t.match(rig.session.events!.onOffer("nonsense"), { warning: /^399 / }, "488, and the call goes on as it was");
  t.equal(rig.media.commands.length, before);
  t.equal(rig.leg.state, "answered");
});

t.test("RFC 3261 14.2: a re-INVITE without an offer gets ours, its version counted on", async (t) => {
  const rig = new LegRig({ direction: "incoming" });
  await rig.talk();
  const offer = rig.session.events!.onOffer(undefined);
  t.match(offer, /o=- 1 2 IN[^]*m=audio 20000 RTP\/AVP 0 8 101\r\n/, "what is spoken now comes first");
  rig.session.events!.onConfirmed(farSdp({ port: 4008 }));
  t.match(rig.media.commands.at(-1), { type: "leg.media", settings: { remote: { port: 4008 } } });
  t.same(rig.told, ["answered"], "answered is told once");
  rig.session.events!.onOffer(undefined);
  t.match(rig.session.events!.onOffer(farSdp({ port: 4010 })), /a=sendrecv/, "the ACK of our offer was lost and they ask again");
  rig.session.events!.onConfirmed(undefined);
  t.equal(rig.leg.state, "answered");
});

t.test("an outgoing leg offers the other leg's codec first", async (t) => {
  const rig = new LegRig({ direction: "outgoing", codecFirst: "PCMU", nat: true });
  rig.opened();
  t.match(rig.invited[0], /m=audio 20000 RTP\/AVP 0 8 101\r\n/);
  rig.session.events!.onAnswered(farSdp({ codecs: ["PCMU"] }));
  t.equal(rig.leg.state, "answered");
  t.match(rig.media.commands.at(-1), { settings: { codec: "PCMU", expectAddress: "203.0.113.5" } });
});

t.test("keys are told as they come, also those before the ACK and before anybody listens", async (t) => {
  const rig = new LegRig({ direction: "incoming" });
  rig.opened();
  const answered = rig.leg.answer();
  rig.media.emit({ type: "dtmf", leg: rig.leg.id, digit: "1" });
  rig.session.events!.onConfirmed(undefined);
  await answered;
  rig.media.emit({ type: "dtmf", leg: rig.leg.id, digit: "#" });
  t.same(rig.told, ["key 1", "answered", "key #"]);
});

t.test("silence is said in one sentence, and not of a far side on hold", async (t) => {
  const rig = new LegRig({ direction: "incoming" });
  await rig.talk();
  const silent = (received: number, foreign: number): void => rig.media.emit({ type: "media.silent", leg: rig.leg.id, expected: "198.51.100.7", received, foreign });
  silent(0, 0);
  silent(0, 150);
  silent(1, 0);
  rig.session.events!.onOffer(farSdp({ direction: "inactive" }));
  silent(0, 0);
  t.same(rig.told.slice(1).filter((line) => line !== "held"), [
    "No sound from phone 1001 for 3 s: RTP was expected from 198.51.100.7, and nothing came: a firewall, or it does not send.",
    "No sound from phone 1001 for 3 s: RTP was expected from 198.51.100.7, and 150 packets came from elsewhere: a NAT or a wrong address in its SDP.",
    "No sound from phone 1001 for 3 s: RTP was expected from 198.51.100.7, and 1 packet came, none of them usable.",
  ]);
});

t.test("what plays ends once: by itself, by us, or with the leg", async (t) => {
  const rig = new LegRig({ direction: "incoming" });
  t.throws(() => rig.leg.play([], { bargeIn: true, repeat: false }), { code: "LEG_NOT_ANSWERED" });
  t.throws(() => rig.leg.startRecording("r" as RecordingId), { code: "LEG_NOT_ANSWERED" });
  await rig.talk();
  const play = (): ReturnType<typeof rig.leg.play> => rig.leg.play([{ kind: "prompt", prompt: "ivr/welcome" }], { bargeIn: true, repeat: false });
  const [first, second, third] = [play(), play(), play()];
  const ids = rig.media.commands.flatMap((command) => (command.type === "play" ? [command.play] : []));
  t.equal(new Set(ids).size, 3);
  rig.media.emit({ type: "play.ended", leg: rig.leg.id, play: ids[0]!, outcome: "barged" });
  t.equal(await first.ended, "barged");
  first.stop();
  second.stop();
  second.stop();
  t.equal(rig.media.types().filter((type) => type === "play.stop").length, 2, "what is over is not stopped again; what goes on may be");
  rig.media.emit({ type: "play.ended", leg: rig.leg.id, play: ids[1]!, outcome: "stopped" });
  t.equal(await second.ended, "stopped");
  rig.leg.hangup();
  t.equal(await third.ended, "stopped");
  t.equal(await play().ended, "stopped", "on an ended leg at once");
});

t.test("the end waits for recordings to be closed, but not for ever", async (t) => {
  for (const [title, after, told, failures] of [
    ["closed after the leg", (rig: LegRig): void => rig.media.emit({ type: "record.closed", leg: rig.leg.id, recording: "r" as RecordingId, durationMs: 1, sha256: "00" }), ["answered", "ending", "recording r", "ended remote bye"], 0],
    ["failed", (rig: LegRig): void => rig.media.emit({ type: "record.failed", leg: rig.leg.id, recording: "r" as RecordingId, reason: "disk" }), ["answered", "ending", "ended remote bye"], 1],
    ["never heard of again", (rig: LegRig): void => rig.clock.advanceMs(5000), ["answered", "ending", "ended remote bye"], 0],
  ] as const) {
    const rig = new LegRig({ direction: "incoming" });
    await rig.talk();
    rig.leg.startRecording("r" as RecordingId);
    rig.ended("bye");
    rig.closed();
    await settle();
    t.same(rig.told, ["answered", "ending"], title);
    after(rig);
    await settle();
    t.same(rig.told, told, title);
    t.equal(rig.seen.filter((o) => o.type === "leg.recording-failed").length, failures);
    t.same([rig.clock.pending, rig.hub.size], [0, 0]);
  }
});

t.test("a listener that throws breaks nothing", async (t) => {
  const rig = new LegRig({ direction: "incoming" });
  const throwing = new LegRig({ direction: "incoming" });
  const boom = (): never => {
    throw new Error("boom");
  };
  Object.assign(throwing.told, { push: boom });
  await throwing.talk();
  throwing.media.emit({ type: "dtmf", leg: throwing.leg.id, digit: "1" });
  throwing.ended("bye");
  throwing.closed();
  await settle();
  t.equal(throwing.seen.filter((o) => o.type === "leg.listener-failed").length, 4);
  t.equal(throwing.seen.filter((o) => o.type === "leg.ended").length, 1);
  t.same([throwing.clock.pending, throwing.hub.size, rig.leg.state], [0, 0, "setup"]);
});

const moved: Step = (rig) => rig.media.emit({ type: "leg.moved", leg: rig.leg.id, address: "127.0.0.1", port: 20002 });
const connection = (sdp: string): string => /^m=audio (\d+)/m.exec(sdp)![1]!;

for (const direction of ["incoming", "outgoing"] as const) {
  const setUp = direction === "incoming" ? [opened, answer, ack] : [opened, accepted];
  t.test(`RFC 3264 8.3.1: ${direction}: the port died with its worker: the far side is told of the new one, and its answer applies`, async (t) => {
    const rig = new LegRig({ direction });
    for (const step of [...setUp, moved]) {
      step(rig);
      await settle();
    }
    const first = direction === "incoming" ? rig.session.answered[0]! : rig.invited[0]!;
    t.same([connection(first), rig.session.reoffered.map(connection)], ["20000", ["20002"]]);
    const version = (sdp: string): number => Number(/^o=\S+ \S+ (\d+)/m.exec(sdp)![1]);
    t.equal(version(rig.session.reoffered[0]!), version(first) + 1, "RFC 3264 8: one more than the last description's");
    t.same(rig.media.types().filter((type) => type === "leg.media").length, 2);
    t.equal(rig.leg.state, "answered");
  });

  t.test(`${direction}: a far side that refuses, or answers what is no answer: the call ends with the reason`, async (t) => {
    for (const refusal of [undefined, "v=0"]) {
      const rig = new LegRig({ direction });
      rig.session.reofferAnswer = refusal;
      for (const step of [...setUp, moved, over("bye", "local"), closed]) {
        step(rig);
        await settle();
      }
      t.same(rig.told.slice(-1), ["ended failure media"]);
      t.match(rig.seen.find((seen) => seen.type === "leg.ended"), { end: { cause: "media", reason: "worker" } });
    }
  });
}

t.test("the port dies before the answer: the answer names the new one; a caller of ours is told as soon as it answered", async (t) => {
  const incoming = new LegRig({ direction: "incoming" });
  for (const step of [opened, ring, moved, answer, ack]) step(incoming);
  await settle();
  t.same([incoming.session.answered.map(connection), incoming.session.reoffered], [["20002"], []]);
  const outgoing = new LegRig({ direction: "outgoing" });
  for (const step of [opened, progress, moved]) step(outgoing);
  await settle();
  t.same(outgoing.session.reoffered, []);
  accepted(outgoing);
  await settle();
  t.same([outgoing.invited.map(connection), outgoing.session.reoffered.map(connection)], [["20000"], ["20002"]]);
});

t.test("a recording that goes on in another track is stopped by its first name, and the leg is over when the last track is closed", async (t) => {
  const rig = new LegRig({ direction: "incoming" });
  for (const step of [opened, answer, ack]) step(rig);
  await settle();
  rig.leg.startRecording("r" as RecordingId);
  const media = (event: { readonly type: "record.continued"; readonly recording: string; readonly next: string; readonly afterMs?: number } | { readonly type: "record.closed"; readonly recording: string; readonly durationMs: number; readonly sha256: string }): void => rig.media.emit({ leg: rig.leg.id, ...event } as Parameters<typeof rig.media.emit>[0]);
  media({ type: "record.continued", recording: "r", next: "r-2", afterMs: 1200 });
  media({ type: "record.continued", recording: "stranger", next: "x" });
  media({ type: "record.closed", recording: "r", durationMs: 1200, sha256: "00" });
  rig.leg.stopRecording("r" as RecordingId);
  t.match(rig.media.commands.at(-1), { type: "record.stop", recording: "r-2" });
  over("bye")(rig);
  closed(rig);
  await settle();
  t.notMatch(rig.told, /ended/);
  media({ type: "record.closed", recording: "r-2", durationMs: 20, sha256: "00" });
  await settle();
  t.same(rig.told.filter((event) => !event.startsWith("end")), ["answered", "recording r goes on in r-2 after 1200", "recording r", "recording r-2"]);
  t.equal(rig.told.at(-1), "ended remote bye");
});

const directionOf = (sdp: string): string => /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(sdp)?.[1] ?? "sendrecv";
const lastMedia = (rig: LegRig): string | undefined => rig.media.commands.flatMap((command) => (command.type === "leg.media" ? [command.settings.direction] : [])).at(-1);

for (const direction of ["incoming", "outgoing"] as const)
  t.test(`RFC 3264 8.4: ${direction}: we hold the far side and take it back, each offer made when the one before is answered`, async (t) => {
    const rig = new LegRig({ direction });
    await rig.talk();
    rig.session.reofferAnswer = farSdp({ direction: "recvonly" });
    const held = rig.leg.hold(true);
    rig.session.reofferAnswer = farSdp({ direction: "recvonly" });
    await settle();
    t.equal(await held, true);
    t.same([rig.session.reoffered.map(directionOf), lastMedia(rig)], [["sendonly"], "sendonly"]);
    t.equal(directionOf(rig.session.events!.onOffer(farSdp()) as string), "sendonly", "while we hold, their offers are answered so too");
    rig.session.reofferAnswer = farSdp();
    const both = [rig.leg.hold(false), rig.leg.hold(true)];
    await settle();
    await settle();
    t.same([await Promise.all(both), rig.session.reoffered.map(directionOf)], [[true, true], ["sendonly", "sendrecv", "sendonly"]]);
    t.same(rig.told.filter((line) => line.includes("held")), [], "it is we who hold");
  });

t.test("RFC 3264 8.4: a far side that will not be held goes on as it was", async (t) => {
  const rig = new LegRig({ direction: "incoming" });
  await rig.talk();
  rig.session.reofferAnswer = undefined;
  t.equal(await rig.leg.hold(true), false);
  t.equal(lastMedia(rig), "sendrecv");
  t.equal(directionOf(rig.session.events!.onOffer(farSdp()) as string), "sendrecv");
  bye(rig);
  t.equal(await rig.leg.hold(true), false, "nor one that is over");
});

for (const { title, offer, answered } of [
  { title: "sendonly", offer: farSdp({ direction: "sendonly" }), answered: "recvonly" },
  { title: "inactive", offer: farSdp({ direction: "inactive" }), answered: "inactive" },
])
  t.test(`RFC 3264 8.4: the far side holds with ${title}, and takes it back`, async (t) => {
    const rig = new LegRig({ direction: "incoming" });
    await rig.talk();
    t.equal(directionOf(rig.session.events!.onOffer(offer) as string), answered);
    t.equal(rig.leg.held, true);
    rig.session.events!.onOffer(offer);
    t.equal(directionOf(rig.session.events!.onOffer(farSdp()) as string), "sendrecv");
    await settle();
    t.same(rig.told.filter((line) => line.includes("held")), ["held", "no longer held"], "said once each");
  });

t.test("RFC 2543 B.5: the old hold, an address of zeros, sends nothing and is no silence of theirs", async (t) => {
  const rig = new LegRig({ direction: "incoming" });
  await rig.talk();
  t.type(rig.session.events!.onOffer(farSdp({ address: "0.0.0.0" })), "string");
  t.match(rig.media.commands.at(-1), { type: "leg.media", settings: { remote: { address: "0.0.0.0" } } });
});

for (const { title, presses, told } of [
  { title: "RTP alone", presses: [["media", "5", 0]], told: ["key 5"] },
  { title: "INFO alone", presses: [["info", "5", 100]], told: ["key 5"] },
  { title: "both at once", presses: [["media", "5", 0], ["info", "5", 50]], told: ["key 5"] },
  { title: "the INFO when a key that was held long is let go", presses: [["media", "5", 0], ["info", "5", 2000]], told: ["key 5"] },
  { title: "the INFO first", presses: [["info", "5", 0], ["media", "5", 100]], told: ["key 5"] },
  { title: "two presses by both ways", presses: [["media", "5", 0], ["info", "5", 50], ["media", "5", 300], ["info", "5", 350]], told: ["key 5", "key 5"] },
  { title: "two presses by one way", presses: [["info", "5", 0], ["info", "5", 200]], told: ["key 5", "key 5"] },
  { title: "different keys", presses: [["media", "5", 0], ["info", "6", 50]], told: ["key 5", "key 6"] },
  { title: "a key of the other way, later", presses: [["media", "5", 0], ["info", "5", 900]], told: ["key 5", "key 5"]},
] as const)
  t.test(`a key that comes in RTP and in INFO is told once: ${title}`, async (t) => {
    const rig = new LegRig({ direction: "incoming" });
    await rig.talk();
    let nowMs = 0;
    for (const [way, key, atMs] of presses) {
      rig.clock.advanceMs(atMs - nowMs);
      nowMs = atMs;
      if (way === "media") rig.media.emit({ type: "dtmf", leg: rig.leg.id, digit: key });
      else rig.session.events!.onKey!(key, title.includes("long") ? 2000 : 50);
    }
    t.same(rig.told.filter((line) => line.startsWith("key")), told);
  });
