import t from "tap";
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import { CARRIER, Heard, NOTHING_LEFT, Pair, SERVER } from "./pair.js";

const SERVER_TCP: Endpoint = { ...SERVER, protocol: "TCP" };
/** With headers, Via included, above 1300 bytes. */
const LARGE = `v=0\r\n${"a=x\r\n".repeat(260)}`;

t.test("RFC 3261 18.2.2, RFC 5923: a call over TCP is answered, and ended from either side, by the one connection it came on", async (t) => {
  for (const ends of ["caller", "called"] as const) {
    const pair = await Pair.create({ tcp: true });
    const { session, heard } = pair.call(new Heard(), { to: SERVER_TCP });
    pair.clock.advanceMs(10);
    t.match(pair.incoming!.remoteEndpoint, { address: "10.0.0.2", port: 40_000, protocol: "TCP" });
    pair.incoming!.answer("answer-sdp");
    pair.clock.advanceMs(2000);
    (ends === "caller" ? session : pair.incoming!).hangup();
    pair.clock.advanceMs(1000);
    const bye = ends === "caller" ? ["tcp carrier BYE", "tcp server 200 BYE"] : ["tcp server BYE", "tcp carrier 200 BYE"];
    t.same(pair.ladder, ["tcp carrier INVITE", "tcp server 100 INVITE", "tcp server 200 INVITE", "tcp carrier ACK", ...bye]);
    t.same([...new Set(pair.streams.ways)], ["10.0.0.2:40000 > 10.0.0.1:5060", "10.0.0.1:5060 > 10.0.0.2:40000"]);
    t.same(heard.log, ["answered answer-sdp", ends === "caller" ? "ended local bye" : "ended remote bye"]);
    t.same(pair.leftovers(), NOTHING_LEFT);
  }
});

t.test("RFC 3261 18.2.2: an answer whose connection is gone goes by a new one, to the port of the sent-by", async (t) => {
  const pair = await Pair.create({ tcp: true });
  const { heard } = pair.call(new Heard(), { to: SERVER_TCP });
  pair.clock.advanceMs(10);
  pair.streams.breakAll(CARRIER);
  pair.incoming!.reject(486);
  pair.clock.advanceMs(10);
  t.equal(pair.streams.ways[2], "10.0.0.1:40001 > 10.0.0.2:5060");
  t.same(heard.log, ["ended remote rejected 486"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 17.1.1.2: over TCP nothing is sent again, timer B ends the call", async (t) => {
  const pair = await Pair.create({ tcp: true, server: { door: { admit: () => ({ kind: "drop" }) } } });
  const { heard } = pair.call(new Heard(), { to: SERVER_TCP });
  pair.clock.advanceMs(31_999);
  t.same([pair.ladder, heard.log], [["tcp carrier INVITE"], []]);
  pair.clock.advanceMs(2);
  t.same(heard.log, ["ended failure timeout 408"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 17.1.4: where TCP is refused and nothing else was asked for, the call fails at once", async (t) => {
  const pair = await Pair.create({ tcp: true });
  pair.streams.refusing.add(SERVER.address);
  const { heard } = pair.call(new Heard(), { to: SERVER_TCP });
  pair.clock.advanceMs(5);
  t.same([pair.ladder, heard.log], [[], ["ended failure timeout 408"]]);
  t.equal(pair.carrier.snapshot().counters.streamLost, 1);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 18.1.1: a request too large for UDP goes by TCP, and its CANCEL after it", async (t) => {
  const pair = await Pair.create({ tcp: true });
  const { session, heard } = pair.call(new Heard(), { offer: LARGE });
  pair.clock.advanceMs(10);
  t.equal(pair.incoming!.offer, LARGE);
  session.hangup();
  pair.clock.advanceMs(10);
  t.same(pair.ladder, ["tcp carrier INVITE", "tcp server 100 INVITE", "tcp carrier CANCEL", "tcp server 200 CANCEL", "tcp server 487 INVITE", "tcp carrier ACK"]);
  t.same(heard.log, ["ended local cancelled"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 18.1.1: refused there, it comes back to UDP, where it is sent again until it is answered", async (t) => {
  const pair = await Pair.create({ tcp: true });
  pair.streams.refusing.add(SERVER.address);
  pair.network.drop = () => pair.clock.monoMs() < 600;
  const { heard } = pair.call(new Heard(), { offer: LARGE });
  pair.clock.advanceMs(700);
  t.same(pair.ladder, ["carrier INVITE", "carrier INVITE"]);
  pair.clock.advanceMs(1000);
  pair.incoming!.answer("answer-sdp");
  pair.clock.advanceMs(10);
  t.same(heard.log, ["answered answer-sdp"]);
  t.same(pair.ladder.slice(2), ["carrier INVITE", "server 100 INVITE", "server 200 INVITE", "carrier ACK"]);
  pair.incoming!.hangup();
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 18.1.1: a small request stays on UDP, and without TCP a large one does too", async (t) => {
  for (const [tcp, offer] of [[true, "offer-sdp"], [false, LARGE]] as const) {
    const pair = await Pair.create({ tcp });
    const { session } = pair.call(new Heard(), { offer });
    pair.clock.advanceMs(10);
    session.hangup();
    pair.clock.advanceMs(10);
    t.same([pair.ladder[0], pair.streams.ways], ["carrier INVITE", []]);
    t.same(pair.leftovers(), NOTHING_LEFT);
  }
});

t.test("RFC 3261 18.1.1: a large request to a far side that takes no TCP stays on UDP, in the dialog too", async (t) => {
  const pair = await Pair.create({ tcp: true, carrier: { staysOnUdp: (to) => to.address === SERVER.address } });
  const { session } = pair.call(new Heard(), { offer: LARGE });
  pair.clock.advanceMs(10);
  pair.incoming!.answer("answer-sdp");
  pair.clock.advanceMs(10);
  session.hangup();
  pair.clock.advanceMs(10);
  t.same(pair.ladder, ["carrier INVITE", "server 100 INVITE", "server 200 INVITE", "carrier ACK", "carrier BYE", "server 200 BYE"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

const REGISTERED: Endpoint = { address: SERVER.address, port: 50_000, protocol: "TCP" };

for (const { title, uri, refuses = false, ladder, end } of [
  { title: "its contact takes a new one", uri: "sip:95001@10.0.0.1:5060;transport=tcp", ladder: ["tcp carrier INVITE", "tcp server 100 INVITE"], end: [] },
  { title: "its contact refuses a new one", uri: "sip:95001@10.0.0.1:5060;transport=tcp", refuses: true, ladder: [], end: ["ended failure transport 430"] },
  { title: "its contact names a machine that only DNS knows", uri: "sip:95001@phone.example;transport=tcp", ladder: [], end: ["ended failure transport 430"] },
  { title: "its contact names UDP", uri: "sip:95001@10.0.0.1:5060", ladder: [], end: ["ended failure transport 430"] },
])
  t.test(`RFC 5626 5.3: the connection that a phone registered on is gone; ${title}`, async (t) => {
    const pair = await Pair.create({ tcp: true });
    if (refuses) pair.streams.refusing.add(SERVER.address);
    const heard = new Heard();
    pair.carrier.invite({ uri, to: REGISTERED, from: { number: "1" }, offer: "offer-sdp", callId: "c1", registered: true }).listen(heard);
    pair.clock.advanceMs(5);
    t.same([pair.ladder, heard.log], [ladder, end], "at once");
    pair.incoming?.reject(486);
    t.same(pair.leftovers(), NOTHING_LEFT);
  });

t.test("RFC 3261 18: the connection of a party behind NAT breaks in mid-call: the BYE goes by a new one to its contact", async (t) => {
  const pair = await Pair.create({ tcp: true, server: { door: { admit: () => ({ kind: "accept", origin: { kind: "phone", name: "1001" }, symmetric: true }) } } });
  const { heard } = pair.call(new Heard(), { to: SERVER_TCP });
  pair.clock.advanceMs(10);
  pair.incoming!.answer("answer-sdp");
  pair.clock.advanceMs(100);
  pair.streams.breakAll(CARRIER);
  pair.incoming!.hangup();
  pair.clock.advanceMs(10);
  t.equal(pair.streams.ways.at(-2), "10.0.0.1:40001 > 10.0.0.2:5060");
  t.same(heard.log.at(-1), "ended remote bye");
  t.same(pair.leftovers(), NOTHING_LEFT);
});

const CONNECTION = { address: CARRIER.address, port: 40_000 } as const;
const LISTENS = "sip:1001@10.0.0.2:5060;transport=tcp";

for (const { title, contacts, end } of [
  { title: "where it has registered", contacts: [{ uri: LISTENS, source: { ...CONNECTION, port: 39_000, protocol: "TCP" } }], end: "ended remote bye" },
  { title: "where it has registered by UDP", contacts: [{ uri: "sip:1001@10.0.0.2", source: CARRIER }], end: "ended remote bye" },
  { title: "not to another device of its user", contacts: [{ uri: "sip:1001@10.0.0.9:5060;transport=tcp", source: { address: "10.0.0.9", port: 1, protocol: "TCP" } }], end: "confirmed" },
  { title: "nowhere, where it has not registered", contacts: [], end: "confirmed" },
] as const)
  t.test(`RFC 5626 5.3: a phone called and named its end of a connection, which a restart took: the BYE goes ${title}`, async (t) => {
    const pair = await Pair.create({
      tcp: true,
      carrier: { advertised: CONNECTION },
      server: { door: { admit: () => ({ kind: "accept", origin: { kind: "phone", name: "1001" } }) }, contactsOf: (extension) => (extension === "1001" ? contacts : []) },
    });
    const { heard } = pair.call(new Heard(), { to: SERVER_TCP });
    pair.clock.advanceMs(10);
    pair.incoming!.answer("answer-sdp");
    pair.clock.advanceMs(100);
    t.same(pair.incoming!.remoteEndpoint, { ...CONNECTION, protocol: "TCP" });
    await pair.restartServer(500);
    pair.incoming!.hangup();
    pair.clock.advanceMs(40_000);
    t.equal(heard.log.at(-1), end === "confirmed" ? "answered answer-sdp" : end);
  });
