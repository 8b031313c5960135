import t from "tap";
import { SipHeaders } from "../message/headers.js";
import { readReferTo } from "./refer-to.js";
import { readReplaces, REPLACES_VERDICT, type ReplacedState } from "./replaces.js";
import { sipfrag } from "./sipfrag.js";

for (const [value, expected] of [
  ["<sip:1002@ringward>", { number: "1002" }],
  ["sip:1002@ringward", { number: "1002" }],
  ['"Room 2" <sip:1002@192.0.2.1:5060;transport=tcp;method=INVITE>;early', { number: "1002" }],
  ["<sip:%2B8610@ringward;method=invite>", { number: "+8610" }],
  ["<sips:1002@ringward>", { number: "1002" }],
  ["<sip:1002;phone-context=x@ringward>", { number: "1002" }],
  ["<sip:1002@ringward?Replaces=a%40h%3Bto-tag%3Dt%3Bfrom-tag%3Df>", { number: "1002", replaces: { callId: "a@h", toTag: "t", fromTag: "f", earlyOnly: false } }],
  ["<sip:1002@h?subject=x&replaces=a%3bfrom-tag%3df%3bto-tag%3dt%3bearly-only&Require=replaces>", { number: "1002", replaces: { callId: "a", toTag: "t", fromTag: "f", earlyOnly: true } }],
  ["<sip:ringward?Replaces=a%3Bto-tag%3Dt%3Bfrom-tag%3Df>", { number: "", replaces: { callId: "a", toTag: "t", fromTag: "f", earlyOnly: false } }],
  ["<sip:1002@h?Subject=x>", { number: "1002" }],
  ["<sip:ringward>", "Refer-To"],
  ["<sip:1002@ringward;method=SUBSCRIBE>", "Refer-To method"],
  ["<http://example.com/>", "Refer-To"],
  ["<tel:+8610>", "Refer-To"],
  ["<sip:1002@ringward", "Refer-To"],
  ["", "Refer-To"],
  [`<sip:${"1".repeat(2000)}@ringward>`, "Refer-To"],
  ["<sip:1002@h?Replaces=a>", "Replaces"],
  ["<sip:1002@h?Replaces=a%3Bto-tag%3Dt>", "Replaces"],
  ["<sip:1002@h?Replaces=a%3Bto-tag%3Dt%3Bto-tag%3Du%3Bfrom-tag%3Df>", "Replaces"],
  ["<sip:1002@h?Replaces=%FF%FE>", "Replaces"],
  ["<sip:1002@h?Replaces=>", "Replaces"],
] as const)
  t.test(`RFC 3515 2.1: Refer-To: ${value.slice(0, 80)}`, async (t) => {
    t.same(readReferTo(new SipHeaders([["Refer-To", value]])), expected);
    t.same(readReferTo(new SipHeaders([["r", value]])), expected, "short form");
  });

for (const [value, taken] of [
  ["<sip:1001@ringward>", true],
  ['"Room 1" <sip:1001@ringward>;cid="20398823.2UWQFN309shb3@referrer.example"', true],
  ["<sip:1001@ringward", false],
  ["<tel:1001>", false],
  [`<sip:${"1".repeat(2000)}@ringward>`, false],
] as const)
  t.test(`RFC 3892 2.1: Referred-By: ${value.slice(0, 60)}`, async (t) => {
    const to = readReferTo(new SipHeaders([["Refer-To", "<sip:1002@ringward>"], ["Referred-By", value]]));
    t.same(to, { number: "1002", ...(taken ? { referredBy: value } : {}) });
  });

t.test("RFC 3515 2.4.2: no Refer-To at all", async (t) => {
  t.equal(readReferTo(new SipHeaders()), "no Refer-To");
});

for (const [value, expected] of [
  ["98732@sip.example.com ;from-tag=r33th4x0r ;to-tag=ff87ff", { callId: "98732@sip.example.com", fromTag: "r33th4x0r", toTag: "ff87ff", earlyOnly: false }],
  ["12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only", { callId: "12adf2f34456gs5", fromTag: "54321", toTag: "12345", earlyOnly: true }],
  ["87134@171.161.34.23;to-tag=24796;from-tag=0;x=y", { callId: "87134@171.161.34.23", fromTag: "0", toTag: "24796", earlyOnly: false }],
  ["a@b@c;to-tag=1;from-tag=2", undefined],
  ["a b;to-tag=1;from-tag=2", undefined],
  [";to-tag=1;from-tag=2", undefined],
  ["a;to-tag=1", undefined],
  ["a;to-tag;from-tag=2", undefined],
  ["a;to-tag=1;from-tag=2;from-tag=3", undefined],
  [`${"a".repeat(600)};to-tag=1;from-tag=2`, undefined],
] as const)
  t.test(`RFC 3891 6.1: Replaces: ${value.slice(0, 60)}`, async (t) => {
    t.same(readReplaces(value), expected);
  });

for (const [state, earlyOnly, status] of [
  ["unknown", false, 481], ["unknown", true, 481],
  ["ended", false, 603], ["ended", true, 603],
  ["confirmed", false, undefined], ["confirmed", true, 486],
  ["rung", false, undefined], ["rung", true, undefined],
  ["ringing", false, 481], ["ringing", true, 481],
] as const satisfies readonly (readonly [ReplacedState, boolean, number | undefined])[])
  t.test(`RFC 3891 3: Replaces for a dialog that is ${state}${earlyOnly ? ", early-only" : ""}: ${status ?? "taken"}`, async (t) => {
    t.equal(REPLACES_VERDICT[state]({ callId: "a", toTag: "1", fromTag: "2", earlyOnly }), status);
  });

t.test("RFC 3515 2.4.5: a NOTIFY's body is a status line", async (t) => {
  const body = sipfrag(486);
  t.same([body.contentType, new TextDecoder().decode(body.bytes)], ["message/sipfrag;version=2.0", "SIP/2.0 486 Busy Here\r\n"]);
});
