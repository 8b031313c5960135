import t from "tap";
import { createRequest, createResponse } from "./build.js";
import { readExpires, SipHeaderError, SipHeaders } from "./headers.js";
import { inspectRequest } from "./inspect.js";
import { formatNameAddr, readNameAddr } from "./name-addr.js";
import { parseMessage } from "./parse.js";
import { serializeMessage } from "./serialize.js";
import { createVia, readVia, receivedVia } from "./via.js";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const HEAD = ["Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", "From: <sip:a@h>;tag=1", "To: <sip:b@h>", "Call-ID: c", "CSeq: 1 INVITE"];
const invite = (...more: readonly string[]): string => ["INVITE sip:b@h SIP/2.0", ...HEAD, ...more, "", ""].join("\r\n");
const faultOf = (message: string): string | undefined => parseMessage(encode(message)).fault?.code;

t.test("RFC 3261 7.3: an ordered multimap without case, in compact or long form", async (t) => {
  const headers = new SipHeaders([["v", "SIP/2.0/UDP a"], ["VIA", "SIP/2.0/UDP b, SIP/2.0/UDP c"], ["X-Mine", "1, 2"], ["Date", "Mon, 05 Jan 2026 01:00:00 GMT"]]);
  t.same(headers.fields.map(({ name }) => name), ["Via", "Via", "X-Mine", "Date"]);
  t.same(headers.getAll("Via"), ["SIP/2.0/UDP a", "SIP/2.0/UDP b", "SIP/2.0/UDP c"]);
  t.same(headers.getAll("date"), ["Mon, 05 Jan 2026 01:00:00 GMT"], "a comma in a date separates nothing");
  t.same(headers.getAll("x-mine"), ["1, 2"], "nor in a header that nobody knows");
  t.equal(headers.vias.length, 3);
  t.equal(headers.removeFirst("via"), "SIP/2.0/UDP a");
  t.equal(headers.topVia.host, "b", "what was cached is read anew");
  headers.prepend("Via", "SIP/2.0/UDP z").replaceFirst("via", "SIP/2.0/UDP y");
  t.same(headers.vias.map(({ host }) => host), ["y", "b", "c"]);
  headers.set("x-mine", "3").add("X-Mine", "4").set("X-MINE", "5").remove("date");
  t.same(headers.getAll("X-Mine"), ["5"]);
  t.notOk(headers.has("Date"));
  t.equal(headers.removeFirst("Route"), undefined);
  const copy = headers.clone().remove("Via");
  t.ok(headers.has("Via") && !copy.has("Via"), "a copy is one's own");
  t.equal(new SipHeaders([["Subject", "a\r\nRoute: <sip:evil>"]]).get("subject"), "a Route: <sip:evil>", "no value forges a header");
});

t.test("RFC 3261 20: typed readers", async (t) => {
  const headers = new SipHeaders([["Max-Forwards", "70"], ["Expires", "60"], ["c", "Application/SDP ; charset=utf-8"], ["Allow", "INVITE,ACK"], ["Allow", "BYE"], ["k", "Timer, 100rel"], ["Require", "Replaces"], ["Content-Length", "12"]]);
  t.same([headers.maxForwards, headers.expires, headers.contentLength], [70, 60, 12]);
  t.same([headers.contentType!.type, headers.contentType!.params.get("charset")], ["application/sdp", "utf-8"]);
  t.same([headers.allow, headers.supported, headers.require], [["INVITE", "ACK", "BYE"], ["timer", "100rel"], ["replaces"]]);
  const none = new SipHeaders();
  t.same([none.maxForwards, none.expires, none.contentType, none.contact, none.contacts, none.vias], [undefined, undefined, undefined, undefined, [], []]);
  for (const read of [() => none.topVia, () => none.from, () => none.to, () => none.cseq, () => none.callId]) t.throws(read, SipHeaderError);
  for (const [value, seconds] of [["0", 0], ["99999999999999999999", 4294967295], ["soon", 3600], ["-1", 3600]] as const) t.equal(readExpires(value), seconds, `Expires: ${value}`);
  t.ok(new SipHeaders([["Contact", "*"]]).isContactStar);
});

t.test("RFC 3261 20.10: names and addresses", async (t) => {
  for (const [value, want] of [
    ["<sip:a@h>", { displayName: undefined, rawUri: "sip:a@h", tag: undefined }],
    ['"A. \\"B\\" <C>" <sip:a@h>;tag=x', { displayName: 'A. "B" <C>', tag: "x" }],
    ["A B  <sip:a@h;lr>;q=0.5", { displayName: "A B", rawUri: "sip:a@h;lr" }],
    ["张伟 <sip:a@h>", { displayName: "张伟" }],
    ["sip:a@h;tag=x", { rawUri: "sip:a@h", tag: "x" }],
    ["<tel:+8613800000002>", { uri: undefined, rawUri: "tel:+8613800000002" }],
    ['"" <sip:a@h>;TAG="q\\"x"', { displayName: undefined, tag: 'q"x' }],
  ] as const) {
    const read = readNameAddr(value)!;
    t.match(read, want, value);
    t.same(readNameAddr(formatNameAddr({ displayName: read.displayName, uri: read.rawUri, params: read.params })), read, `${value} written and read again`);
  }
  for (const value of ["", "<", "<sip:a@h", "<>", "<sip:>", "sip:a@h?x=y", "a, b <sip:a@h>", '"a <sip:a@h>', '"a" sip:a@h', "<sip:a@h>;", "<sip:a@h>;;x", "<sip:a@h>;x;X", "<sip:a@h> x", "< sip:a@h >", "a@h", '<x:"y">', `<sip:a@h>${";x".repeat(70)}`]) t.equal(readNameAddr(value), undefined, value.slice(0, 30));
  t.equal(formatNameAddr({ displayName: 'a"\r\nb', uri: "sip:a@h", tag: "1" }), '"a\\" b" <sip:a@h>;tag=1');
});

t.test("RFC 3261 18.2.1, RFC 3581 4: Via", async (t) => {
  const source = { address: "198.51.100.7", port: 61000 };
  for (const [via, want] of [
    ["SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;rport", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;rport=61000;received=198.51.100.7"],
    ["SIP/2.0/UDP 198.51.100.7;rport;branch=x", "SIP/2.0/UDP 198.51.100.7;rport=61000;branch=x;received=198.51.100.7"],
    ["SIP/2.0/UDP host.example;branch=x", "SIP/2.0/UDP host.example;branch=x;received=198.51.100.7"],
    ["SIP/2.0/UDP 198.51.100.7:5070;branch=x", "SIP/2.0/UDP 198.51.100.7:5070;branch=x"],
    ["SIP/2.0/UDP 10.0.0.1;branch=x;received=6.6.6.6", "SIP/2.0/UDP 10.0.0.1;branch=x;received=198.51.100.7"],
  ] as const)
    t.equal(receivedVia(readVia(via)!, source), want, via);
  t.match(readVia("sip / 2.0 / tls [2001:DB8::1] : 5061 ; branch = a"), { protocol: "TLS", host: "[2001:db8::1]", port: 5061, branch: "a" });
  t.match(readVia(createVia("UDP", { address: "2001:db8::1", port: 5060 }, "z9hG4bKq")), { host: "[2001:db8::1]", port: 5060, rport: 0 });
  for (const via of ["", "SIP/2.0", "SIP/2.0/UDP", "SIP/2.0/UDP h:0", "SIP/2.0/UDP h:70000", "SIP/3.0/UDP h", "SIP/2.0/UDP h;rport=x", "SIP/2.0/UDP [::1", "SIP/2.0/UDP h x", "HTTP/2.0/UDP h"]) t.equal(readVia(via), undefined, via);
});

t.test("RFC 3261 8.1.1 and 8.2.6: requests and responses", async (t) => {
  const request = createRequest({
    method: "INVITE", uri: "sip:b c@h", via: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", from: "<sip:a@h>;tag=1", to: "<sip:b@h>", callId: "c", sequence: 7, contact: "<sip:a@192.0.2.1>", routes: ["<sip:p;lr>"],
    extra: [["X-Ringward-Call", "42"]], body: { contentType: "application/sdp", bytes: encode("v=0\r\n") },
  });
  t.equal(text(serializeMessage(request)), "INVITE sip:b%20c@h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nRoute: <sip:p;lr>\r\nMax-Forwards: 70\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\nContact: <sip:a@192.0.2.1>\r\nX-Ringward-Call: 42\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n");
  request.headers.add("Via", "SIP/2.0/UDP 10.0.0.1").add("Timestamp", "54");
  const trying = createResponse(request, 100, { toTag: "t" });
  t.same([trying.headers.to.tag, trying.headers.get("timestamp"), trying.reason], [undefined, "54", "Trying"]);
  const busy = createResponse(request, 486, { toTag: "t", reason: "Busy\r\nEvil: 1" });
  t.same([busy.headers.to.tag, busy.headers.vias.length, busy.headers.callId, busy.headers.cseq.sequence, busy.reason], ["t", 2, "c", 7, "Busy Evil: 1"]);
  request.headers.set("To", '"x;tag=no" <sip:b@h>;tag=theirs');
  t.equal(createResponse(request, 200, { toTag: "t" }).headers.get("to"), '"x;tag=no" <sip:b@h>;tag=theirs');
  t.equal(createResponse(request, 299).reason, "OK");
});

t.test("RFC 3261 7: what is no message, and how to answer", async (t) => {
  for (const [what, message, code] of [
    ["nothing", "", "sip.keepalive"],
    ["keep-alive of RFC 5626", "\r\n\r\n", "sip.keepalive"],
    ["HTTP", "GET / HTTP/1.1\r\n\r\n", "sip.foreign"],
    ["RTP", "\u0000\u0001\u0002", "sip.foreign"],
    ["a long line of nothing", "x".repeat(60_000), "sip.foreign"],
    ["version 1", invite().replace("SIP/2.0", "SIP/1.0"), "sip.version"],
    ["no empty line", invite().slice(0, -2), "sip.truncated"],
    ["a line without colon", invite("Foo"), "sip.syntax"],
    ["a header name with a space", invite("Foo bar: x"), "sip.syntax"],
    ["NUL in a value", invite("Subject: a\0b"), "sip.syntax"],
    ["a bare LF", invite("Subject: a\nRoute: x"), "sip.syntax"],
    ["a bare CR", invite("Subject: a\rb"), "sip.syntax"],
    ["CR in a quoted pair", invite('Reply-To: "\\\r" <sip:a@h>'), "sip.syntax"],
    ["NUL in the request line", invite().replace("sip:b@h", "x:b\0@h"), "sip.syntax"],
    ["two Call-IDs in two forms", invite("i: d"), "sip.duplicate"],
    ["a Call-ID with a space", invite().replace("Call-ID: c", "Call-ID: c d"), "sip.header"],
    ["CSeq of 2^31", invite().replace("CSeq: 1", "CSeq: 2147483648"), "sip.header"],
    ["CSeq without method", invite().replace("CSeq: 1 INVITE", "CSeq: 1"), "sip.header"],
    ["Max-Forwards of 256", invite("Max-Forwards: 256"), "sip.header"],
    ["a star beside a contact", invite("Contact: *, <sip:a@h>"), "sip.header"],
    ["a broken Record-Route", invite("Record-Route: <sip:p;lr"), "sip.header"],
    ["a broken Route", invite("Route: sip:p, <x>"), "sip.header"],
    ["Content-Length with a sign", invite("Content-Length: +0"), "sip.length"],
    ["Content-Length beyond numbers", invite(`Content-Length: ${"9".repeat(400)}`), "sip.length"],
    ["too many fields", invite(...Array<string>(300).fill("X: y")), "sip.limit"],
    ["too long a field", invite(`X: ${"y".repeat(9000)}`), "sip.limit"],
    ["too long a folded field", invite(`X: y${"\r\n y".repeat(3000)}`), "sip.limit"],
    ["too long a request line", invite().replace("sip:b@h", `sip:${"b".repeat(9000)}@h`), "sip.limit"],
    ["too long a URI", invite().replace("sip:b@h", `sip:${"b".repeat(5000)}@h`), "sip.uri"],
    ["too many values", invite(`Route: ${Array<string>(300).fill("<sip:p>").join(",")}`), "sip.header"],
  ] as const)
    t.equal(faultOf(message), code, what);
  t.equal(parseMessage(new Uint8Array(65_536)).fault?.code, "sip.limit");
  t.equal(parseMessage(encode(invite(...Array<string>(300).fill("X: y")))).fault?.answer?.status, 513);
  t.equal(parseMessage(encode(invite().replace("SIP/2.0", "SIP/1.0"))).fault?.answer?.status, 505);
  t.equal(parseMessage(encode(invite("Foo").replaceAll("INVITE", "ACK"))).fault?.answer, undefined, "an ACK is never answered");
  t.equal(parseMessage(encode(invite("Foo").replace(/Via.*\r\n/, ""))).fault?.answer, undefined, "nor what has no Via");
  t.equal(parseMessage(encode(invite("Foo").replace("INVITE sip:b@h SIP/2.0", "SIP/2.0 200 OK"))).fault?.answer, undefined, "nor a response");
  const broken = parseMessage(encode(invite("Foo", "X-After: 1").replace("To: <sip:b@h>", "To: <sip:b"))).fault!.answer!;
  t.equal(createResponse(broken.request, broken.status, { toTag: "t" }).headers.get("to"), "<sip:b;tag=t", "what can't be read is copied");
  t.equal(broken.request.headers.get("x-after"), "1", "and what follows the fault is there");
});

t.test("RFC 3261 18.3 and 7.5: where a message begins and ends", async (t) => {
  const read = (message: string): string => text(parseMessage(encode(message)).message!.body);
  t.equal(read(`${invite("Content-Type: text/plain", "Content-Length: 3")}abcdef`), "abc");
  t.equal(read(`${invite("Content-Type: text/plain")}abcdef`), "abcdef");
  t.equal(read(`\r\n\r\n${invite("Subject: 甲", "Content-Length: 6")}甲乙丙`), "甲乙", "bytes are counted, not characters");
  const latin = Uint8Array.from(invite("Subject: \xe9", "Content-Length: 2"), (char) => char.charCodeAt(0));
  t.equal(text(parseMessage(Uint8Array.from([...latin, 0x61, 0x62, 0x63])).message!.body), "ab", "bytes that are no UTF-8 cost nobody the body");
});

t.test("RFC 3261 8.2: what a user agent server refuses, in the RFC's order", async (t) => {
  const ours = { methods: ["INVITE", "ACK", "CANCEL", "OPTIONS"], extensions: ["timer"], contentTypes: ["application/sdp"] };
  const refused = (message: string): number | undefined => {
    const parsed = parseMessage(encode(message)).message;
    return parsed?.kind === "request" ? inspectRequest(parsed, ours)?.status : -1;
  };
  const withBody = (...more: readonly string[]): string => `${invite(...more)}body`;
  for (const [what, message, status] of [
    ["nothing to say against", invite(), undefined],
    ["SUBSCRIBE", invite("Require: x").replaceAll("INVITE", "SUBSCRIBE"), 405],
    ["a method that nobody knows", invite().replaceAll("INVITE", "DANCE"), 501],
    ["methods have case", invite().replaceAll("INVITE", "invite"), 501],
    ["tel:", invite().replace("sip:b@h", "tel:+8612345"), 416],
    ["an extension that we have", invite("Require: Timer"), undefined],
    ["one that we don't", invite("Require: timer, 100rel"), 420],
    ["CANCEL is exempt", invite("Require: 100rel").replaceAll("INVITE", "CANCEL"), undefined],
    ["ACK is never refused", invite("Require: 100rel").replaceAll("INVITE", "ACK"), undefined],
    ["SDP", withBody("c: application/SDP;x=y"), undefined],
    ["text", withBody("c: text/plain"), 415],
    ["a body without a type", withBody(), 415],
    ["an optional body", withBody("c: text/plain", "Content-Disposition: icon;handling=optional"), undefined],
    ["gzip", withBody("c: application/sdp", "e: gzip"), 415],
    ["Accept: */*", invite("Accept: text/plain, */*;q=0.1"), undefined],
    ["Accept: application/*", invite("Accept: application/*"), undefined],
    ["empty Accept", invite("Accept:"), 406],
    ["Accept of an OPTIONS", invite("Accept: text/plain").replaceAll("INVITE", "OPTIONS"), undefined],
  ] as const)
    t.equal(refused(message), status, what);
});
