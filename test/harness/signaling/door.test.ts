import t from "tap";
import { NodeCrypto } from "../../../core/crypto/node-crypto.js";
import type { Admission } from "../../../core/signaling/door.js";
import { SimClock } from "../../../protocol/base/sim-clock.js";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { Authenticator } from "../../../protocol/sip/auth/authenticator.js";
import { digestHa1, digestResponse } from "../../../protocol/sip/auth/digest.js";
import { NOTHING_LEFT, Pair } from "./pair.js";
import { Peer } from "./peer.js";

const crypto = new NodeCrypto();

const doors: readonly { admission: Admission; lines: readonly string[]; counter?: "doorDropped" }[] = [
  { admission: { kind: "reject", status: 403 }, lines: ["403 INVITE"] },
  { admission: { kind: "challenge", challenges: ['Digest realm="a"', 'Digest realm="b"'] }, lines: ["401 INVITE"] },
  { admission: { kind: "drop" }, lines: [], counter: "doorDropped" },
];
for (const { admission, lines, counter } of doors) {
  t.test(`RFC 3261 8.2: the door says ${admission.kind}, call control hears nothing`, async (t) => {
    const pair = await Pair.create({ server: { door: { admit: () => admission } } });
    const peer = await Peer.create(pair);
    const invite = peer.request({ method: "INVITE" });
    peer.send(invite);
    pair.clock.advanceMs(5);
    t.same(peer.lines, lines);
    if (admission.kind === "challenge") t.same(peer.last!.headers.getAll("www-authenticate"), admission.challenges);
    t.equal(pair.incoming, undefined);
    if (counter !== undefined) t.equal(pair.server.snapshot().counters[counter], 1);
    t.same(pair.leftovers(), NOTHING_LEFT);
  });
}

t.test("a door that throws is a 500, and the endpoint goes on", async (t) => {
  let angry = true;
  const pair = await Pair.create({
    server: {
      door: {
        admit: () => {
          if (angry) throw new Error("door");
          return { kind: "accept", origin: { kind: "trunk", name: "x" } };
        },
      },
    },
  });
  const first = pair.call();
  pair.clock.advanceMs(10);
  angry = false;
  pair.call();
  pair.clock.advanceMs(10);
  t.same(first.heard.log, ["ended remote rejected 500"]);
  t.ok(pair.incoming);
  t.equal(pair.faults.length, 1);
});

for (const algorithm of ["SHA-256", "MD5"] as const) {
  t.test(`RFC 3261 22, RFC 7616: REGISTER is challenged and then taken, ${algorithm}`, async (t) => {
    const kind = algorithm === "MD5" ? "md5" : "sha256";
    const ha1 = digestHa1(crypto, kind, { username: "1001", realm: "hospital", password: "demo-1001" });
    const authenticator = new Authenticator({ realm: "hospital", secret: new Uint8Array(16), lookup: (username) => (username === "1001" ? ha1 : undefined), crypto, random: new SimRandom(5), clock: new SimClock() });
    const pair = await Pair.create({
      server: {
        registrar: {
          register: async (request) => {
            const verdict = authenticator.verify(request);
            if (verdict.kind === "ok") return { status: 200, headers: [["Contact", `<${request.headers.contact!.rawUri}>;expires=60`]] };
            return { status: 401, headers: verdict.challenges.map((challenge) => ["WWW-Authenticate", challenge] as const) };
          },
        },
      },
    });
    const peer = await Peer.create(pair);
    const register = { method: "REGISTER", uri: "sip:10.0.0.1", to: "<sip:1001@10.0.0.1>", callId: "reg" };
    peer.send(peer.request(register));
    await pair.clock.runMs(10);
    t.equal(peer.lines.at(-1), "401 REGISTER");
    const offers = peer.last!.headers.getAll("www-authenticate");
    t.match(offers, [/algorithm=SHA-256/, /algorithm=MD5/]);
    const nonce = /nonce="([^"]+)"/.exec(offers[0]!)![1]!;
    const response = digestResponse(crypto, kind, { ha1, method: "REGISTER", uri: "sip:10.0.0.1", nonce, nc: "00000001", cnonce: "c" });
    peer.send(peer.request({ ...register, sequence: 2, extra: [["Authorization", `Digest username="1001", realm="hospital", nonce="${nonce}", uri="sip:10.0.0.1", response="${response}", algorithm=${algorithm}, cnonce="c", qop=auth, nc=00000001`]] }));
    await pair.clock.runMs(10);
    t.equal(peer.lines.at(-1), "200 REGISTER");
    t.equal(peer.last!.headers.get("contact"), "<sip:peer@10.0.0.9:5070>;expires=60");
    t.same(pair.leftovers(), NOTHING_LEFT);
  });
}

for (const [title, register] of [
  ["throws", () => { throw new Error("registrar"); }],
  ["rejects", () => Promise.reject(new Error("registrar"))],
] as const) {
  t.test(`a registrar that ${title} is a 500`, async (t) => {
    const pair = await Pair.create({ server: { registrar: { register } } });
    const peer = await Peer.create(pair);
    peer.send(peer.request({ method: "REGISTER" }));
    await pair.clock.runMs(10);
    t.same([peer.lines, pair.faults.length], [["500 REGISTER"], 1]);
  });
}

t.test("a registrar that never answers is a 500 in the end, and nothing is left", async (t) => {
  const pair = await Pair.create({ server: { registrar: { register: () => new Promise(() => undefined) } } });
  const peer = await Peer.create(pair);
  const register = peer.request({ method: "REGISTER" });
  peer.send(register);
  pair.clock.advanceMs(9000);
  peer.send(register);
  pair.clock.advanceMs(990);
  t.same(peer.lines, []);
  pair.clock.advanceMs(20);
  t.same(peer.lines, ["500 REGISTER"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});
