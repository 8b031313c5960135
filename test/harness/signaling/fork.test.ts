import t from "tap";
import type { SipRequest } from "../../../protocol/sip/message/message.js";
import { Heard, NOTHING_LEFT, Pair } from "./pair.js";
import { Peer } from "./peer.js";

const PHONE = { address: "10.0.0.9", port: 5070 };

/** The server calls the peer; what it sent is `ours`. */
async function calling(uri = "sip:1001@10.0.0.9:5070") {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  const heard = new Heard();
  const session = pair.server.invite({ uri, to: PHONE, from: { number: "95001", displayName: "Hospital" }, offer: "offer", callId: "c1" });
  session.listen(heard);
  pair.clock.advanceMs(10);
  return { pair, peer, heard, session, ours: peer.last as SipRequest };
}

const byes = (peer: Peer): readonly SipRequest[] => peer.received.filter((message): message is SipRequest => message.kind === "request" && message.method === "BYE");

t.test("RFC 3261 13.2.2.4: of two branches that answer, the first wins and the other is ended", async (t) => {
  const { pair, peer, heard, ours } = await calling();
  peer.send(peer.respond(ours, 180, { toTag: "a" }));
  peer.send(peer.respond(ours, 183, { toTag: "b", sdp: "early" }));
  peer.send(peer.respond(ours, 200, { toTag: "a", sdp: "answer-a" }));
  pair.clock.advanceMs(100);
  peer.send(peer.respond(ours, 200, { toTag: "b", sdp: "answer-b" }));
  pair.clock.advanceMs(100);
  t.same(heard.log, ["progress 180", "progress 183 early", "answered answer-a"]);
  t.same(peer.lines.filter((line) => line === "ACK").length, 2);
  t.same(byes(peer).map((bye) => bye.headers.to.tag), ["b"]);
  peer.send(peer.respond(ours, 200, { toTag: "b", sdp: "answer-b" }));
  peer.send(peer.respond(ours, 200, { toTag: "a", sdp: "answer-a" }));
  pair.clock.advanceMs(100);
  t.equal(peer.lines.filter((line) => line === "ACK").length, 4, "each 2xx is acknowledged as often as it comes");
  t.same([...new Set(byes(peer).map((bye) => bye.headers.to.tag))], ["b"], "a repeated 2xx ends nothing");
  t.equal(pair.server.snapshot().sessions, 1);
});

t.test("RFC 3261 13.2.2.4: a 2xx without an answer is acknowledged and ended", async (t) => {
  const { pair, peer, heard, ours } = await calling();
  peer.send(peer.respond(ours, 200));
  pair.clock.advanceMs(20);
  t.same(heard.log, ["ended failure rejected 488"]);
  t.same([peer.lines.includes("ACK"), byes(peer).length], [true, 1]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

for (const row of [
  { title: "not behind NAT: the Contact is followed", uri: "sip:1001@10.0.0.9:5070", contact: "<sip:1001@10.0.0.8:5080>", to: "10.0.0.8:5080" },
  { title: "behind NAT: the Contact is not reachable, the packets' source is", uri: "sip:1001@192.168.1.5:5060", contact: "<sip:1001@192.168.1.5:5060>", to: "10.0.0.9:5070" },
  { title: "a name as Contact: no DNS here, so where the packets came from", uri: "sip:1001@10.0.0.9:5070", contact: "<sip:1001@phone.example>", to: "10.0.0.9:5070" },
]) {
  t.test(`RFC 3261 12.2.1.1: ${row.title}`, async (t) => {
    const { pair, peer, session, ours } = await calling(row.uri);
    t.equal(ours.rawUri, row.uri);
    peer.send(peer.respond(ours, 200, { sdp: "answer", contact: row.contact }));
    pair.clock.advanceMs(20);
    const sentTo: string[] = [];
    pair.network.onPacket = (packet) => void sentTo.push(`${packet.to.address}:${packet.to.port}`);
    session.hangup();
    pair.clock.advanceMs(1);
    t.same(sentTo, [row.to]);
  });
}

t.test("RFC 3261 8.1.1: our INVITE is complete", async (t) => {
  const { ours, session } = await calling();
  const { headers } = ours;
  t.match(headers.get("via"), /^SIP\/2\.0\/UDP 10\.0\.0\.1:5060;branch=z9hG4bK\w{20};rport$/);
  t.match(headers.get("from"), /^"Hospital" <sip:95001@10\.0\.0\.1:5060>;tag=\w{16}$/);
  t.same([headers.get("to"), headers.get("contact"), headers.get("max-forwards")], ["<sip:1001@10.0.0.9:5070>", "<sip:10.0.0.1:5060>", "70"]);
  t.same([headers.get("x-ringward-call"), headers.callId, headers.get("cseq")], ["c1", session.callId, "1 INVITE"]);
  t.same(session.remote, { number: "1001" });
});

t.test("RFC 3323 4.1: who shows no number is anonymous", async (t) => {
  const pair = await Pair.create();
  const peer = await Peer.create(pair);
  pair.server.invite({ uri: "sip:1001@10.0.0.9:5070", to: PHONE, from: { number: "" }, offer: "o", callId: "c" });
  peer.send(peer.request({ method: "INVITE", from: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=x' }));
  pair.clock.advanceMs(10);
  t.match(peer.received[0]!.headers.get("from"), /^<sip:anonymous@10\.0\.0\.1:5060>/);
  t.equal(pair.incoming!.remote.number, "");
});

t.test("a call that rings for ever is given up, in both directions", async (t) => {
  const { pair, peer, heard, ours } = await calling();
  peer.send(peer.respond(ours, 180));
  peer.send(peer.request({ method: "INVITE" }));
  pair.clock.advanceMs(300_100);
  t.same(heard.log, ["progress 180", "ended failure timeout 408"]);
  t.same(pair.served.log, ["ended failure timeout 480"]);
  t.ok(peer.lines.includes("CANCEL"));
  t.ok(peer.lines.includes("480 INVITE"));
  t.same(pair.leftovers(), NOTHING_LEFT);
});
