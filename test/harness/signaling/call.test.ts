import t from "tap";
import { NOTHING_LEFT, Pair } from "./pair.js";

t.test("RFC 3261 13: a call is offered, rings, is answered and hung up by the caller", async (t) => {
  const pair = await Pair.create();
  const { session, heard } = pair.call();
  pair.clock.advanceMs(10);
  t.match(pair.incoming, { called: "95001", offer: "offer-sdp", remote: { number: "13800000001" }, origin: { kind: "trunk", name: "carrier" }, remoteEndpoint: { address: "10.0.0.2", port: 5060 } });
  pair.incoming!.ring();
  pair.clock.advanceMs(3000);
  pair.incoming!.answer("answer-sdp");
  pair.clock.advanceMs(1000);
  session.hangup();
  session.hangup();
  pair.clock.advanceMs(1000);
  t.same(pair.ladder, ["carrier INVITE", "server 100 INVITE", "server 180 INVITE", "server 200 INVITE", "carrier ACK", "carrier BYE", "server 200 BYE"]);
  t.same(heard.log, ["progress 180", "answered answer-sdp", "ended local bye"]);
  t.same(pair.served.log, ["confirmed", "ended remote bye"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 15.1.1: the called side hangs up", async (t) => {
  const pair = await Pair.create();
  const { heard } = pair.talk();
  pair.incoming!.hangup();
  t.same(pair.served.log, ["confirmed"], "no listener is called inside of a method");
  pair.clock.advanceMs(10);
  t.same(pair.served.log, ["confirmed", "ended local bye"]);
  t.same(heard.log, ["answered answer-sdp", "ended remote bye"]);
  t.same(pair.ladder.slice(-2), ["server BYE", "carrier 200 BYE"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 13.3.1.3: a call is rejected", async (t) => {
  const pair = await Pair.create();
  const { heard } = pair.call();
  pair.clock.advanceMs(10);
  pair.incoming!.reject(486, { reason: "Busy Here" });
  pair.clock.advanceMs(10);
  t.same(heard.log, ["ended remote rejected 486"]);
  t.same(pair.served.log, ["ended local rejected 486"]);
  t.same(pair.ladder, ["carrier INVITE", "server 100 INVITE", "server 486 INVITE", "carrier ACK"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 17.1.1.2: nobody there, timer B", async (t) => {
  const pair = await Pair.create();
  pair.network.unplug("10.0.0.1");
  const { heard } = pair.call();
  pair.clock.advanceMs(31_999);
  t.same(heard.log, []);
  t.equal(pair.count("carrier INVITE"), 7);
  pair.clock.advanceMs(2);
  t.same(heard.log, ["ended failure timeout 408"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3326, RFC 3261 20.33: a full trunk's 503 says no circuit (Q.850 34) and does not ask for silence by Retry-After", async (t) => {
  const headers: (string | undefined)[] = [];
  const pair = await Pair.create({ carrier: { onMessage: (direction, { kind, headers: fields }) => void (direction === "received" && kind === "response" && headers.push(fields.get("reason"), fields.get("retry-after"))) } });
  const { heard } = pair.call();
  pair.clock.advanceMs(10);
  pair.incoming!.reject(503, { q850Cause: 34 });
  pair.clock.advanceMs(10);
  t.same(headers, [undefined, undefined, "Q.850;cause=34", undefined], "of the 100 and of the 503");
  t.same(heard.log, ["ended remote rejected 503"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});
