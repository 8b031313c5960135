import t from "tap";
import { SimClock } from "../../base/sim-clock.js";
import { createRequest, createResponse } from "../message/build.js";
import type { SipRequest } from "../message/message.js";
import { TIMER_VALUES } from "../transaction/timer-values.js";
import { AckKeeper } from "./ack-keeper.js";
import { AnswerKeeper } from "./answer-keeper.js";
import { checkSequence, createAck2xx, createInDialog, createUacDialog, createUasDialog, nextHopUri, refreshTarget } from "./dialog.js";
import { judgeInvite } from "./offer-gate.js";

const invite = (extra: readonly (readonly [string, string])[] = [], contact: string | undefined = "<sip:caller@10.0.0.2:5070;transport=udp>"): SipRequest =>
  createRequest({ method: "INVITE", uri: "sip:95001@10.0.0.1", via: "SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKa", from: '"A; tag=x" <sip:a@10.0.0.2>;tag=caller;x=1', to: "<sip:95001@10.0.0.1>", callId: "cid", sequence: 7, ...(contact === undefined ? {} : { contact }), extra });

const ROUTES = [["Record-Route", "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>"]] as const;

t.test("RFC 3261 12.1.1: the dialog of a UAS", async (t) => {
  const dialog = createUasDialog(invite(ROUTES), "ours");
  t.same(dialog, {
    role: "uas", callId: "cid", localTag: "ours", remoteTag: "caller",
    localUri: "<sip:95001@10.0.0.1>", remoteUri: '"A; tag=x" <sip:a@10.0.0.2>;x=1',
    localSequence: 0, remoteSequence: 7,
    routes: ["<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>"],
    remoteTarget: "sip:caller@10.0.0.2:5070;transport=udp", secure: false, confirmed: false,
  });
  t.same(structuredClone(dialog), dialog, "plain data");
  const bare = createRequest({ method: "INVITE", uri: "sip:a@b", from: "<sip:a@b>;tag=x", to: "<sip:a@b>", callId: "c", sequence: 1 });
  t.equal(createUasDialog(bare, "ours").remoteTarget, "sip:a@b", "RFC 2543: no Contact, so the From");
});

t.test("RFC 3261 12.1.2: the dialog of a UAC takes the route set in reverse", async (t) => {
  const request = invite();
  const response = createResponse(request, 200, { toTag: "callee", extra: [["Contact", "<sip:callee@10.0.0.5>"], ...ROUTES] });
  t.match(createUacDialog(request, response), {
    role: "uac", localTag: "caller", remoteTag: "callee", localSequence: 7, remoteSequence: undefined,
    routes: ["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr>"], remoteTarget: "sip:callee@10.0.0.5", confirmed: true,
  });
  t.equal(createUacDialog(request, createResponse(request, 200, { toTag: "callee" })).remoteTarget, "sip:95001@10.0.0.1", "a 2xx without Contact is acknowledged where the INVITE went");
  t.equal(createUacDialog(request, createResponse(request, 180, { toTag: "callee" })).confirmed, false);
});

const HOPS: readonly { title: string; routes: string; uri: string; route: readonly string[]; next: string }[] = [
  { title: "no route", routes: "", uri: "sip:caller@10.0.0.2:5070;transport=udp", route: [], next: "sip:caller@10.0.0.2:5070;transport=udp" },
  { title: "loose", routes: "<sip:p1;lr>, <sip:p2;lr>", uri: "sip:caller@10.0.0.2:5070;transport=udp", route: ["<sip:p1;lr>", "<sip:p2;lr>"], next: "sip:p1;lr" },
  { title: "strict", routes: "<sip:p1>, <sip:p2;lr>", uri: "sip:p1", route: ["<sip:p2;lr>", "<sip:caller@10.0.0.2:5070;transport=udp>"], next: "sip:p1" },
  { title: "lr=on is loose, lrx is not", routes: "<sip:p1;lr=on>", uri: "sip:caller@10.0.0.2:5070;transport=udp", route: ["<sip:p1;lr=on>"], next: "sip:p1;lr=on" },
  { title: "a parameter that begins like lr", routes: "<sip:p1;lrx>", uri: "sip:p1;lrx", route: ["<sip:caller@10.0.0.2:5070;transport=udp>"], next: "sip:p1;lrx" },
];
for (const row of HOPS) {
  t.test(`RFC 3261 12.2.1.1: a request inside of the dialog, ${row.title}`, async (t) => {
    const dialog = createUasDialog(invite(row.routes === "" ? [] : [["Record-Route", row.routes]]), "ours");
    const bye = createInDialog(dialog, "BYE");
    t.same([bye.rawUri, bye.headers.getAll("route"), nextHopUri(dialog)], [row.uri, row.route, row.next]);
    t.same([bye.headers.get("from"), bye.headers.get("to")], ["<sip:95001@10.0.0.1>;tag=ours", '"A; tag=x" <sip:a@10.0.0.2>;x=1;tag=caller']);
    t.same([bye.headers.callId, bye.headers.get("cseq"), dialog.localSequence], ["cid", "1 BYE", 1]);
    t.equal(createInDialog(dialog, "BYE").headers.get("cseq"), "2 BYE");
  });
}

t.test("RFC 3261 13.2.2.4: the ACK of a 2xx has the INVITE's sequence and credentials", async (t) => {
  const request = invite();
  request.headers.set("CSeq", "7 INVITE").add("Proxy-Authorization", "Digest a=b").add("Authorization", "Digest c=d");
  const dialog = createUacDialog(request, createResponse(request, 200, { toTag: "callee", extra: [["Contact", "<sip:callee@10.0.0.5>"]] }));
  const ack = createAck2xx(dialog, request);
  t.same([ack.headers.get("proxy-authorization"), ack.headers.get("authorization")], ["Digest a=b", "Digest c=d"]);
  t.same([ack.headers.get("cseq"), ack.rawUri, dialog.localSequence], ["7 ACK", "sip:callee@10.0.0.5", 7]);
});

t.test("RFC 3261 12.2.2: requests of the far side come in order", async (t) => {
  const dialog = createUasDialog(invite(), "ours");
  const withSequence = (sequence: number): SipRequest => {
    const request = invite();
    request.headers.set("CSeq", `${sequence} INVITE`);
    return request;
  };
  t.same([7, 6, 8, 20, 9].map((sequence) => checkSequence(dialog, withSequence(sequence))), ["old", "old", "accept", "accept", "old"]);
  t.equal(dialog.remoteSequence, 20);
  const fresh = { ...dialog, remoteSequence: undefined };
  t.equal(checkSequence(fresh, withSequence(0)), "accept", "zero is a number");
});

t.test("RFC 3261 12.2.2: a target refresh replaces the target only", async (t) => {
  const dialog = createUasDialog(invite(ROUTES), "ours");
  refreshTarget(dialog, invite([], "<sip:new@10.0.0.8>"));
  t.same([dialog.remoteTarget, dialog.routes.length], ["sip:new@10.0.0.8", 2]);
});

t.test("RFC 3261 12.1.1: From without a tag is an empty remote tag", async (t) => {
  const request = invite();
  request.headers.set("From", "sip:a@10.0.0.2");
  const dialog = createUasDialog(request, "ours");
  t.same([dialog.remoteTag, createInDialog(dialog, "BYE").headers.get("to")], ["", "sip:a@10.0.0.2"]);
});

t.test("RFC 3261 13.3.1.4: a 2xx is sent again at T1, doubling to T2, until the ACK or 64*T1", async (t) => {
  const clock = new SimClock();
  const atMs: number[] = [];
  let missing = 0;
  const create = (): AnswerKeeper => new AnswerKeeper({ clock, timers: TIMER_VALUES, resend: () => void atMs.push(clock.monoMs()), onAckMissing: () => void missing++ });
  create();
  clock.advanceMs(32_000);
  t.same([atMs, missing, clock.pending], [[500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500], 1, 0]);
  const keeper = create();
  clock.advanceMs(600);
  keeper.stop();
  keeper.stop();
  t.same([atMs.length, missing, clock.pending], [11, 1, 0]);
});

t.test("RFC 3261 13.2.2.4: each branch of a fork keeps its ACK, and only so many", async (t) => {
  const acks = new AckKeeper();
  const ack = invite();
  for (let i = 0; i < 20; i++) acks.keep(`tag${i}`, ack);
  t.same([acks.get("tag0"), acks.get("tag19"), acks.isFull], [ack, undefined, true]);
});

for (const row of [
  { theirsPending: false, oursPending: false, offerUnanswered: false, verdict: { kind: "accept" } },
  { theirsPending: true, oursPending: false, offerUnanswered: false, verdict: { kind: "refuse", status: 500, retryAfterS: 4 } },
  { theirsPending: false, oursPending: true, offerUnanswered: false, verdict: { kind: "refuse", status: 491 } },
  { theirsPending: false, oursPending: false, offerUnanswered: true, verdict: { kind: "refuse", status: 491 } },
]) {
  t.test(`RFC 3261 14.2: theirs ${row.theirsPending}, ours ${row.oursPending}, offer ${row.offerUnanswered}`, async (t) => {
    t.match(judgeInvite(row, 4), row.verdict);
  });
}
