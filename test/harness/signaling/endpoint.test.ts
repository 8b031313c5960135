import t from "tap";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { serializeMessage } from "../../../protocol/sip/message/serialize.js";
import { Heard, NOTHING_LEFT, Pair, SERVER, STRANGER } from "./pair.js";
import { Peer, sdp } from "./peer.js";

t.test("RFC 3261 11.2: OPTIONS says what we do", async (t) => {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  peer.send(peer.request({ method: "OPTIONS" }));
  pair.clock.advanceMs(10);
  t.equal(peer.lines.at(-1), "200 OPTIONS");
  const { headers } = peer.last!;
  t.same(["allow", "accept", "accept-encoding", "supported"].map((name) => headers.get(name)), ["INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, REFER", "application/sdp", "identity", "replaces, norefersub"]);
  t.ok(headers.to.tag);
});

const REFUSED: readonly { rfc: string; parts: Parameters<Peer["request"]>[0]; line: string; header?: readonly [string, string] }[] = [
  { rfc: "3261 8.2.1", parts: { method: "SUBSCRIBE" }, line: "405 SUBSCRIBE", header: ["allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, REFER"] },
  { rfc: "3261 21.5.2", parts: { method: "JUMP" }, line: "501 JUMP", header: ["allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, REFER"] },
  { rfc: "3261 8.2.2.1", parts: { method: "INVITE", uri: "tel:+8613800000001" }, line: "416 INVITE" },
  { rfc: "3261 8.2.2.1, sips needs TLS", parts: { method: "INVITE", uri: "sips:95001@10.0.0.1" }, line: "416 INVITE" },
  { rfc: "3261 8.2.2.3", parts: { method: "INVITE", extra: [["Require", "100rel, timer"]] }, line: "420 INVITE", header: ["unsupported", "100rel, timer"] },
  { rfc: "3261 8.2.3", parts: { method: "INVITE", body: { contentType: "text/plain", bytes: new Uint8Array(3) } }, line: "415 INVITE", header: ["accept", "application/sdp"] },
  { rfc: "3261 8.2.3", parts: { method: "INVITE", body: sdp("x"), extra: [["Content-Encoding", "gzip"]] }, line: "415 INVITE", header: ["accept-encoding", "identity"] },
  { rfc: "7332 3", parts: { method: "INVITE", maxForwards: 0 }, line: "483 INVITE" },
  { rfc: "3261 8.1.1.8", parts: { method: "INVITE", contact: "<tel:110>" }, line: "400 INVITE" },
  { rfc: "3261 15.1.2", parts: { method: "BYE" }, line: "481 BYE" },
  { rfc: "3261 12.2.2", parts: { method: "BYE", to: "<sip:95001@10.0.0.1>;tag=nobody" }, line: "481 BYE" },
  { rfc: "3261 12.2.2", parts: { method: "INVITE", to: "<sip:95001@10.0.0.1>;tag=nobody" }, line: "481 INVITE" },
  { rfc: "6086 4.2.2", parts: { method: "INFO" }, line: "481 INFO" },
  { rfc: "3261 9.2", parts: { method: "CANCEL" }, line: "481 CANCEL" },
];
for (const row of REFUSED) {
  t.test(`RFC ${row.rfc}: ${row.parts.method} -> ${row.line}`, async (t) => {
    const pair = await Pair.create();
    const peer = await Peer.create(pair);
    peer.send(peer.request(row.parts));
    pair.clock.advanceMs(5);
    t.same(peer.lines, [row.line]);
    if (row.header !== undefined) t.equal(peer.last!.headers.get(row.header[0]), row.header[1]);
    t.equal(pair.incoming, undefined);
    t.same(pair.leftovers(), NOTHING_LEFT);
  });
}

t.test("RFC 3261 8.2.2.2: the same call by two ways is a loop for the second", async (t) => {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  peer.send(peer.request({ method: "INVITE" }));
  peer.send(peer.request({ method: "INVITE" }));
  pair.clock.advanceMs(10);
  t.same(peer.lines, ["100 INVITE", "482 INVITE"]);
  t.equal(pair.server.snapshot().sessions, 1);
});

t.test("RFC 3261 18.2.1 and RFC 3581: what the transport saw comes back in the Via", async (t) => {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  peer.send(peer.request({ method: "OPTIONS", via: "SIP/2.0/UDP phone.local:5060;rport;branch=z9hG4bKnat" }));
  pair.clock.advanceMs(10);
  t.equal(peer.last!.headers.get("via"), "SIP/2.0/UDP phone.local:5060;rport=5070;branch=z9hG4bKnat;received=10.0.0.9");
});

t.test("RFC 3261 18.1.2 and 17.1.3: responses that are not ours, and ACKs of nothing, are dropped and counted", async (t) => {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  const request = peer.request({ method: "OPTIONS" });
  peer.send(peer.respond(request, 200));
  request.headers.set("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKnever");
  peer.send(peer.respond(request, 200));
  peer.send(peer.request({ method: "ACK" }));
  pair.clock.advanceMs(10);
  const { counters, transactions } = pair.server.snapshot();
  t.same([peer.lines, counters.viaMismatched, transactions.stray, counters.strayAcks], [[], 1, 1, 1]);
});

t.test("RFC 5626 3.5.1, RFC 5389 6: keep-alives, STUN and noise get no answer", async (t) => {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  for (const text of ["\r\n\r\n", "\r\n", "\0\x01\0\0!\x12\xa4Bxxxxxxxxxxxx", "GET / HTTP/1.1\r\n\r\n", "hello"]) peer.sendText(text);
  pair.clock.advanceMs(10);
  const { counters } = pair.server.snapshot();
  t.same([peer.lines, counters.keepAlives, counters.foreign, counters.sent], [[], 2, 3, 0]);
});

t.test("RFC 3261 8.2.7: a malformed request gets its 400 with the parser's reason, and the same tag each time", async (t) => {
  const pair = await Pair.create();
  const texts: string[] = [];
  const socket = await pair.network.openUdp(STRANGER, (bytes) => void texts.push(new TextDecoder().decode(bytes)));
  const bad = "OPTIONS sip:x@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKbad\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: no OPTIONS\r\n\r\n";
  for (let i = 0; i < 2; i++) socket.send(new TextEncoder().encode(bad), SERVER);
  pair.clock.advanceMs(10);
  t.equal(texts.length, 2);
  t.match(texts[0], /^SIP\/2\.0 400 Bad Request \(CSeq\)\r\n/);
  t.equal(texts[0], texts[1]);
  t.equal(pair.server.snapshot().counters.malformedAnswered, 2);
});

t.test("DESIGN safe by default: 20 000 mangled packets, nothing thrown, nothing kept, a call still passes", async (t) => {
  const seed = 20_260_105;
  t.comment(`seed ${seed}`);
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  const random = new SimRandom(seed);
  const samples = ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER"].map((method) => serializeMessage(peer.request({ method, body: sdp("v=0\r\n") })));
  samples.push(serializeMessage(peer.respond(peer.request({ method: "INVITE" }), 200, { sdp: "x" })));
  const socket = await pair.network.openUdp({ address: "10.0.0.66", port: 6666 }, () => undefined);
  for (let i = 0; i < 20_000; i++) {
    const bytes = samples[Math.floor(random.next() * samples.length)]!.slice();
    for (let edits = Math.floor(random.next() * 6); edits >= 0; edits--) bytes[Math.floor(random.next() * bytes.length)] = random.next() * 256;
    socket.send(random.next() < 0.1 ? bytes.subarray(0, Math.floor(random.next() * bytes.length)) : bytes, SERVER);
    if (i % 200 === 0) pair.clock.advanceMs(100);
  }
  pair.clock.advanceMs(10);
  t.equal(pair.faults.length, 0, String(pair.faults[0]));
  const { heard } = pair.talk();
  t.same(heard.log, ["answered answer-sdp"]);
});

t.test("listeners that throw cost nobody else anything", async (t) => {
  const pair = await Pair.create({ server: { onMessage: () => { throw new Error("observer"); } } });
  const boom = (): never => { throw new Error("listener"); };
  pair.server.onIncoming((session) => {
    session.listen({ onProgress: boom, onAnswered: boom, onConfirmed: boom, onOffer: boom, onEnded: boom });
    session.answer("answer-sdp");
  });
  const { session, heard } = pair.call();
  pair.clock.advanceMs(50);
  session.hangup();
  pair.clock.advanceMs(50);
  t.same(heard.log, ["answered answer-sdp", "ended local bye"]);
  t.ok(pair.faults.length > 2);
  pair.server.onIncoming(boom);
  const second = pair.call();
  pair.clock.advanceMs(50);
  t.same(second.heard.log, ["ended remote rejected 500"]);
});

t.test("what fails in the middle of a request is a 500, and its transaction ends", async (t) => {
  const pair = await Pair.create({ server: { random: { bytes: () => { throw new Error("entropy"); } } } });
  const peer = await Peer.create(pair);
  for (const method of ["OPTIONS", "INVITE"]) peer.send(peer.request({ method }));
  pair.clock.advanceMs(10);
  t.same(peer.lines, ["500 OPTIONS", "100 INVITE", "500 INVITE"]);
  t.equal(pair.faults.length, 2);
  t.same(pair.leftovers(), { ...NOTHING_LEFT, faults: 2 });
});

t.test("DESIGN safe by default: more sessions than the bound are a 503, and so is the transaction too many", async (t) => {
  const pair = await Pair.create({ server: { sessionsMax: 2, transactionsMax: 5 } });
  const calls = [pair.call(), pair.call(), pair.call()];
  pair.clock.advanceMs(20);
  t.same(calls.map(({ heard }) => heard.log), [[], [], ["ended remote rejected 503"]]);
  const own = new Heard();
  pair.server.invite({ uri: "sip:x@10.0.0.2", to: { address: "10.0.0.2", port: 5060 }, from: { number: "1" }, offer: "o", callId: "c" }).listen(own);
  t.same(own.log, []);
  pair.clock.advanceMs(1);
  t.same(own.log, ["ended failure transport 503"]);
  const peer = await Peer.create(pair);
  for (let i = 0; i < 4; i++) peer.send(peer.request({ method: "OPTIONS", callId: `o${i}` }));
  pair.clock.advanceMs(20);
  t.same(peer.lines, ["200 OPTIONS", "200 OPTIONS", "503 OPTIONS", "503 OPTIONS"]);
  t.equal(peer.last!.headers.get("retry-after"), "5");
});

t.test("RFC 3261 18.1.1: what no datagram holds is not sent", async (t) => {
  const pair = await Pair.create();
  const heard = new Heard();
  pair.server.invite({ uri: "sip:x@10.0.0.2", to: { address: "10.0.0.2", port: 5060 }, from: { number: "1" }, offer: "o".repeat(70_000), callId: "c" }).listen(heard);
  pair.clock.advanceMs(33_000);
  t.same([heard.log, pair.server.snapshot().counters.sent], [["ended failure timeout 408"], 0]);
  t.ok(pair.server.snapshot().counters.oversize > 0);
});

t.test("stop: BYE to who talks, CANCEL to who rings, 503 to who waits and who comes, and the socket closed", async (t) => {
  const pair = await Pair.create();
  const talking = pair.talk();
  const waiting = pair.call();
  const ringing = new Heard();
  pair.carrier.onIncoming((session) => session.ring());
  pair.server.invite({ uri: "sip:x@10.0.0.2", to: { address: "10.0.0.2", port: 5060 }, from: { number: "1" }, offer: "o", callId: "c" }).listen(ringing);
  pair.clock.advanceMs(20);
  const stopped = pair.server.stop();
  const late = pair.call();
  await pair.clock.runMs(200);
  await stopped;
  t.same(talking.heard.log, ["answered answer-sdp", "ended remote bye"]);
  t.same(waiting.heard.log, ["ended remote rejected 503"]);
  t.same(late.heard.log, ["ended remote rejected 503"]);
  t.same(ringing.log, ["progress 180", "ended local shutdown"]);
  t.equal(pair.count("server CANCEL"), 1);
  t.equal(pair.network.openSockets, 1, "the carrier's");
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("stop: a peer that does not answer is waited for no longer than the grace", async (t) => {
  const pair = await Pair.create();
  pair.talk();
  pair.network.unplug("10.0.0.2");
  let done = false;
  const stopped = pair.server.stop(2000).then(() => void (done = true));
  await pair.clock.runMs(1900);
  t.equal(done, false);
  await pair.clock.runMs(200);
  await stopped;
  t.equal(pair.server.snapshot().transactions.clients, 0);
});
