import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { parseMessage } from "../../protocol/sip/message/parse.js";
import type { SipMessage } from "../../protocol/sip/message/message.js";
import { CallTracer } from "./call-tracer.js";
import { drawLadder } from "./ladder.js";
import { messageText } from "./message-text.js";
import { KEPT_FIRST, SipTrace } from "./sip-trace.js";
import type { LegObservation } from "../leg/observation.js";
import type { Entry } from "../journal/entry.js";

const REMOTE = { address: "192.0.2.1", port: 5060 };
const encoder = new TextEncoder();

/** `more`: header fields; what begins with a line break is the body. */
function message(first: string, callId: string, more: readonly string[] = []): { readonly message: SipMessage; readonly bytes: Uint8Array } {
  const method = first.startsWith("SIP/") ? "INVITE" : first.split(" ", 1)[0]!;
  const [fields, body] = [more.filter((line) => !line.startsWith("\n")), (more.find((line) => line.startsWith("\n")) ?? "\n").slice(1)];
  const lines = [first, "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", "Max-Forwards: 70", "From: <sip:13800000001@192.0.2.1>;tag=a", "To: <sip:95001@192.0.2.2>", `Call-ID: ${callId}`, `CSeq: 1 ${method}`, ...fields, `Content-Length: ${body.length}`];
  const bytes = encoder.encode(`${lines.join("\r\n")}\r\n\r\n${body}`);
  return { message: parseMessage(bytes).message!, bytes };
}

const observe = (trace: SipTrace, direction: "received" | "sent", { message: parsed, bytes }: ReturnType<typeof message>): void => trace.observe(direction, parsed, { endpoint: REMOTE, bytes });

t.test("a call's dialogs under one id, the caller's by its leg, ours by the id that they bear", async (t) => {
  let utcMs = 0;
  const tracer = new CallTracer({ utcMs: () => ++utcMs });
  const { trace } = tracer;
  observe(trace, "received", message("INVITE sip:95001@192.0.2.2 SIP/2.0", "theirs"));
  tracer.onLeg({ type: "leg.created", leg: "leg1", direction: "incoming", origin: { kind: "trunk", name: "carrier" }, callId: "theirs" } as LegObservation);
  observe(trace, "sent", message("SIP/2.0 100 Trying", "theirs"));
  observe(trace, "sent", message("INVITE sip:1001@192.0.2.3 SIP/2.0", "ours", ["X-Ringward-Call: n1-call"]));
  t.equal(trace.of("n1-call").length, 1, "the journal has not told of the call yet");
  tracer.onEntry({ type: "call.started", subject: { kind: "call", id: "n1-call" }, data: { leg: "leg1" } } as unknown as Entry);
  t.match(trace.of("n1-call"), [
    { sipCallId: "theirs", direction: "incoming", party: "13800000001", messages: [{ direction: "received", remote: "192.0.2.1:5060" }, { direction: "sent" }] },
    { sipCallId: "ours", direction: "outgoing", party: "1001", messages: [{}] },
  ]);
  t.match(trace.of("theirs"), [{ sipCallId: "theirs" }], "by what the carrier knows too");
  t.same(trace.of("nobody"), []);
});

t.test("what is no call's is not kept: registrations, answers to nothing, messages without a Call-ID", async (t) => {
  const trace = new SipTrace({ utcMs: () => 0 });
  observe(trace, "received", message("REGISTER sip:192.0.2.2 SIP/2.0", "r"));
  observe(trace, "received", message("SIP/2.0 200 OK", "x"));
  t.equal(trace.counters.dialogs, 0);
});

t.test("a long dialog keeps its beginning and its end, and says how much is missing", async (t) => {
  const trace = new SipTrace({ utcMs: () => 0 });
  observe(trace, "received", message("INVITE sip:95001@192.0.2.2 SIP/2.0", "long"));
  for (let i = 0; i < 299; i++) observe(trace, "sent", message("SIP/2.0 180 Ringing", "long", [`X-Place: ${i}`]));
  const [dialog] = trace.of("long");
  t.equal(dialog!.messages.length, 100);
  t.equal(dialog!.omitted, 200);
  const place = (i: number): string => /X-Place: (\d+)/.exec(new TextDecoder().decode(dialog!.messages[i]!.bytes))![1]!;
  t.same([place(KEPT_FIRST - 1), place(KEPT_FIRST), place(99)], [String(KEPT_FIRST - 2), "239", "298"]);
});

t.test("memory is bounded, and a flood of strangers costs no call its trace", async (t) => {
  const random = new SimRandom(7);
  const trace = new SipTrace({ utcMs: () => 0, bytesMax: 50_000, strayBytesMax: 10_000 });
  observe(trace, "received", message("INVITE sip:95001@192.0.2.2 SIP/2.0", "kept"));
  trace.join("kept", "n1-kept");
  for (let i = 0; i < 2000; i++) observe(trace, "received", message("INVITE sip:95001@192.0.2.2 SIP/2.0", `flood-${i}`, [`X-Fill: ${"x".repeat(random.bytes(1)[0]!)}`]));
  t.ok(trace.counters.bytes < 12_000);
  t.ok(trace.counters.evicted > 1900);
  t.equal(trace.of("n1-kept").length, 1);
  for (let i = 0; i < 500; i++) {
    observe(trace, "received", message("INVITE sip:95001@192.0.2.2 SIP/2.0", `call-${i}`));
    trace.join(`call-${i}`, `n1-${i}`);
  }
  t.ok(trace.counters.bytes < 62_000);
  t.same(trace.of("n1-kept"), [], "the oldest goes first");
  t.equal(trace.of("n1-499").length, 1);
});

for (const { title, given, summary, has, hasNot } of [
  { title: "credentials", given: message("INVITE sip:95001@192.0.2.2 SIP/2.0", "c", ['Authorization: Digest username="1001", response="0123456789abcdef"', 'Proxy-Authorization: Digest username="1001",\r\n response="fedcba9876543210"']), summary: "INVITE", has: ["Authorization: Digest ***", "Call-ID: c"], hasNot: ["0123456789abcdef", "fedcba9876543210"] },
  { title: "a challenge", given: message("SIP/2.0 401 Unauthorized", "c", ['WWW-Authenticate: Digest realm="r", nonce="n0nce"']), summary: "401 Unauthorized (INVITE)", has: [], hasNot: ["n0nce"] },
  { title: "keys in a body", given: message("INFO sip:95001@192.0.2.2 SIP/2.0", "c", ["Content-Type: application/dtmf-relay", "\nSignal=7\r\nDuration=160\r\n"]), summary: "INFO", has: ["(24 bytes of application/dtmf-relay)"], hasNot: ["Signal=7"] },
  { title: "SDP is shown", given: message("SIP/2.0 200 OK", "c", ["c: application/sdp", "\nv=0\r\nm=audio 4000 RTP/AVP 8\r\n"]), summary: "200 OK (INVITE) SDP", has: ["m=audio 4000"], hasNot: [] },
])
  t.test(`a message as text: ${title}`, async (t) => {
    const shown = messageText(given.bytes);
    t.equal(shown.summary, summary);
    for (const part of has) t.ok(shown.text.includes(part), part);
    for (const part of hasNot) t.notOk(shown.text.includes(part), part);
  });

t.test("the ladder: the caller left, the called right, time downwards, notes across", async (t) => {
  const lines = drawLadder(
    [
      { direction: "incoming", party: "13800000001", remote: "192.0.2.1:5060" },
      { direction: "outgoing", party: "1001", remote: "192.0.2.3:5060" },
    ],
    [
      { utcMs: 1000, dialog: 0, direction: "received", text: "INVITE SDP" },
      { utcMs: 1002, dialog: 0, direction: "sent", text: "100 Trying (INVITE)" },
      { utcMs: 1020, dialog: 1, direction: "sent", text: "INVITE SDP" },
      { utcMs: 1030, dialog: 1, direction: "received", text: "180 Ringing (INVITE)" },
      { utcMs: 4030, text: "call.silent No sound from phone 1001 for 3 s" },
    ],
  );
  t.same(lines, [
    "           13800000001                       ringward                          1001",
    "           192.0.2.1:5060                                                      192.0.2.3:5060",
    "+0.000     |- INVITE SDP ------------------->|                                 |",
    "+0.002     |<- 100 Trying (INVITE) ----------|                                 |",
    "+0.020     |                                 |- INVITE SDP ------------------->|",
    "+0.030     |                                 |<- 180 Ringing (INVITE) ---------|",
    "+3.030     -- call.silent No sound from phone 1001 for 3 s",
  ]);
});

t.test("what a call's dialogs were goes on in the next process, without secrets and up to a bound; no other call's does", async (t) => {
  let utcMs = 0;
  const before = new SipTrace({ utcMs: () => ++utcMs });
  for (const [sipCallId, call] of [["d1", "c1"], ["d2", "c2"]] as const) {
    observe(before, "received", message("INVITE sip:95001@192.0.2.2 SIP/2.0", sipCallId, ['Authorization: Digest username="1001", response="0123456789abcdef"']));
    before.join(sipCallId, call);
  }
  observe(before, "received", message("INFO sip:95001@192.0.2.2 SIP/2.0", "d1", ["Content-Type: application/dtmf-relay", "\nSignal=7"]));
  const saved = JSON.stringify(before.save(new Set(["c1", "c3"])));
  t.notMatch(saved, /0123456789abcdef|Signal=7/);
  const after = new SipTrace({ utcMs: () => ++utcMs });
  after.restore(JSON.parse(saved) as ReturnType<SipTrace["save"]>);
  observe(after, "sent", message("SIP/2.0 200 OK", "d1"));
  observe(after, "sent", message("BYE sip:139@192.0.2.1 SIP/2.0", "d1"));
  t.equal(after.of("c2").length, 0);
  const [dialog] = after.of("c1");
  t.match(dialog, { sipCallId: "d1", direction: "incoming", party: "13800000001" });
  t.same(dialog!.messages.map(({ bytes, utcMs: at }) => `${at} ${messageText(bytes).summary}`), ["1 INVITE", "3 INFO", "4 200 OK (INVITE)", "5 BYE"]);
  t.match(messageText(dialog!.messages[1]!.bytes).text, /\(8 bytes of application\/dtmf-relay\)$/, "cut once");
  t.same(after.of("d1"), after.of("c1"));

  const many = new SipTrace({ utcMs: () => ++utcMs });
  for (let i = 0; i < 2000; i++) {
    observe(many, "received", message("INVITE sip:95001@192.0.2.2 SIP/2.0", `m${i}`, [`X-Long: ${"x".repeat(7000)}`]));
    many.join(`m${i}`, `call-${i}`);
  }
  const kept = many.save(new Set(Array.from({ length: 2000 }, (_, i) => `call-${i}`)));
  t.ok(kept.length > 1000 && kept.length < 1250, `${kept.length} of 2000`);
  t.equal(kept.at(-1)!.sipCallId, "m1999", "the last ones");
});
