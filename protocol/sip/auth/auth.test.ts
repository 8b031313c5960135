import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import t from "tap";
import type { Crypto } from "../../base/crypto.js";
import { SimClock } from "../../base/sim-clock.js";
import { SimRandom } from "../../base/sim-random.js";
import { createRequest } from "../message/build.js";
import type { SipRequest } from "../message/message.js";
import { Authenticator, type AuthenticatorOptions } from "./authenticator.js";
import { readCredentials } from "./credentials.js";
import { digestHa1, digestResponse } from "./digest.js";
import { NonceCounts } from "./nonce-counts.js";

let digests = 0;
const crypto: Crypto = {
  digest(algorithm, data) {
    digests++;
    return createHash(algorithm).update(data).digest();
  },
  hmacSha256: (key, data) => createHmac("sha256", key).update(data).digest(),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  scrypt: () => Promise.reject(new Error("not for digest")),
};

const REALM = "hospital";
const PASSWORD = "demo-1001";

t.test("RFC 7616 3.9.1: the worked examples", async (t) => {
  const who = { username: "Mufasa", realm: "http-auth@example.org", password: "Circle of Life" };
  const input = { method: "GET", uri: "/dir/index.html", nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc: "00000001", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ" };
  for (const [algorithm, response] of [
    ["md5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["sha256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ] as const) t.equal(digestResponse(crypto, algorithm, { ...input, ha1: digestHa1(crypto, algorithm, who) }), response, algorithm);
});

t.test("RFC 7616 3.9.1: the worked example's header field is read", async (t) => {
  const value = 'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="8ca523f5e9506fed4657c9700eebdbec", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
  t.match(readCredentials(value), { username: "Mufasa", realm: "http-auth@example.org", qop: "auth", nc: { count: 1, text: "00000001" }, algorithm: "MD5", response: "8ca523f5e9506fed4657c9700eebdbec" });
});

const RIGHT = `username="a", realm="r", nonce="n", uri="sip:x", response="${"0".repeat(32)}"`;
for (const [value, fault] of [
  ["Basic YTpi", "auth.scheme"],
  ["Digest", "auth.scheme"],
  [`Digest ${"a".repeat(5000)}`, "auth.long"],
  ['Digest username="a', "auth.syntax"],
  [`Digest ${RIGHT} nc=1`, "auth.syntax"],
  [`Digest ${Array.from({ length: 30 }, (_, i) => `p${i}=1`).join(",")}`, "auth.syntax"],
  ['Digest username="a", realm="r"', "auth.missing"],
  [`Digest ${RIGHT}, username="b"`, "auth.duplicate"],
  [`Digest ${RIGHT}, nc=1`, "auth.nc"],
  [`Digest ${RIGHT}, nc=0000000g`, "auth.nc"],
  ['Digest username="a", realm="r", nonce="n", uri="sip:x", response="zz"', "auth.response"],
  [`Digest ${RIGHT}, nc=7fffffff, unknown="x\\"y"`, undefined],
] as const) {
  t.test(`RFC 7616 3.4: ${value.slice(0, 40)} -> ${fault ?? "read"}`, async (t) => {
    const read = readCredentials(value);
    t.equal(typeof read === "string" ? read : undefined, fault);
  });
}

interface Attempt {
  readonly username?: string;
  readonly password?: string;
  readonly algorithm?: "MD5" | "SHA-256";
  readonly nc?: number;
  readonly method?: string;
  readonly digestUri?: string;
  readonly requestUri?: string;
  readonly qop?: string;
}

function create(options: Partial<AuthenticatorOptions> = {}) {
  const clock = new SimClock();
  const lookup: AuthenticatorOptions["lookup"] = (username, algorithm) => (username === "1001" ? digestHa1(crypto, algorithm, { username, realm: REALM, password: PASSWORD }) : undefined);
  const authenticator = new Authenticator({ realm: REALM, secret: new Uint8Array(32).fill(9), lookup, crypto, random: new SimRandom(3), clock, ...options });
  return { clock, authenticator };
}

const nonceOf = (challenges: readonly string[]): string => /nonce="([^"]+)"/.exec(challenges[0]!)![1]!;

function request(nonce: string | undefined, attempt: Attempt = {}): SipRequest {
  const { username = "1001", password = PASSWORD, algorithm = "SHA-256", nc = 1, method = "REGISTER", requestUri = "sip:10.0.0.1", qop = "auth" } = attempt;
  const built = createRequest({ method, uri: requestUri, from: "<sip:1001@10.0.0.1>;tag=a", to: "<sip:1001@10.0.0.1>", callId: "c", sequence: 1 });
  if (nonce === undefined) return built;
  const uri = attempt.digestUri ?? requestUri;
  const ncText = nc.toString(16).padStart(8, "0");
  const kind = algorithm === "MD5" ? "md5" : "sha256";
  const response = digestResponse(crypto, kind, { ha1: digestHa1(crypto, kind, { username, realm: REALM, password }), method: "REGISTER", uri, nonce, nc: ncText, cnonce: "cn" });
  built.headers.add("Authorization", `Digest username="${username}", realm="${REALM}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=${algorithm}, cnonce="cn", qop=${qop}, nc=${ncText}`);
  return built;
}

t.test("RFC 8760 2.4: SHA-256 is offered above MD5, qop=auth", async (t) => {
  const { authenticator } = create();
  const [first, second] = authenticator.challenge();
  t.match(first, /^Digest realm="hospital", nonce="[0-9a-f]{60}", algorithm=SHA-256, qop="auth"$/);
  t.match(second, /algorithm=MD5, qop="auth"$/);
});

for (const algorithm of ["SHA-256", "MD5"] as const) {
  t.test(`RFC 3261 22.2: the right password, ${algorithm}`, async (t) => {
    const { authenticator } = create();
    t.match(authenticator.verify(request(undefined)), { kind: "challenge", why: "absent" });
    const nonce = nonceOf(authenticator.challenge());
    t.same(authenticator.verify(request(nonce, { algorithm })), { kind: "ok", username: "1001" });
  });
}

t.test("RFC 7616 3.4.6: a digest of the server's URI is one for a user there, not for a user elsewhere", async (t) => {
  for (const [digestUri, kind] of [["sip:10.0.0.1", "ok"], ["sip:10.0.0.1:5060", "ok"], ["sip:10.0.0.2", "challenge"], ["sip:1003@10.0.0.1", "challenge"]] as const) {
    const { authenticator } = create();
    t.match(authenticator.verify(request(nonceOf(authenticator.challenge()), { requestUri: "sip:1002@10.0.0.1", digestUri })), { kind }, digestUri);
  }
});

const REFUSED: readonly { title: string; attempt: Attempt; why: string }[] = [
  { title: "wrong password", attempt: { password: "x" }, why: "wrong" },
  { title: "unknown user", attempt: { username: "1009" }, why: "wrong" },
  { title: "unknown user with a known user's password", attempt: { username: "1009", password: PASSWORD }, why: "wrong" },
  { title: "digest of another method", attempt: { method: "INVITE" }, why: "wrong" },
  { title: "digest for another user's resource", attempt: { digestUri: "sip:1002@10.0.0.1" }, why: "wrong" },
  { title: "auth-int was not offered", attempt: { qop: "auth-int" }, why: "malformed" },
];
for (const { title, attempt, why } of REFUSED) {
  t.test(`RFC 7616 3.4: ${title} is ${why}, not stale`, async (t) => {
    const { authenticator } = create();
    const verdict = authenticator.verify(request(nonceOf(authenticator.challenge()), attempt));
    t.match(verdict, { kind: "challenge", why });
    t.notMatch(JSON.stringify(verdict), /stale=true/);
    t.equal(authenticator.nonceCount, 0, "only a right digest takes memory");
  });
}

t.test("DESIGN safe by default: an unknown user costs the same digests and gets the same words as a wrong password", async (t) => {
  const { authenticator } = create({ lookup: (username) => (username === "1001" ? "0".repeat(64) : undefined) });
  const nonce = nonceOf(authenticator.challenge());
  const costs = ["1001", "1009"].map((username) => {
    const attempt = request(nonce, { username, password: "x" });
    digests = 0;
    const verdict = authenticator.verify(attempt);
    return [digests, verdict.kind === "challenge" ? verdict.challenges.map((challenge) => challenge.replace(/nonce="[^"]+"/, "")) : []];
  });
  t.same(costs[0], costs[1]);
});

t.test("RFC 7616 3.4: a nonce count counts up; one that was used is stale", async (t) => {
  const { authenticator } = create();
  const nonce = nonceOf(authenticator.challenge());
  const kinds = [1, 1, 3, 2, 4].map((nc) => {
    const verdict = authenticator.verify(request(nonce, { nc }));
    return verdict.kind === "ok" ? "ok" : verdict.why;
  });
  t.same(kinds, ["ok", "stale", "ok", "stale", "ok"]);
  const replay = authenticator.verify(request(nonce, { nc: 4 }));
  t.match(replay.kind === "challenge" && replay.challenges[0], /, stale=true$/);
});

t.test("RFC 7616 3.3: an expired nonce, one of the future, one of another secret and an invented one", async (t) => {
  const { authenticator, clock } = create({ nonceLifeMs: 60_000 });
  const nonce = nonceOf(authenticator.challenge());
  clock.advanceMs(59_999);
  t.equal(authenticator.verify(request(nonce)).kind, "ok");
  clock.advanceMs(1);
  t.match(authenticator.verify(request(nonce, { nc: 2 })), { kind: "challenge", why: "stale" });
  t.match(authenticator.verify(request(nonce, { nc: 3, password: "x" })), { kind: "challenge", why: "wrong" }, "stale says nothing about a wrong password");
  const other = create({ secret: new Uint8Array(32).fill(1) });
  t.match(other.authenticator.verify(request(nonceOf(authenticator.challenge()))), { why: "stale" });
  t.match(authenticator.verify(request("0".repeat(60))), { why: "stale" });
  t.match(authenticator.verify(request("x")), { why: "stale" });
  t.match(create().authenticator.verify(request(nonceOf(authenticator.challenge()))), { why: "stale" }, "issued later than that server's now");
});

t.test("RFC 3261 22.4: URI parameters that a proxy added don't count", async (t) => {
  const { authenticator } = create();
  const nonce = nonceOf(authenticator.challenge());
  t.equal(authenticator.verify(request(nonce, { requestUri: "sip:10.0.0.1:5060;transport=udp", digestUri: "sip:10.0.0.1" })).kind, "ok");
});

t.test("the table of nonce counts is bounded, and forgetting never lets a count be used again", async (t) => {
  const counts = new NonceCounts(2);
  t.ok(counts.advance("a", 10, 1));
  t.ok(counts.advance("b", 20, 1));
  t.ok(counts.advance("c", 30, 1));
  t.equal(counts.size, 2);
  t.notOk(counts.advance("a", 10, 1), "forgotten: refused rather than taken twice");
  t.notOk(counts.advance("a", 10, 2));
  t.ok(counts.advance("b", 20, 2));
  t.notOk(counts.advance("d", 40, 0));
  counts.forgetBefore(100);
  t.equal(counts.size, 0);
});

t.test("credentials of another realm are no attempt at ours", async (t) => {
  const { authenticator } = create();
  const foreign = request(undefined);
  foreign.headers.add("Authorization", `Digest username="a", realm="elsewhere", nonce="n", uri="sip:x", response="${"0".repeat(32)}"`);
  t.match(authenticator.verify(foreign), { kind: "challenge", why: "absent" });
  foreign.headers.add("Authorization", "Digest ???");
  t.match(authenticator.verify(foreign), { kind: "challenge", why: "malformed" });
});
