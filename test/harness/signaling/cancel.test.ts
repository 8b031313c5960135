import t from "tap";
import { NOTHING_LEFT, Pair } from "./pair.js";

t.test("RFC 3261 9: a caller who hangs up while it rings", async (t) => {
  const pair = await Pair.create();
  const { session, heard } = pair.call();
  pair.clock.advanceMs(10);
  pair.incoming!.ring();
  pair.clock.advanceMs(10);
  session.hangup();
  pair.clock.advanceMs(10);
  t.same(pair.ladder.slice(3).sort(), ["carrier CANCEL", "server 200 CANCEL", "server 487 INVITE", "carrier ACK"].sort());
  t.same(heard.log, ["progress 180", "ended local cancelled"]);
  t.same(pair.served.log, ["ended remote cancelled"]);
  pair.incoming!.answer("too late");
  pair.incoming!.reject(486);
  pair.clock.advanceMs(100);
  t.equal(pair.count("server 200 INVITE"), 0);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 9.1: no CANCEL goes out before a provisional response", async (t) => {
  const pair = await Pair.create();
  pair.network.drop = (packet) => packet.from.address === "10.0.0.1";
  const { session, heard } = pair.call();
  pair.clock.advanceMs(400);
  session.hangup();
  pair.clock.advanceMs(50);
  t.same([pair.count("carrier CANCEL"), heard.log], [0, ["ended local cancelled"]], "call control is not kept waiting");
  pair.network.drop = () => false;
  pair.clock.advanceMs(100);
  t.equal(pair.count("carrier CANCEL"), 1, "the 100 to the INVITE sent again let it go");
  t.same(pair.served.log, ["ended remote cancelled"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 9.1: a CANCEL that crosses the 200 is undone by ACK and BYE", async (t) => {
  const pair = await Pair.create({ delayMs: 50 });
  const { session, heard } = pair.call();
  pair.clock.advanceMs(200);
  pair.incoming!.answer("answer-sdp");
  pair.clock.advanceMs(20);
  session.hangup();
  pair.clock.advanceMs(1000);
  t.equal(pair.count("carrier CANCEL"), 1);
  t.equal(pair.count("carrier ACK"), 1);
  t.equal(pair.count("carrier BYE"), 1);
  t.same(heard.log, ["ended local cancelled"]);
  t.same(pair.served.log, ["confirmed", "ended remote bye"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 9.1: a CANCEL that nobody obeys is given up after 64*T1", async (t) => {
  const pair = await Pair.create();
  const { session } = pair.call();
  pair.clock.advanceMs(10);
  pair.network.drop = (packet) => packet.from.address === "10.0.0.1";
  session.hangup();
  pair.clock.advanceMs(32_100);
  t.equal(pair.carrier.snapshot().transactions.clients, 0);
  t.equal(pair.count("carrier CANCEL"), 11);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 15: a BYE in the early dialog ends the INVITE too", async (t) => {
  const pair = await Pair.create();
  const { heard } = pair.call();
  pair.clock.advanceMs(10);
  pair.incoming!.ring();
  pair.clock.advanceMs(10);
  // The tags of the 180, as the caller knows them.
  const { createRequest } = await import("../../../protocol/sip/message/build.js");
  const { serializeMessage } = await import("../../../protocol/sip/message/serialize.js");
  const { parseMessage } = await import("../../../protocol/sip/message/parse.js");
  let from = "";
  let to = "";
  let callId = "";
  pair.network.onPacket = (packet) => {
    const { message } = parseMessage(packet.bytes);
    if (message?.kind !== "response" || message.status !== 180) return;
    from = message.headers.get("from")!;
    to = message.headers.get("to")!;
    callId = message.headers.callId;
  };
  pair.clock.advanceMs(60_000);
  const stranger = await pair.network.openUdp({ address: "10.0.0.2", port: 5999 }, () => undefined);
  const bye = createRequest({ method: "BYE", uri: "sip:10.0.0.1", via: "SIP/2.0/UDP 10.0.0.2:5999;branch=z9hG4bKbye", from, to, callId, sequence: 2 });
  stranger.send(serializeMessage(bye), { address: "10.0.0.1", port: 5060 });
  pair.clock.advanceMs(20);
  t.same(pair.served.log, ["ended remote cancelled"]);
  t.same(heard.log, ["progress 180", "progress 180", "ended remote rejected 487"], "a 180 a minute, then the end");
  t.same(pair.leftovers(), NOTHING_LEFT);
});
