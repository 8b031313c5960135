// Answers before the 2xx: forks, reliable provisional responses (RFC 3262), and a bad network.
import t from "tap";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { parseMessage } from "../../../protocol/sip/message/parse.js";
import type { SipMessage, SipRequest, SipResponse } from "../../../protocol/sip/message/message.js";
import { Heard, NOTHING_LEFT, Pair, SERVER, type PairOptions } from "./pair.js";
import { Peer } from "./peer.js";

const PHONE = { address: "10.0.0.9", port: 5070 };

/** The server calls the peer; what it sent is `ours`. */
async function calling(options: PairOptions = {}) {
  const pair = await Pair.create(options);
  const peer = await Peer.create(pair);
  const heard = new Heard();
  const session = pair.server.invite({ uri: "sip:1001@10.0.0.9:5070", to: PHONE, from: { number: "95001" }, offer: "offer", callId: "c1" });
  session.listen(heard);
  const invite = (): SipRequest | undefined => peer.received.find((message): message is SipRequest => message.kind === "request" && message.method === "INVITE");
  pair.clock.advanceMs(10);
  for (let i = 0; i < 20 && invite() === undefined; i++) pair.clock.advanceMs(500);
  const ours = invite()!;
  return { pair, peer, heard, session, ours };
}

/** 1xx that asks to be acknowledged. */
function reliable(peer: Peer, invite: SipRequest, { status, toTag = "a", rseq, sdp }: { readonly status: number; readonly toTag?: string; readonly rseq: number | string; readonly sdp?: string }): SipResponse {
  const response = peer.respond(invite, status, { toTag, ...(sdp === undefined ? {} : { sdp }) });
  response.headers.add("Require", "100rel");
  response.headers.add("RSeq", String(rseq));
  return response;
}

const pracks = (peer: Peer): readonly SipRequest[] => peer.received.filter((message): message is SipRequest => message.kind === "request" && message.method === "PRACK");
const acknowledged = (peer: Peer): readonly string[] => [...new Set(pracks(peer).map((prack) => `${prack.headers.to.tag} ${prack.headers.get("rack")} as ${prack.headers.cseq.sequence}`))];

t.test("RFC 3261 13.2.2.4: of a fork's answers each is told once, and the 2xx is of whoever sends it", async (t) => {
  const { pair, peer, heard, ours } = await calling();
  for (const [toTag, sdp] of [["a", "early-a"], ["b", "early-b"], ["a", "early-a"], ["b", "early-b"], ["a", "other-a"]] as const) {
    peer.send(peer.respond(ours, 183, { toTag, sdp }));
    pair.clock.advanceMs(10);
  }
  peer.send(peer.respond(ours, 180, { toTag: "b" }));
  peer.send(peer.respond(ours, 200, { toTag: "b", sdp: "answer-b" }));
  pair.clock.advanceMs(10);
  t.same(heard.log, ["progress 183 early-a", "progress 183 early-b", "progress 183", "progress 183", "progress 183 other-a", "progress 180", "answered answer-b"]);
  t.same(pracks(peer), [], "nobody asked for it");
});

t.test("RFC 3262 4: reliable responses are acknowledged in order, each once, and each branch for itself", async (t) => {
  const { pair, peer, heard, ours } = await calling();
  t.match(ours.headers.supported, ["100rel"]);
  const send = (status: number, parts: Omit<Parameters<typeof reliable>[2], "status">): void => {
    peer.send(reliable(peer, ours, { status, ...parts }));
    pair.clock.advanceMs(10);
    for (const prack of pracks(peer)) peer.send(peer.respond(prack, 200, {}));
    pair.clock.advanceMs(10);
  };
  send(183, { rseq: 7021, sdp: "early-a" });
  send(183, { rseq: 7021, sdp: "early-a" });
  send(180, { rseq: 7023 });
  t.same(heard.log, ["progress 183 early-a"], "one that comes again, and one before another that is missing yet, are no news");
  send(182, { rseq: 7022 });
  send(180, { rseq: 7023 });
  send(180, { toTag: "b", rseq: 1 });
  t.same(heard.log.slice(1), ["progress 182", "progress 180", "progress 180"]);
  t.same(acknowledged(peer), ["a 7021 1 INVITE as 2", "a 7022 1 INVITE as 3", "a 7023 1 INVITE as 4", "b 1 1 INVITE as 2"]);
  // RFC 3261 13.2.1: the answer was acknowledged, so the 2xx has none.
  peer.send(peer.respond(ours, 200, { toTag: "a" }));
  pair.clock.advanceMs(10);
  t.equal(heard.log.at(-1), "answered early-a");
  t.equal((peer.received.findLast((message: SipMessage) => message.kind === "request" && message.method === "ACK") as SipRequest).headers.cseq.sequence, 1);
});

t.test("RFC 3261 12.2.1.1: BYE counts on from the last PRACK", async (t) => {
  const { pair, peer, session, ours } = await calling();
  peer.send(reliable(peer, ours, { status: 183, rseq: 1, sdp: "early" }));
  pair.clock.advanceMs(10);
  peer.send(peer.respond(pracks(peer)[0]!, 200, {}));
  peer.send(peer.respond(ours, 200, { toTag: "a", sdp: "answer" }));
  pair.clock.advanceMs(10);
  session.hangup();
  pair.clock.advanceMs(10);
  t.match(peer.last, { method: "BYE", headers: { cseq: { sequence: 3 } } });
});

t.test("RFC 3262 7.1: what is no RSeq is not acknowledged; without 100rel in Require neither", async (t) => {
  const { pair, peer, ours, heard } = await calling();
  for (const rseq of ["0", "x", "4294967296", "-1", ""]) peer.send(reliable(peer, ours, { status: 180, rseq }));
  const alone = peer.respond(ours, 183, { sdp: "early" });
  alone.headers.add("RSeq", "1");
  peer.send(alone);
  pair.clock.advanceMs(10);
  t.same(pracks(peer), []);
  t.equal(heard.log.at(-1), "progress 183 early");
});

t.test("a fork of more branches than any has is heard, and acknowledged within a bound", async (t) => {
  const { pair, peer, ours, heard, session } = await calling();
  for (let i = 0; i < 40; i++) peer.send(reliable(peer, ours, { status: 183, toTag: `t${i}`, rseq: 1, sdp: `early-${i}` }));
  pair.clock.advanceMs(10);
  t.same([heard.log.length, acknowledged(peer).length], [16, 16]);
  for (const prack of pracks(peer)) peer.send(peer.respond(prack, 200, {}));
  session.hangup();
  pair.clock.advanceMs(10);
  peer.send(peer.respond(ours, 487, { toTag: "t0" }));
  peer.send(peer.respond(peer.received.find((message): message is SipRequest => message.kind === "request" && message.method === "CANCEL")!, 200, {}));
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("a call that was given up still acknowledges what comes reliably, and cancels", async (t) => {
  const { pair, peer, ours, session } = await calling();
  session.hangup();
  peer.send(reliable(peer, ours, { status: 180, rseq: 5 }));
  pair.clock.advanceMs(10);
  t.same(acknowledged(peer), ["a 5 1 INVITE as 2"]);
  t.ok(peer.lines.includes("CANCEL"));
});

t.test("another process goes on with the early dialogs: the numbers, and the answer", async (t) => {
  const { pair, peer, ours } = await calling();
  peer.send(reliable(peer, ours, { status: 183, rseq: 1, sdp: "early" }));
  pair.clock.advanceMs(10);
  peer.send(peer.respond(pracks(peer)[0]!, 200, {}));
  pair.clock.advanceMs(10);
  await pair.restartServer(300);
  peer.send(reliable(peer, ours, { status: 183, rseq: 1, sdp: "early" }));
  peer.send(reliable(peer, ours, { status: 180, rseq: 2 }));
  pair.clock.advanceMs(10);
  t.same(acknowledged(peer), ["a 1 1 INVITE as 2", "a 2 1 INVITE as 3"]);
  peer.send(peer.respond(ours, 200, { toTag: "a" }));
  pair.clock.advanceMs(10);
  t.same(pair.served.log, ["progress 180", "answered early"]);
});

const BAD = { loss: 0.25, duplicate: 0.15, reorder: 0.15, jitterMs: 60 };

t.test("RFC 3262 3, on a bad network: three reliable responses come each once and in order, in forty calls", async (t) => {
  for (let seed = 500; seed < 540; seed++) {
    const { pair, peer, heard, ours, session } = await calling({ seed, ...BAD });
    const waiting = [reliable(peer, ours, { status: 183, rseq: 10, sdp: "early" }), reliable(peer, ours, { status: 182, rseq: 11 }), reliable(peer, ours, { status: 180, rseq: 12 })];
    for (let i = 0; i < 60 && waiting.length > 0; i++) {
      peer.send(waiting[0]!);
      pair.clock.advanceMs(500);
      const rack = waiting[0]!.headers.get("rseq")!;
      const prack = pracks(peer).find((one) => one.headers.get("rack")!.startsWith(`${rack} `));
      for (const one of pracks(peer)) peer.send(peer.respond(one, 200, {}));
      if (prack !== undefined) waiting.shift();
    }
    t.same(heard.log, ["progress 183 early", "progress 182", "progress 180"], `seed ${seed}`);
    t.same(acknowledged(peer), ["a 10 1 INVITE as 2", "a 11 1 INVITE as 3", "a 12 1 INVITE as 4"], `seed ${seed}`);
    session.hangup();
    t.match(pair.leftovers(), { timers: 0, faults: 0 }, `seed ${seed}`);
  }
});

t.test("RFC 3261 21.1.5: a 183 of ours that is lost is said again: the caller hears, also where one packet in four is lost", async (t) => {
  let [told, again] = [0, 0];
  for (let seed = 600; seed < 640; seed++) {
    const random = new SimRandom(seed);
    const pair = await Pair.create({ seed, ...BAD, reorder: 0 });
    const { heard, session } = pair.call();
    for (let i = 0; i < 20 && pair.incoming === undefined; i++) pair.clock.advanceMs(500);
    pair.incoming!.progress("early");
    pair.clock.advanceMs(3000 + random.next() * 2000);
    if (heard.log.includes("progress 183 early")) told++;
    again += pair.ladder.filter((line) => line === "server 183 INVITE").length > 1 ? 1 : 0;
    const over = random.next();
    if (over < 0.4) session.hangup();
    else if (over < 0.7) pair.incoming!.reject(486);
    else pair.incoming!.answer("early");
    pair.clock.advanceMs(40_000);
    session.hangup();
    pair.incoming!.hangup();
    t.same(pair.leftovers(), NOTHING_LEFT, `seed ${seed}`);
  }
  t.ok(told >= 39, `${told} of 40 callers told`);
  t.equal(again, 40);
});

t.test("RFC 3261 13.3.1.1: a 183 is repeated every minute, as it was", async (t) => {
  const pair = await Pair.create();
  pair.call();
  pair.clock.advanceMs(10);
  const bodies: string[] = [];
  pair.network.onPacket = ({ bytes, from }) => {
    const { message } = parseMessage(bytes);
    if (from.address === SERVER.address && message?.kind === "response") bodies.push(`${message.status} ${new TextDecoder().decode(message.body)}`);
  };
  pair.incoming!.progress("early");
  pair.clock.advanceMs(125_000);
  t.same(bodies, Array.from({ length: 6 }, () => "183 early"), "four times in 3.5 s, then every minute");
  pair.incoming!.answer("early");
  pair.clock.advanceMs(50);
  t.equal(bodies.at(-1), "200 early");
});
