// A signalling plane is written down and another goes on with it: the far side notices a pause at most.
import t from "tap";
import { CARRIER, Heard, NOTHING_LEFT, Pair } from "./pair.js";

const DOWN_MS = 800;

/** The server calls the carrier's 13800000001, whose end is `heard`. */
function dial(pair: Pair): { readonly heard: Heard; answer(): void; ring(): void } {
  const heard = new Heard();
  let take = { answer: (_sdp: string): void => undefined, ring: (): void => undefined };
  pair.carrier.onIncoming((session) => {
    session.listen(heard);
    take = { answer: (sdp) => session.answer(sdp), ring: () => session.ring() };
  });
  pair.server.invite({ uri: `sip:13800000001@${CARRIER.address}:5060`, to: CARRIER, from: { number: "95001" }, offer: "offer-sdp", callId: "c1" }).listen(pair.served);
  pair.clock.advanceMs(10);
  return { heard, answer: () => take.answer("their-answer"), ring: () => take.ring() };
}

t.test("RFC 3261 13.3: a call that rings is answered after a restart, in the dialog that its 180 began", async (t) => {
  const pair = await Pair.create();
  const { session, heard } = pair.call();
  pair.clock.advanceMs(10);
  pair.incoming!.ring();
  pair.clock.advanceMs(10);
  await pair.restartServer(DOWN_MS);
  pair.incoming!.answer("answer-sdp");
  pair.clock.advanceMs(10);
  t.same(heard.log, ["progress 180", "answered answer-sdp"]);
  t.same(pair.served.log, ["confirmed"]);
  session.hangup();
  pair.clock.advanceMs(10);
  t.same(pair.served.log.slice(1), ["ended remote bye"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 9.2: a caller who gives up while the server is away has the CANCEL heard afterwards", async (t) => {
  const pair = await Pair.create();
  const { session, heard } = pair.call();
  pair.clock.advanceMs(10);
  pair.incoming!.ring();
  pair.clock.advanceMs(10);
  session.hangup();
  await pair.restartServer(DOWN_MS);
  pair.clock.advanceMs(10_000);
  t.same(pair.served.log, ["ended remote cancelled"]);
  t.match(heard.log.at(-1), /^ended local cancelled/);
  t.equal(pair.ladder.filter((line) => line === "server 487 INVITE").length, 1);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 13.3.1.4: a 200 that waits for its ACK is sent on, and a repeated INVITE is no new call", async (t) => {
  const pair = await Pair.create();
  const { heard } = pair.call();
  pair.clock.advanceMs(10);
  pair.network.drop = ({ from }) => from.address !== CARRIER.address;
  pair.incoming!.answer("answer-sdp");
  pair.clock.advanceMs(10);
  pair.network.drop = () => false;
  await pair.restartServer(DOWN_MS);
  pair.clock.advanceMs(5000);
  t.same([heard.log, pair.served.log], [["answered answer-sdp"], ["confirmed"]]);
  pair.incoming!.hangup();
  pair.clock.advanceMs(10);
  t.match(heard.log.at(-1), /ended remote bye/);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 12.2.1.1: in a call that talks both sides' next requests have the right CSeq, tags and target", async (t) => {
  for (const ends of ["server", "carrier"] as const) {
    const pair = await Pair.create();
    const { session, heard } = pair.talk();
    const state = await pair.restartServer(DOWN_MS);
    t.same([state.sessions.length, state.sessions[0]?.established], [1, { byeWanted: false }]);
    if (ends === "server") pair.incoming!.hangup();
    else session.hangup();
    pair.clock.advanceMs(10);
    t.match(ends === "server" ? heard.log.at(-1) : pair.served.log.at(-1), /ended remote bye/);
    t.equal(pair.ladder.filter((line) => line.startsWith(`${ends === "server" ? "carrier" : "server"} 200 BYE`)).length, 1);
    t.same(pair.leftovers(), NOTHING_LEFT);
  }
});

t.test("a BYE that was on its way when the server went is answered by the next one; one of ours is sent on", async (t) => {
  for (const ends of ["server", "carrier"] as const) {
    const pair = await Pair.create();
    const { session, heard } = pair.talk();
    pair.network.drop = () => true;
    if (ends === "server") pair.incoming!.hangup();
    else session.hangup();
    pair.clock.advanceMs(100);
    pair.network.drop = () => false;
    await pair.restartServer(DOWN_MS);
    pair.clock.advanceMs(10_000);
    t.match((ends === "server" ? heard : pair.served).log.at(-1), /ended remote bye/);
    t.equal(pair.count(`${ends === "server" ? "carrier" : "server"} 200 BYE`), 1);
    t.same(pair.leftovers(), NOTHING_LEFT);
  }
});

t.test("RFC 3261 15: hung up before the ACK came, the BYE follows the ACK that comes to the next process", async (t) => {
  const pair = await Pair.create();
  const { heard } = pair.call();
  pair.clock.advanceMs(10);
  pair.network.drop = () => true;
  pair.incoming!.answer("answer-sdp");
  pair.incoming!.hangup();
  pair.clock.advanceMs(10);
  pair.network.drop = () => false;
  await pair.restartServer(DOWN_MS);
  pair.clock.advanceMs(5000);
  t.same(heard.log, ["answered answer-sdp", "ended remote bye"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 13.2: our INVITE that rings is answered after a restart, and acknowledged once for each 2xx", async (t) => {
  const pair = await Pair.create();
  const far = dial(pair);
  far.ring();
  pair.clock.advanceMs(10);
  await pair.restartServer(DOWN_MS);
  far.answer();
  pair.clock.advanceMs(10);
  t.same(pair.served.log, ["progress 180", "answered their-answer"]);
  t.same(far.heard.log, ["confirmed"]);
  pair.outgoing!.hangup();
  pair.clock.advanceMs(10);
  t.match(far.heard.log.at(-1), /ended remote bye/);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 13.2.2.4: the 2xx comes again because the ACK was lost, and the next process sends the ACK again", async (t) => {
  const pair = await Pair.create();
  const far = dial(pair);
  pair.network.drop = ({ from }) => from.address !== CARRIER.address;
  far.answer();
  pair.clock.advanceMs(10);
  pair.network.drop = () => false;
  await pair.restartServer(DOWN_MS);
  pair.clock.advanceMs(5000);
  t.same([pair.served.log, far.heard.log], [["answered their-answer"], ["confirmed"]]);
  t.same(pair.ladder.includes("server BYE"), false);
  pair.outgoing!.hangup();
  pair.clock.advanceMs(10);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("RFC 3261 9.1: given up just before, our INVITE is cancelled by the next process, and an answer that crossed is ended", async (t) => {
  for (const crosses of [false, true]) {
    const pair = await Pair.create();
    const heard = new Heard();
    let answer = (): void => undefined;
    pair.carrier.onIncoming((session) => {
      session.listen(heard);
      answer = () => session.answer("their-answer");
    });
    const ours = pair.server.invite({ uri: `sip:13800000001@${CARRIER.address}:5060`, to: CARRIER, from: { number: "95001" }, offer: "offer-sdp", callId: "c1" });
    ours.listen(pair.served);
    pair.network.drop = ({ from }) => from.address === CARRIER.address;
    pair.clock.advanceMs(10);
    ours.hangup();
    if (crosses) answer();
    pair.network.drop = () => false;
    await pair.restartServer(DOWN_MS);
    pair.clock.advanceMs(10_000);
    t.match(heard.log.at(-1), crosses ? /ended remote bye/ : /ended remote cancelled/);
    t.same(pair.leftovers(), NOTHING_LEFT);
  }
});

t.test("RFC 3261 14.1: an offer of ours that was on its way is answered to the next process, whose own offer follows it", async (t) => {
  for (const cut of ["unheard", "answered, its ACK lost"] as const) {
    const pair = await Pair.create();
    const { heard } = pair.talk();
    void pair.incoming!.reoffer("our-offer-1");
    pair.network.drop = cut === "unheard" ? () => true : ({ from }) => from.address === CARRIER.address;
    pair.clock.advanceMs(100);
    pair.network.drop = () => false;
    await pair.restartServer(DOWN_MS);
    const second = pair.incoming!.reoffer("our-offer-2");
    pair.clock.advanceMs(10_000);
    t.equal(await second, "re-answer", cut);
    t.same(heard.log.filter((line) => line.startsWith("offer")), ["offer our-offer-1", "offer our-offer-2"]);
    t.notMatch(pair.ladder.join(), /BYE/);
    pair.incoming!.hangup();
    pair.clock.advanceMs(10);
    t.match(heard.log.at(-1), /ended remote bye/);
    t.same(pair.leftovers(), NOTHING_LEFT);
  }
});

t.test("RFC 3261 13.2.2.4: the 2xx to an offer of ours comes again after a restart, and is acknowledged", async (t) => {
  const pair = await Pair.create();
  const { heard } = pair.talk();
  void pair.incoming!.reoffer("our-offer");
  pair.network.drop = ({ bytes }) => new TextDecoder().decode(bytes).startsWith("ACK");
  pair.clock.advanceMs(10);
  pair.network.drop = () => false;
  await pair.restartServer(DOWN_MS);
  pair.clock.advanceMs(40_000);
  t.notMatch(pair.ladder.join(), /BYE/);
  t.equal(pair.count("server ACK"), 2, "the lost one and one more");
  t.notMatch(heard.log.join(), /ended/);
  pair.incoming!.hangup();
  pair.clock.advanceMs(10);
  t.same(pair.leftovers(), NOTHING_LEFT);
});

t.test("what fell due while nobody ran is done: a call that rang too long is refused", async (t) => {
  const pair = await Pair.create({ server: { setupMaxMs: 1000 } });
  const { heard } = pair.call();
  pair.clock.advanceMs(500);
  await pair.restartServer(2000);
  pair.clock.advanceMs(1000);
  t.match(heard.log, ["ended remote rejected 480"]);
  t.same(pair.leftovers(), NOTHING_LEFT);
});
