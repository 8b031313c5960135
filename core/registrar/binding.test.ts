import t from "tap";
import { BINDING_LIMITS, updateBindings, type Binding, type ContactUpdate, type RegisterRequest } from "./binding.js";

const source = { address: "192.0.2.10", port: 5070 };
const contact = (uri: string, expiresS?: number, qMilli = 1000): ContactUpdate => ({ uri, qMilli, expiresS });
const bound = (uri: string, more: Partial<Binding> = {}): Binding => ({ uri, qMilli: 1000, callId: "a", cseq: 5, source, expiresMonoMs: 500_000, ...more });
const request = (more: Partial<RegisterRequest>): RegisterRequest => ({ extension: "1001", contacts: [], callId: "a", cseq: 6, source, ...more });
const context = { limits: BINDING_LIMITS, nowMonoMs: 100_000, sameUri: (a: string, b: string) => a.toLowerCase() === b.toLowerCase() };

t.test("RFC 3261 10.3 steps 6-8: what a REGISTER does to the bindings", async (t) => {
  const many = Array.from({ length: 10 }, (_, i) => bound(`sip:old${i}`));
  for (const [title, current, change, expected] of [
    ["no Contact asks only", [bound("sip:a")], {}, ["sip:a@500000"]],
    ["a new one is added", [bound("sip:a")], { contacts: [contact("sip:b", 60)] }, ["sip:a@500000", "sip:b@160000"]],
    ["the same one is renewed", [bound("sip:a")], { contacts: [contact("SIP:A", 600)] }, ["SIP:A@700000"]],
    ["no Expires is an hour", [], { contacts: [contact("sip:a")] }, ["sip:a@3700000"]],
    ["more than an hour is cut", [], { contacts: [contact("sip:a", 0xffffffff)] }, ["sip:a@3700000"]],
    ["59 s is too brief", [bound("sip:a")], { contacts: [contact("sip:b", 59)] }, 423],
    ["one too brief takes none", [], { contacts: [contact("sip:a", 600), contact("sip:b", 1)] }, 423],
    ["0 takes one away", [bound("sip:a"), bound("sip:b")], { contacts: [contact("sip:a", 0)] }, ["sip:b@500000"]],
    ["0 of one that is not there", [bound("sip:b")], { contacts: [contact("sip:a", 0)] }, ["sip:b@500000"]],
    ["* takes all away", [bound("sip:a"), bound("sip:b", { callId: "z", cseq: 99 })], { contacts: "all" }, []],
    ["a late * is aborted", [bound("sip:a")], { contacts: "all", cseq: 5 }, 500],
    ["an older CSeq of the Call-ID is aborted", [bound("sip:a")], { contacts: [contact("sip:a", 0)], cseq: 4 }, 500],
    ["the same CSeq too", [bound("sip:a")], { contacts: [contact("sip:a", 600)], cseq: 5 }, 500],
    ["another Call-ID (a restarted phone) starts anew", [bound("sip:a")], { contacts: [contact("sip:a", 600)], callId: "b", cseq: 1 }, ["sip:a@700000"]],
    ["one contact twice in a request counts once, as its last", [], { contacts: [contact("sip:a", 600), contact("sip:a", 700)] }, ["sip:a@800000"]],
    ["what has expired is gone", [bound("sip:a", { expiresMonoMs: 100_000 })], {}, []],
    ["what has expired aborts nothing", [bound("sip:a", { expiresMonoMs: 100_000, cseq: 50 })], { contacts: [contact("sip:a", 60)] }, ["sip:a@160000"]],
    ["an eleventh displaces the oldest", many, { contacts: [contact("sip:new", 60)] }, [...many.slice(1).map((b) => `${b.uri}@500000`), "sip:new@160000"]],
    ["eleven at once are refused", [], { contacts: Array.from({ length: 11 }, (_, i) => contact(`sip:${i}`)) }, 400],
  ] as readonly (readonly [string, readonly Binding[], Partial<RegisterRequest>, number | readonly string[]])[]) {
    const frozen = JSON.stringify(current);
    const update = updateBindings(current, request(change), context);
    t.same(update.kind === "refused" ? update.status : update.bindings.map((b) => `${b.uri}@${b.expiresMonoMs}`), expected, title);
    t.equal(JSON.stringify(current), frozen, "what was there is left as it is");
  }
});
