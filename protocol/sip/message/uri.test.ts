import t from "tap";
import { formatUri, parseUri, sameUri } from "./uri.js";

t.test("RFC 3261 19.1.1: parts of a URI, escapes decoded", async (t) => {
  for (const [text, want] of [
    ["sip:alice@Atlanta.COM", { scheme: "sip", user: "alice", host: "atlanta.com" }],
    ["SIPS:alice:secret@[2001:DB8::1]:5061", { scheme: "sips", user: "alice", password: "secret", host: "[2001:db8::1]", port: 5061 }],
    ["sip:192.0.2.4", { scheme: "sip", host: "192.0.2.4" }],
    ["sip:%E7%94%B2@h?Subject=a%20b&Priority=urgent", { scheme: "sip", user: "甲", host: "h", headers: "Subject=a%20b&Priority=urgent" }],
    ["sip:%ff%00@h", { scheme: "sip", user: "\u00ff\0", host: "h" }],
    ["sip:*72#@h", { scheme: "sip", user: "*72#", host: "h" }],
    ["sip:user;par=u%40example.net@example.com", { scheme: "sip", user: "user;par=u@example.net", host: "example.com" }],
  ] as const) {
    const uri = parseUri(text);
    t.match(uri, want, text);
    t.same(parseUri(formatUri(uri!)), uri, `${text} written and read again`);
  }
  const params = parseUri("sip:a@h;Transport=TCP;lr;n%61me=v%61lue%25")!.params;
  t.same([...params], [["transport", "TCP"], ["lr", ""], ["name", "value%"]]);
});

t.test("RFC 3261 19.1.1: what is no SIP URI", async (t) => {
  for (const text of ["", "sip:", "sip:@h", "sip:a@", "sip:a@b@c", "sip:a@h:0", "sip:a@h:65536", "sip:a@h:x", "sip:a b@h", "sip:a%4@h", "sip:a%zz@h", "sip:a@h;", "sip:a@h;;lr", "sip:a@h;lr;LR", "sip:a@h?", "sip:a@h? x=y", "tel:+86", "<sip:a@h>", "sip:\u7532@h", "sip:a@[::1", "sip:a@h\r\n", `sip:${"a".repeat(5000)}@h`])
    t.equal(parseUri(text), undefined, text.slice(0, 40));
});

t.test("RFC 3261 19.1.4: comparison", async (t) => {
  for (const [a, b, same] of [
    ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true],
    ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true],
    ["sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true],
    ["sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com", "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com", true],
    ["sip:alice@atlanta.com?subject=project%20x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=project%20x", true],
    ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false],
    ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false],
    ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false],
    ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false],
    ["sip:a@h", "sips:a@h", false],
    ["sip:a@h;user=phone", "sip:a@h", false],
    ["sip:a@h", "sip:a@h;maddr=192.0.2.1", false],
  ] as const) {
    t.equal(sameUri(parseUri(a)!, parseUri(b)!), same, `${a} ${same ? "is" : "is not"} ${b}`);
    t.equal(sameUri(parseUri(b)!, parseUri(a)!), same, `${b} ${same ? "is" : "is not"} ${a}`);
  }
});

t.test("RFC 3261 25.1: what is written needs no luck to be read", async (t) => {
  t.equal(formatUri({ scheme: "sip", user: "a b@\u7532\ud800#", host: "h", port: 5062, params: new Map([["x", "a;b"], ["lr", ""]]) }), "sip:a%20b%40%E7%94%B2%EF%BF%BD%23@h:5062;x=a%3Bb;lr");
});
