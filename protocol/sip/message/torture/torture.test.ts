import { readFileSync } from "node:fs";
import t from "tap";
import { createResponse } from "../build.js";
import { inspectRequest } from "../inspect.js";
import { parseMessage } from "../parse.js";
import { serializeMessage } from "../serialize.js";
import { TORTURE_VECTORS, type TortureVector } from "./vectors.js";

const OURS = { methods: ["INVITE", "ACK", "CANCEL", "BYE", "REGISTER", "OPTIONS"], extensions: [], contentTypes: ["application/sdp"] };
const vector = (name: string): TortureVector => TORTURE_VECTORS.find((candidate) => candidate.name === name)!;
const read = (name: string): ReturnType<typeof parseMessage> => parseMessage(vector(name).bytes());
const message = (name: string): NonNullable<ReturnType<typeof parseMessage>["message"]> => read(name).message!;

t.test("RFC 4475 3: the table is complete", async (t) => {
  t.equal(TORTURE_VECTORS.length, 49);
  t.equal(new Set(TORTURE_VECTORS.map(({ name }) => name)).size, 49);
  t.same(TORTURE_VECTORS.filter(({ choice }) => choice).map(({ name }) => name), ["ltgtruri", "lwsruri", "lwsstart", "trws", "escruri", "baddate", "badaspec", "baddn", "mismatch02", "badbranch", "zeromf"]);
});

t.test("docs/sip-torture.md says what the table says", async (t) => {
  const page = readFileSync(new URL("../../../../../docs/sip-torture.md", import.meta.url), "utf8");
  for (const { name, section, layer, answer, choice, why } of TORTURE_VECTORS) t.ok(page.includes(`| ${section} | ${name} | ${layer} | ${answer}${choice ? " (ours)" : ""} | ${why} |\n`), name);
});

for (const { name, section, parser, answer, bytes, layer } of TORTURE_VECTORS)
  t.test(`RFC 4475 ${section}: ${name}: the parser's part`, async (t) => {
    const { message, fault } = parseMessage(bytes());
    t.equal(fault?.code ?? "accepted", parser);
    if (fault !== undefined) {
      t.equal(layer, "parser");
      t.equal(fault.answer?.status ?? "dropped", answer);
      if (fault.answer === undefined) return;
      const response = createResponse(fault.answer.request, fault.answer.status);
      t.same(response.headers.getAll("via"), fault.answer.request.headers.getAll("via"), "the answer carries the Via as it came");
      t.match(new TextDecoder().decode(serializeMessage(response)), `SIP/2.0 ${fault.answer.status} `);
      return;
    }
    const again = parseMessage(serializeMessage(message)).message!;
    t.same(again.body, message.body);
    const fields = (headers: typeof message.headers): unknown => headers.fields.filter(({ key }) => key !== "content-length").map(({ name, value }) => [name, value]);
    t.same(fields(again.headers), fields(message.headers), "written and read again it is the same message");
  });

t.test("RFC 3261 8.2: what the user agent server refuses", async (t) => {
  for (const { name, section, layer, parser, answer } of TORTURE_VECTORS) {
    const parsed = message(name);
    if (parser !== "accepted" || parsed.kind !== "request" || layer === "transaction") continue;
    t.equal(inspectRequest(parsed, OURS)?.status, layer === "user agent" && answer !== 200 ? answer : undefined, `RFC 4475 ${section}: ${name}`);
  }
  const refusal = (name: string): unknown => {
    const parsed = message(name);
    return parsed.kind === "request" ? inspectRequest(parsed, OURS)?.headers : undefined;
  };
  t.same(refusal("bext01"), [["Unsupported", "nothingsupportsthis, nothingsupportsthiseither"]]);
  t.same(refusal("invut"), [["Accept", "application/sdp"]]);
  t.same(refusal("mpart01"), [["Allow", "INVITE, ACK, CANCEL, BYE, REGISTER, OPTIONS"]]);
});

t.test("RFC 4475 3.1.1.1: wsinv, read in full", async (t) => {
  const { headers } = message("wsinv");
  t.match(headers.to, { tag: "1918181833n", uri: { user: "vivekg", host: "chair-dnrc.example.com" } });
  t.match(headers.from, { displayName: 'J Rosenberg \\"', tag: "98asjd8" });
  t.equal(headers.maxForwards, 68);
  t.same(headers.cseq, { sequence: 9, method: "INVITE" });
  t.same(headers.vias.map(({ protocol, host, branch }) => [protocol, host, branch]), [["UDP", "192.0.2.2", "390skdjuw"], ["TCP", "spindle.example.com", "z9hG4bK9ikj8"], ["UDP", "192.168.255.111", "z9hG4bK30239"]]);
  t.equal(headers.get("subject"), "");
  t.equal(headers.get("newfangledheader"), "newfangled value continued newfangled value");
  t.same([...headers.contact!.params], [["newparam", "newvalue"], ["secondparam", ""], ["q", "0.33"]]);
  t.equal(headers.contact!.displayName, 'Quoted string ""');
  t.ok(headers.routes[0]!.uri!.params.has("lr"));
});

t.test("RFC 4475 3.1.1: characters, escapes and lists mean what they should", async (t) => {
  const odd = message("intmeth");
  t.equal(odd.headers.to.displayName, "BEL:\u0007 NUL:\u0000 DEL:\u007f");
  t.equal(odd.headers.from.params.get("fromparam''~+*_!.-%"), "работающий");
  t.equal(odd.headers.get("extensionHeader-!.%*+_`'~"), "\ufeff大停電");
  t.match(odd.kind === "request" && odd.uri, { user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*", password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)", host: "example.com" });
  const escaped = message("esc01");
  t.match(escaped.kind === "request" && escaped.uri, { scheme: "sip", user: "sips:user@example.com", host: "example.net" });
  t.equal(escaped.headers.to.uri!.user, "user");
  t.equal(escaped.headers.from.uri!.user, "I have spaces");
  t.same([...escaped.headers.contact!.uri!.params], [["lr", ""], ["name", "value%41"]]);
  t.equal(message("escnull").headers.contacts[1]!.uri!.user, "\0\0");
  t.equal(message("esc02").headers.contacts.length, 2);
  t.equal(message("lwsdisp").headers.from.displayName, "caller");
  t.equal(message("longreq").headers.vias.length, 34);
  t.equal(message("dblreq").body.length, 0);
  t.equal(message("transports").headers.topVia.protocol, "UDP");
  t.equal(message("mpart01").body.length, 553);
  t.match(message("unreason"), { status: 200, reason: "= 2**3 * 5**2 но сто девяносто девять - простое" });
  t.match(message("noreason"), { status: 100, reason: "" });
});

t.test("RFC 4475 3.3: whom a parameter belongs to", async (t) => {
  const outside = message("cparam01").headers.contact!;
  t.ok(outside.params.has("unknownparam") && !outside.uri!.params.has("unknownparam"));
  const inside = message("cparam02").headers.contact!;
  t.ok(!inside.params.has("unknownparam") && inside.uri!.params.has("unknownparam"));
  t.equal(message("regescrt").headers.contact!.uri!.headers, "Route=%3Csip:sip.example.com%3E");
  t.equal(message("unksm2").headers.to.uri, undefined);
  t.equal(message("unksm2").headers.to.rawUri, "isbn:2983792873");
  const old = message("inv2543");
  t.equal(old.headers.from.tag, undefined);
  t.equal(old.headers.topVia.branch, undefined);
  t.equal(message("bcast").headers.vias.length, 2);
});
