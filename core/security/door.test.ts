import { createHash, createHmac } from "node:crypto";
import t from "tap";
import type { Crypto, DigestAlgorithm } from "../../protocol/base/crypto.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { Authenticator } from "../../protocol/sip/auth/authenticator.js";
import { digestResponse } from "../../protocol/sip/auth/digest.js";
import { parseMessage } from "../../protocol/sip/message/parse.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import { Phones } from "../registrar/phone.js";
import { RegisterDoor, sameContactUri } from "../registrar/register-door.js";
import { Registrar } from "../registrar/registrar.js";
import type { RegisterAnswer } from "../signaling/door.js";
import { Trunks } from "../trunks/trunk.js";
import { CallDoor } from "./call-door.js";
import { FailureLimit } from "./failure-limit.js";
import { PhoneGate, type SecurityObservation } from "./phone-gate.js";

const crypto: Crypto = {
  digest: (algorithm, data) => createHash(algorithm).update(data).digest(),
  hmacSha256: (key, data) => createHmac("sha256", key).update(data).digest(),
  equal: (a, b) => Buffer.compare(a, b) === 0,
  scrypt: () => Promise.reject(new Error("not used")),
};

const REALM = "ringward";
const PHONE: Endpoint = { address: "203.0.113.5", port: 5070 };
const CARRIER: Endpoint = { address: "192.0.2.1", port: 5060 };
const STRANGER: Endpoint = { address: "198.51.100.66", port: 5060 };

interface Rig {
  readonly clock: SimClock;
  readonly registrar: Registrar;
  readonly registerDoor: RegisterDoor;
  readonly callDoor: CallDoor;
  readonly seen: SecurityObservation[];
}

function rig(algorithms?: readonly DigestAlgorithm[]): Rig {
  const clock = new SimClock();
  const seen: SecurityObservation[] = [];
  const definitions = [
    { extension: "1001", password: "demo-1001" },
    { extension: "1002", password: "demo-1002" },
  ];
  const phones = new Phones({ crypto, realm: REALM, definitions });
  const random = new SimRandom(11);
  const verifier = new Authenticator({ realm: REALM, secret: random.bytes(32), lookup: (user, algorithm) => phones.ha1(user, algorithm), crypto, random, clock, ...(algorithms === undefined ? {} : { algorithms }) });
  const registrar = new Registrar({ clock, keeper: { load: async () => new Map(), save: async () => {} }, sameUri: sameContactUri });
  const limit = new FailureLimit({ clock });
  const gate = new PhoneGate({ verifier, limit, isRegistered: (from) => registrar.findBySource(from) !== undefined, observe: (o) => void seen.push(o) });
  const trunks = new Trunks([{ name: "carrier", sources: ["192.0.2.0/28"] }]);
  const callDoor = new CallDoor({ gate, isExtension: (user) => phones.get(user) !== undefined, findContact: (from) => registrar.findBySource(from), findTrunk: (address) => trunks.findBySource(address), findLine: (line) => trunks.findByLine(line) });
  return { clock, seen, registrar, callDoor, registerDoor: new RegisterDoor({ clock, gate, registrar }) };
}

let cseq = 0;
function request(method: string, from: string, extra: readonly string[] = []): SipRequest {
  const to = method === "REGISTER" ? (extra.find((line) => line.startsWith("To:")) ?? `To: <sip:${from}@${REALM}>`) : "To: <sip:95001@ringward>";
  const lines = [
    `${method} sip:${method === "REGISTER" ? "" : "95001@"}ringward SIP/2.0`,
    "Via: SIP/2.0/UDP 203.0.113.5:5070;branch=z9hG4bKx;rport",
    `From: <sip:${from}@ringward>;tag=a`,
    to,
    "Call-ID: c1",
    `CSeq: ${(cseq += 1)} ${method}`,
    ...extra.filter((line) => !line.startsWith("To:")),
    "Content-Length: 0",
  ];
  const parsed = parseMessage(new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n"));
  if (parsed.message?.kind !== "request") throw new Error(`test message: ${JSON.stringify(parsed.fault)}`);
  return parsed.message;
}

/** What a phone does with a 401. */
function credentials(challenge: string, method: string, who: { readonly username: string; readonly password: string }): string {
  const nonce = /nonce="([^"]+)"/.exec(challenge)![1]!;
  const uri = method === "REGISTER" ? "sip:ringward" : "sip:95001@ringward";
  const ha1 = createHash("sha256").update(`${who.username}:${REALM}:${who.password}`).digest("hex");
  const response = digestResponse(crypto, "sha256", { ha1, method, uri, nonce, nc: "00000001", cnonce: "q" });
  return `Authorization: Digest username="${who.username}", realm="${REALM}", nonce="${nonce}", uri="${uri}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="q", response="${response}"`;
}

const RIGHT = { username: "1001", password: "demo-1001" };

async function register(r: Rig, who: { readonly username: string; readonly password: string; readonly at?: Endpoint }, extra: readonly string[]): Promise<RegisterAnswer> {
  const from = who.at ?? PHONE;
  const first = await r.registerDoor.register(request("REGISTER", who.username, extra), from);
  if (first.status !== 401) return first;
  return r.registerDoor.register(request("REGISTER", who.username, [...extra, credentials(first.headers[0]![1], "REGISTER", who)]), from);
}

t.test("RFC 3261 10.3: a phone registers, always challenged", async (t) => {
  const r = rig();
  const first = await r.registerDoor.register(request("REGISTER", "1001", ["Contact: <sip:1001@203.0.113.5:5070>"]), PHONE);
  t.equal(first.status, 401);
  t.same(first.headers.map(([name]) => name), ["WWW-Authenticate", "WWW-Authenticate"]);
  const answer = await register(r, RIGHT, ["Contact: <sip:1001@10.0.0.2:5070>;q=0.5;expires=120", "Expires: 600"]);
  t.same(answer, {
    status: 200,
    headers: [
      ["Contact", "<sip:1001@10.0.0.2:5070>;q=0.5;expires=120"],
      ["Date", "Mon, 05 Jan 2026 01:00:00 GMT"],
    ],
  });
  t.same(r.registrar.contacts("1001")[0]?.source, PHONE, "reachable where it came from, not where its URI says");
  r.registrar.close();
});

t.test("RFC 3261 10.3: what else a REGISTER is answered", async (t) => {
  for (const [title, extra, status, headers] of [
    ["step 7: too brief", ["Contact: <sip:1001@203.0.113.5>;expires=30"], 423, [["Min-Expires", "60"]]],
    ["step 6: * and another", ["Contact: *", "Contact: <sip:1001@203.0.113.5>", "Expires: 0"], 400, []],
    ["step 6: * without Expires", ["Contact: *"], 400, []],
    ["step 6: * with Expires 60", ["Contact: *", "Expires: 60"], 400, []],
    ["step 6: * with Expires 0", ["Contact: *", "Expires: 0"], 200, undefined],
    ["no Contact: the list", [], 200, undefined],
    ["another's address of record (step 4)", ["To: <sip:1002@ringward>", "Contact: <sip:1001@203.0.113.5>"], 403, []],
    ["To without a user", ["To: <sip:ringward>"], 403, []],
    ["a contact that no INVITE could go to", ["Contact: <mailto:a@example.com>"], 400, []],
    ["a malformed expires counts as an hour (20.10)", ["Contact: <sip:1001@203.0.113.5>;expires=soon"], 200, undefined],
    ["RFC 4475 3.3.14 regescrt: an escaped header belongs to the URI", ["Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>"], 200, undefined],
  ] as const) {
    const r = rig();
    const answer = await register(r, RIGHT, extra);
    t.equal(answer.status, status, title);
    if (headers !== undefined) t.same(answer.headers, headers, title);
    else t.match(answer.headers.at(-1), ["Date", /GMT$/], title);
    r.registrar.close();
    t.equal(r.clock.pending, 0);
  }
  const regescrt = rig();
  const answer = await register(regescrt, RIGHT, ["Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>"]);
  t.equal(answer.headers[0]![1], "<sip:user@example.com?Route=%3Csip:sip.example.com%3E>;expires=3600");
  regescrt.registrar.close();
});

t.test("RFC 7616 3.7: an algorithm that was not offered is not taken", async (t) => {
  const r = rig(["md5"]);
  const first = await r.registerDoor.register(request("REGISTER", "1001"), PHONE);
  t.match(first.headers, [["WWW-Authenticate", /algorithm=MD5/]]);
  t.equal(first.headers.length, 1, "phones that know MD5 only give up where SHA-256 is named");
  t.equal((await register(r, RIGHT, [])).status, 401, "the right password by SHA-256");
});

t.test("no oracle: an extension that is not there is answered like a wrong password", async (t) => {
  const r = rig();
  const wrong = { username: "1001", password: "no" };
  const unknown = { username: "7777", password: "no" };
  t.same(await register(r, wrong, []), { status: 403, headers: [] });
  t.same(await register(r, unknown, []), { status: 403, headers: [] });
  for (const who of [wrong, unknown]) {
    const first = r.callDoor.admit(request("INVITE", who.username), STRANGER);
    t.equal(first.kind, "challenge");
    const second = r.callDoor.admit(request("INVITE", who.username, [credentials(first.kind === "challenge" ? first.challenges[0]! : "", "INVITE", who)]), STRANGER);
    t.same(second, { kind: "reject", status: 403 });
  }
  t.same(r.seen.map((o) => o.type), new Array(4).fill("security.failed"), "a first 401 counts as nothing");
});

t.test("who may call: the door's order of decision", async (t) => {
  const r = rig();
  await register(r, { ...RIGHT, at: { address: "192.0.2.2", port: 6000 } }, ["Contact: <sip:1001@203.0.113.5>"]);
  const carrierPhone = { address: "192.0.2.2", port: 6000 };
  for (const [title, from, source, expected] of [
    ["a carrier's caller", "13800000002", CARRIER, { kind: "accept", origin: { kind: "trunk", name: "carrier" } }],
    ["a carrier's caller who claims an extension", "1001", CARRIER, { kind: "challenge" }],
    ["a registered contact inside the trunk's range", "anonymous", carrierPhone, { kind: "challenge" }],
    ["another port of that address", "anonymous", { ...carrierPhone, port: 6001 }, { kind: "accept" }],
    ["an extension from anywhere", "1002", PHONE, { kind: "challenge" }],
    ["a stranger", "13800000002", STRANGER, { kind: "challenge" }],
  ] as const)
    t.match(r.callDoor.admit(request("INVITE", from), source), expected, title);

  const authenticated = (from: string): unknown => {
    const challenge = r.callDoor.admit(request("INVITE", from), PHONE);
    if (challenge.kind !== "challenge") return challenge;
    return r.callDoor.admit(request("INVITE", from, [credentials(challenge.challenges[0]!, "INVITE", RIGHT)]), PHONE);
  };
  t.same(authenticated("1001"), { kind: "accept", origin: { kind: "phone", name: "1001" } });
  t.same(authenticated("anonymous"), { kind: "accept", origin: { kind: "phone", name: "1001" } }, "RFC 3323: a withheld number");
  t.same(authenticated("1002"), { kind: "reject", status: 403 }, "another phone's number");
  r.registrar.close();
});

t.test("too many wrong passwords from one address meet silence, registered phones behind it don't", async (t) => {
  const r = rig();
  await register(r, RIGHT, ["Contact: <sip:1001@203.0.113.5:5070>"]);
  const neighbour = { ...PHONE, port: 9999 };
  for (let i = 0; i < 20; i++) t.equal((await register(r, { username: "1002", password: "guess", at: neighbour }, [])).status, 403);
  t.same(r.callDoor.admit(request("INVITE", "1002"), neighbour), { kind: "drop" });
  t.same(await register(r, { username: "1002", password: "demo-1002", at: neighbour }, []), { status: 403, headers: [] }, "even the right one, which it would betray");
  t.equal(r.seen.filter((o) => o.type === "security.blocked").length, 1, "said once, not for each request");
  t.equal(r.callDoor.admit(request("INVITE", "1001"), PHONE).kind, "challenge");
  t.equal(r.callDoor.admit(request("INVITE", "1001"), STRANGER).kind, "challenge");
  r.clock.advanceMs(15_000);
  t.equal(r.callDoor.admit(request("INVITE", "1002"), neighbour).kind, "challenge", "one failure is forgotten every 15 s");
  r.registrar.close();
});

t.test("the memory for failures is bounded and forgets", async (t) => {
  const clock = new SimClock();
  const limit = new FailureLimit({ clock, failuresMax: 2, forgetMs: 1000, addressesMax: 2 });
  for (const address of ["a", "a", "b", "c", "b", "b"]) limit.countFailure(address);
  t.same([limit.isBlocked("a"), limit.isBlocked("b"), limit.isBlocked("c"), limit.size], [false, true, false, 2]);
  clock.advanceMs(2000);
  t.same([limit.isBlocked("b"), limit.isBlocked("c"), limit.size], [false, false, 0]);
});
