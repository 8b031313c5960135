// Digest as client: RFC 3261 section 22, over the simulated network.
import t from "tap";
import { NodeCrypto } from "../../../core/crypto/node-crypto.js";
import type { Admission } from "../../../core/signaling/door.js";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { readAuthParams } from "../../../protocol/sip/auth/auth-params.js";
import { Authenticator } from "../../../protocol/sip/auth/authenticator.js";
import { digestHa1 } from "../../../protocol/sip/auth/digest.js";
import { DigestAccount } from "../../../protocol/sip/auth/digest-account.js";
import { createResponse } from "../../../protocol/sip/message/build.js";
import type { SipRequest } from "../../../protocol/sip/message/message.js";
import { Heard, NOTHING_LEFT, Pair, STRANGER } from "./pair.js";
import { Peer, sdp } from "./peer.js";

const crypto = new NodeCrypto();
const account = (password = "right"): DigestAccount => new DigestAccount({ username: "hospital", password, crypto, random: new SimRandom(5) });

function authenticator(pair: () => Pair, algorithms: readonly ("md5" | "sha256")[]): Authenticator {
  const who = { username: "hospital", realm: "pstn", password: "right" };
  return new Authenticator({
    realm: "pstn",
    secret: new Uint8Array(16).fill(3),
    lookup: (username, algorithm) => (username === "hospital" ? digestHa1(crypto, algorithm, who) : undefined),
    crypto,
    random: new SimRandom(9),
    clock: { monoMs: () => pair().clock.monoMs(), utcMs: () => pair().clock.utcMs(), after: (ms, fire) => pair().clock.after(ms, fire) },
    algorithms,
  });
}

/** The server's door asks for the password, as any of our own trunks' far sides may. */
async function challengingPair(algorithms: readonly ("md5" | "sha256")[]): Promise<Pair> {
  const verifier = authenticator(() => pair, algorithms);
  const admit = (request: SipRequest): Admission => {
    const verdict = verifier.verify(request);
    return verdict.kind === "ok" ? { kind: "accept", origin: { kind: "phone", name: verdict.username } } : { kind: "challenge", challenges: verdict.challenges };
  };
  const pair: Pair = await Pair.create({ server: { door: { admit } } });
  return pair;
}

for (const algorithms of [["md5"], ["sha256"], ["sha256", "md5"], ["md5", "sha256"]] as const)
  t.test(`RFC 3261 22.2: an INVITE is challenged with ${algorithms.join(" and ")}, answered, and the call talks`, async (t) => {
    const pair = await challengingPair(algorithms);
    const heard = new Heard();
    const session = pair.carrier.invite({ uri: "sip:95001@10.0.0.1:5060", to: { address: "10.0.0.1", port: 5060 }, from: { number: "1" }, offer: "offer", callId: "c", account: account() });
    session.listen(heard);
    pair.clock.advanceMs(50);
    pair.incoming!.answer("answer");
    pair.clock.advanceMs(50);
    t.same(heard.log, ["answered answer"]);
    session.hangup();
    t.same(pair.leftovers(), NOTHING_LEFT);
    t.same(pair.ladder.filter((line) => !line.includes("100")), ["carrier INVITE", "server 401 INVITE", "carrier ACK", "carrier INVITE", "server 200 INVITE", "carrier ACK", "carrier BYE", "server 200 BYE"]);
  });

t.test("RFC 3261 22.2: a wrong password ends after one more refusal, and says why without the password", async (t) => {
  const pair = await challengingPair(["md5"]);
  const heard = new Heard();
  pair.carrier.invite({ uri: "sip:95001@10.0.0.1:5060", to: { address: "10.0.0.1", port: 5060 }, from: { number: "1" }, offer: "offer", callId: "c", account: account("wrong-one") }).listen(heard);
  t.same(pair.leftovers(), NOTHING_LEFT);
  t.equal(pair.count("carrier INVITE"), 2);
  t.match(heard.end, { by: "remote", cause: "rejected", status: 401, reason: /name or password was refused/ });
  t.notMatch(JSON.stringify(heard), /wrong-one/);
});

interface Challenged {
  readonly pair: Pair;
  readonly peer: Peer;
  readonly heard: Heard;
  readonly session: ReturnType<Pair["carrier"]["invite"]>;
  /** Requests of a method, as they came. */
  requests(method: string): readonly SipRequest[];
}

/** The carrier calls a peer without a stack, which tests let challenge as they like. */
async function towardsPeer(withAccount = true): Promise<Challenged> {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  const heard = new Heard();
  const session = pair.carrier.invite({ uri: "sip:13900000001@10.0.0.9:5070", to: STRANGER, from: { number: "95001" }, offer: "offer", callId: "c", ...(withAccount ? { account: account() } : {}) });
  session.listen(heard);
  pair.clock.advanceMs(10);
  return { pair, peer, heard, session, requests: (method) => peer.received.filter((message): message is SipRequest => message.kind === "request" && message.method === method) };
}

/** @param value of WWW-Authenticate where it begins with `401 `, else of Proxy-Authenticate */
function challenge({ pair, peer }: Challenged, request: SipRequest, challenged: string): void {
  const [status, value] = challenged.startsWith("401 ") ? [401, challenged.slice(4)] : [407, challenged];
  peer.send(createResponse(request, status, { toTag: `t${peer.received.length}`, extra: [[status === 407 ? "Proxy-Authenticate" : "WWW-Authenticate", value]] }), { address: "10.0.0.2", port: 5060 });
  pair.clock.advanceMs(10);
}

t.test("RFC 3261 22.3, 13.2.2.4, 15.1.1: a proxy's 407: same Call-ID and From tag, CSeq higher, ACK and BYE carry the credentials, nc counts on", async (t) => {
  const call = await towardsPeer();
  const { pair, peer, requests } = call;
  challenge(call, requests("INVITE")[0]!, 'Digest realm="pstn", nonce="n1", qop="auth"');
  const [first, second] = requests("INVITE");
  t.same([second!.headers.callId, second!.headers.from.tag, second!.headers.cseq.sequence, second!.headers.to.tag], [first!.headers.callId, first!.headers.from.tag, 2, undefined]);
  t.not(second!.headers.topVia.branch, first!.headers.topVia.branch);
  peer.send(peer.respond(second!, 200, { sdp: "answer" }), { address: "10.0.0.2", port: 5060 });
  pair.clock.advanceMs(10);
  const ack = requests("ACK").at(-1)!;
  t.same([ack.headers.cseq.sequence, ack.headers.get("proxy-authorization")], [2, second!.headers.get("proxy-authorization")]);
  call.session.hangup();
  pair.clock.advanceMs(10);
  const [bye] = requests("BYE");
  t.equal((readAuthParams(bye!.headers.get("proxy-authorization")!) as ReadonlyMap<string, string>).get("nc"), "00000002");
  challenge(call, bye!, 'Digest realm="pstn", nonce="n2", qop="auth", stale=true');
  const again = requests("BYE")[1]!;
  t.equal(again.headers.cseq.sequence, 4);
  peer.send(peer.respond(again, 200), { address: "10.0.0.2", port: 5060 });
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 22.2: proxy and far side both challenge; each is answered once", async (t) => {
  const call = await towardsPeer();
  challenge(call, call.requests("INVITE")[0]!, 'Digest realm="proxy", nonce="p", qop="auth"');
  challenge(call, call.requests("INVITE")[1]!, '401 Digest realm="far", nonce="f", qop="auth"');
  const third = call.requests("INVITE")[2]!;
  t.ok(third.headers.has("authorization") && third.headers.has("proxy-authorization"));
  call.peer.send(call.peer.respond(third, 486), { address: "10.0.0.2", port: 5060 });
  t.same(call.pair.leftovers(), NOTHING_LEFT);
  t.match(call.heard.end, { status: 486 });
});

for (const [title, value, reason] of [
  ["an unknown algorithm", 'Digest realm="r", nonce="n", algorithm=SHA-512-256', /digest algorithm asked for is none of ours/],
  ["auth-int alone", 'Digest realm="r", nonce="n", qop="auth-int"', /protection/],
  ["garbage", "Digest ???", /could not be read/],
] as const)
  t.test(`RFC 3261 22.2: ${title} ends the call with a sentence that says so`, async (t) => {
    const call = await towardsPeer();
    challenge(call, call.requests("INVITE")[0]!, value);
    t.equal(call.requests("INVITE").length, 1);
    t.match(call.heard.end, { by: "remote", cause: "rejected", status: 407, reason });
    t.same(call.pair.leftovers(), NOTHING_LEFT);
  });

t.test("without an account a challenge is a refusal", async (t) => {
  const call = await towardsPeer(false);
  challenge(call, call.requests("INVITE")[0]!, 'Digest realm="r", nonce="n"');
  t.match(call.heard.end, { cause: "rejected", status: 407, reason: "Proxy Authentication Required" });
  t.same(call.pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 9.1: hung up before the challenge came, nothing is sent again", async (t) => {
  const call = await towardsPeer();
  call.session.hangup();
  challenge(call, call.requests("INVITE")[0]!, 'Digest realm="r", nonce="n"');
  t.equal(call.requests("INVITE").length, 1);
  t.same(call.pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 22.2, 14.1: a re-INVITE carries the dialog's credentials, is challenged with a new nonce and answered, and its ACK has them", async (t) => {
  const call = await towardsPeer();
  const { pair, peer, requests } = call;
  const CARRIER_END = { address: "10.0.0.2", port: 5060 };
  challenge(call, requests("INVITE")[0]!, 'Digest realm="pstn", nonce="n1", qop="auth"');
  peer.send(peer.respond(requests("INVITE")[1]!, 200, { sdp: "answer" }), CARRIER_END);
  pair.clock.advanceMs(10);
  const answered = call.session.reoffer("offer-2");
  pair.clock.advanceMs(10);
  const third = requests("INVITE")[2]!;
  t.match(third.headers.get("proxy-authorization"), /nonce="n1".*nc=00000002/);
  challenge(call, third, 'Digest realm="pstn", nonce="n2", qop="auth", stale=true');
  const fourth = requests("INVITE")[3]!;
  t.match(fourth.headers.get("proxy-authorization"), /nonce="n2".*nc=00000001/);
  t.equal(fourth.headers.cseq.sequence, third.headers.cseq.sequence + 1);
  peer.send(peer.respond(fourth, 200, { sdp: "answer-2" }), CARRIER_END);
  pair.clock.advanceMs(10);
  t.equal(await answered, "answer-2");
  t.equal(requests("ACK").at(-1)!.headers.get("proxy-authorization"), fourth.headers.get("proxy-authorization"));
  call.session.hangup();
  pair.clock.advanceMs(10);
  peer.send(peer.respond(requests("BYE")[0]!, 200), CARRIER_END);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 22.3: a BYE of ours in a call that the carrier made is challenged too, and answered", async (t) => {
  const pair = await Pair.create({ server: { door: { admit: () => ({ kind: "accept", origin: { kind: "trunk", name: "carrier" }, account: account() }) } } });
  const peer = await Peer.create(pair);
  const invite = peer.request({ method: "INVITE", body: sdp("offer") });
  peer.send(invite);
  pair.clock.advanceMs(10);
  pair.incoming!.answer("answer");
  pair.clock.advanceMs(10);
  const answer = peer.last!;
  const dialog = { to: answer.headers.get("to")!, callId: "peer-call" };
  peer.send(peer.request({ method: "ACK", ...dialog }));
  pair.clock.advanceMs(10);
  pair.incoming!.hangup();
  pair.clock.advanceMs(10);
  const byes = (): readonly SipRequest[] => peer.received.filter((message): message is SipRequest => message.kind === "request" && message.method === "BYE");
  peer.send(createResponse(byes()[0]!, 407, { extra: [["Proxy-Authenticate", 'Digest realm="pstn", nonce="n", qop="auth"']] }));
  pair.clock.advanceMs(10);
  const again = byes().at(-1)!;
  t.equal(again.headers.cseq.sequence, byes()[0]!.headers.cseq.sequence + 1);
  t.match(again.headers.get("proxy-authorization"), /username="hospital"/);
  peer.send(createResponse(again, 200));
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("a far side that says nothing at all is given up after silenceMaxMs, and an answer that comes late is ended", async (t) => {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  const heard = new Heard();
  pair.carrier.invite({ uri: "sip:1@10.0.0.9:5070", to: STRANGER, from: { number: "95001" }, offer: "offer", callId: "c", silenceMaxMs: 5000 }).listen(heard);
  pair.clock.advanceMs(4990);
  t.equal(heard.end, undefined);
  pair.clock.advanceMs(20);
  t.match(heard.end, { by: "failure", cause: "timeout", status: 408 });
  peer.send(peer.respond(peer.received[0] as SipRequest, 200, { sdp: "answer" }), { address: "10.0.0.2", port: 5060 });
  pair.clock.advanceMs(20);
  t.same(peer.lines.slice(-2), ["ACK", "BYE"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});
