import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";
import t from "tap";
import type { Crypto } from "../../base/crypto.js";
import { SimRandom } from "../../base/sim-random.js";
import { createRequest, createResponse } from "../message/build.js";
import type { SipRequest, SipResponse } from "../message/message.js";
import { readAuthParams } from "./auth-params.js";
import { readChallenge } from "./challenge.js";
import { DigestAccount } from "./digest-account.js";
import { DigestClient } from "./digest-client.js";

const crypto: Crypto = {
  digest: (algorithm, data) => createHash(algorithm).update(data).digest(),
  hmacSha256: (key, data) => createHmac("sha256", key).update(data).digest(),
  equal: (a, b) => timingSafeEqual(a, b),
  scrypt: () => Promise.reject(new Error("not for digest")),
};
const PASSWORD = "s3cret-of-the-trunk";
const account = (realm?: string): DigestAccount => new DigestAccount({ username: "hospital", password: PASSWORD, realm, crypto, random: new SimRandom(7) });

const request = (method = "INVITE", uri = "sip:13900000001@203.0.113.5"): SipRequest => createRequest({ method, uri, from: "<sip:a@x>;tag=a", to: "<sip:b@x>", callId: "c", sequence: 1 });
const refused = (status: 401 | 407, challenges: readonly string[]): SipResponse =>
  createResponse(request(), status, { toTag: "t", extra: challenges.map((value) => [status === 401 ? "WWW-Authenticate" : "Proxy-Authenticate", value] as const) });
const params = (sent: SipRequest, header = "proxy-authorization"): ReadonlyMap<string, string> => readAuthParams(sent.headers.get(header)!) as ReadonlyMap<string, string>;

/** RFC 7616 section 3.4.1 written down once more. */
function expected(hash: "md5" | "sha256", sent: ReadonlyMap<string, string>, options: { readonly session?: boolean; readonly method?: string } = {}): string {
  const h = (text: string): string => createHash(hash).update(text).digest("hex");
  const p = (name: string): string => sent.get(name)!;
  const base = h(`hospital:${p("realm")}:${PASSWORD}`);
  const ha1 = options.session === true ? h(`${base}:${p("nonce")}:${p("cnonce")}`) : base;
  const ha2 = h(`${options.method ?? "INVITE"}:${p("uri")}`);
  return sent.has("qop") ? h(`${ha1}:${p("nonce")}:${p("nc")}:${p("cnonce")}:auth:${ha2}`) : h(`${ha1}:${p("nonce")}:${ha2}`);
}

for (const [title, challenge, hash, session, name] of [
  ["MD5", 'Digest realm="pstn", nonce="n1", algorithm=MD5, qop="auth"', "md5", false, "MD5"],
  ["no algorithm is MD5", 'Digest realm="pstn", nonce="n1", qop="auth"', "md5", false, "MD5"],
  ["SHA-256", 'Digest realm="pstn", nonce="n1", algorithm=SHA-256, qop="auth,auth-int", opaque="o\\"1"', "sha256", false, "SHA-256"],
  ["MD5-sess", 'Digest realm="pstn", nonce="n1", algorithm=MD5-sess, qop="auth"', "md5", true, "MD5-sess"],
  ["SHA-256-sess without qop", 'Digest realm="pstn", nonce="n1", algorithm=SHA-256-sess', "sha256", true, "SHA-256-sess"],
  ["RFC 2069, without qop", 'Digest realm="pstn", nonce="n1", algorithm="md5"', "md5", false, "md5"],
] as const)
  t.test(`RFC 7616 3.4.1: ${title}`, async (t) => {
    const client = new DigestClient(account());
    t.equal(client.take(refused(407, [challenge]), new Set()), undefined);
    const sent = request();
    client.authorize(sent);
    const p = params(sent);
    t.same([p.get("username"), p.get("realm"), p.get("nonce"), p.get("uri"), p.get("algorithm")], ["hospital", "pstn", "n1", "sip:13900000001@203.0.113.5", name]);
    t.equal(p.get("response"), expected(hash, p, { session }));
    if (challenge.includes("opaque")) t.equal(p.get("opaque"), 'o"1');
    t.equal(p.get("nc"), challenge.includes("qop") ? "00000001" : undefined);
    const bye = request("BYE", "sip:far@203.0.113.9:5070");
    client.authorize(bye);
    t.equal(params(bye).get("nc"), challenge.includes("qop") ? "00000002" : undefined, "counted on in the dialog");
    t.equal(params(bye).get("response"), expected(hash, params(bye), { session, method: "BYE" }), "each request for itself");
  });

t.test("RFC 8760 2.4: of several challenges the strongest that is known, wherever it stands", async (t) => {
  for (const [order, name] of [
    [['Digest realm="r", nonce="a", algorithm=MD5, qop="auth"', 'Digest realm="r", nonce="b", algorithm=SHA-512-256, qop="auth"', 'Digest realm="r", nonce="c", algorithm=SHA-256, qop="auth"'], "SHA-256"],
    [['Digest realm="r", nonce="c", algorithm=SHA-256, qop="auth-int"', 'Digest realm="r", nonce="a", qop="auth"'], "MD5"],
    [["Basic realm=r", 'Digest realm="r", nonce="a"'], "MD5"],
  ] as const) {
    const client = new DigestClient(account());
    t.equal(client.take(refused(401, order), new Set()), undefined);
    const sent = request();
    client.authorize(sent);
    t.equal(sent.headers.getAll("authorization").length, 1);
    t.equal(params(sent, "authorization").get("algorithm"), name);
    t.notOk(sent.headers.has("proxy-authorization"));
  }
});

for (const [title, values, refusal] of [
  ["an algorithm that we don't know", ['Digest realm="r", nonce="n", algorithm=SHA-512-256'], "auth.algorithm"],
  ["auth-int alone", ['Digest realm="r", nonce="n", qop="auth-int"'], "auth.qop"],
  ["another scheme", ['Basic realm="r"'], "auth.scheme"],
  ["no realm", ['Digest nonce="n"'], "auth.missing"],
  ["garbage", ['Digest realm="r'], "auth.syntax"],
  ["too long", [`Digest realm="r", nonce="${"n".repeat(5000)}"`], "auth.long"],
  ["a parameter twice", ['Digest realm="r", realm="s", nonce="n"'], "auth.duplicate"],
  ["none at all", [], "auth.absent"],
] as const)
  t.test(`RFC 3261 22.2: ${title} -> ${refusal}, and nothing is sent`, async (t) => {
    const client = new DigestClient(account());
    t.equal(client.take(refused(407, values), new Set()), refusal);
    const sent = request();
    client.authorize(sent);
    t.notOk(sent.headers.has("proxy-authorization"));
  });

t.test("RFC 3261 22.2: the same challenge again is a refusal, a stale nonce is not, and nothing goes on for ever", async (t) => {
  const challenge = (nonce: string, stale = false): SipResponse => refused(407, [`Digest realm="r", nonce="${nonce}", qop="auth"${stale ? ", stale=TRUE" : ""}`]);
  const client = new DigestClient(account());
  const answered = new Set<string>();
  t.equal(client.take(challenge("1"), answered), undefined);
  t.equal(client.take(challenge("2", true), answered), undefined);
  const sent = request();
  client.authorize(sent);
  t.same([params(sent).get("nonce"), params(sent).get("nc")], ["2", "00000001"], "the new nonce is counted from the beginning");
  t.equal(client.take(challenge("3"), answered), "auth.wrong");
  t.equal(client.take(challenge("4"), new Set()), undefined, "the next request of the dialog begins anew: its nonce may have run out without a word");
  const forever = new Set<string>();
  let tries = 0;
  while (tries < 100 && client.take(challenge(String(tries), true), forever) === undefined) tries++;
  t.equal(tries, 4);
});

t.test("RFC 3261 22.3: a proxy and the far side each have their challenge; of two realms one may be missing", async (t) => {
  const client = new DigestClient(account());
  const answered = new Set<string>();
  t.equal(client.take(refused(407, ['Digest realm="proxy", nonce="p"', 'Digest realm="second", nonce="q"']), answered), undefined);
  t.equal(client.take(refused(401, ['Digest realm="far", nonce="f"']), answered), undefined);
  const sent = request();
  client.authorize(sent);
  t.equal(sent.headers.getAll("proxy-authorization").length, 2);
  t.equal(sent.headers.getAll("authorization").length, 1);
  t.equal(new DigestClient(account("pstn")).take(refused(407, ['Digest realm="evil", nonce="x"']), new Set()), "auth.realm");
  t.equal(new DigestClient(account("pstn")).take(refused(407, ['Digest realm="evil", nonce="x"', 'Digest realm="pstn", nonce="x"']), new Set()), undefined);
  const many = Array.from({ length: 8 }, (_, i) => `Digest realm="r${i}", nonce="n"`);
  t.equal(new DigestClient(account()).take(refused(407, many), new Set()), "auth.wrong", "realms are bounded");
});

t.test("DESIGN 10: no way of showing an account shows its password", async (t) => {
  const shown = account();
  for (const text of [inspect(shown, { depth: 9, showHidden: true }), JSON.stringify(shown), String(shown), inspect(new DigestClient(shown), { depth: 9 })]) t.notMatch(text, PASSWORD);
});

t.test("a challenge never throws, whatever it holds", async (t) => {
  const random = new SimRandom(11);
  const base = 'Digest realm="pstn", nonce="n1", algorithm=SHA-256, qop="auth", stale=true';
  for (let i = 0; i < 2000; i++) {
    const bytes = [...base].map((char) => (random.next() < 0.08 ? String.fromCharCode(Math.floor(random.next() * 0x180)) : char));
    readChallenge(bytes.join(""));
  }
  t.pass();
});
