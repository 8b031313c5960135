import t from "tap";
import { Heard, NOTHING_LEFT, Pair } from "./pair.js";

const CASES = [
  { side: "the caller", ours: "carrier", theirs: "server" },
  { side: "the called one", ours: "server", theirs: "carrier" },
] as const;

for (const { side, ours, theirs } of CASES) {
  /** `ours` offers in an answered call; `heard` is what the other one was told. */
  const talk = async (options: Parameters<typeof Pair.create>[0] = {}) => {
    const pair = await Pair.create(options);
    const { session, heard } = pair.talk();
    const [offering, other] = ours === "carrier" ? [session, pair.served] : [pair.incoming!, heard];
    return { pair, offering, other, our: ours === "carrier" ? heard : pair.served, their: ours === "carrier" ? pair.incoming! : session };
  };

  t.test(`RFC 3261 14.1: ${side} offers anew and has the answer; offers follow each other`, async (t) => {
    const { pair, offering, other } = await talk();
    pair.ladder.length = 0;
    const answers: (string | undefined)[] = [];
    for (const sdp of ["second", "third"]) void offering.reoffer(sdp).then((answer) => void answers.push(answer));
    await pair.clock.runMs(100);
    t.same(answers, ["re-answer", "re-answer"]);
    t.same(other.log.filter((line) => line.startsWith("offer")), ["offer second", "offer third"]);
    const round = [`${ours} INVITE`, `${theirs} 100 INVITE`, `${theirs} 200 INVITE`, `${ours} ACK`];
    t.same(pair.ladder, [...round, ...round]);
    offering.hangup();
    await pair.clock.runMs(40_000);
    t.same([pair.leftovers(), pair.faults], [NOTHING_LEFT, []]);
  });

  t.test(`RFC 3261 14.1: ${side}'s offer is refused, and the call goes on`, async (t) => {
    const { pair, offering, other, our } = await talk();
    other.onOfferReturn = undefined;
    const answer = offering.reoffer("video");
    await pair.clock.runMs(100);
    t.equal(await answer, undefined);
    t.equal(our.end, undefined);
    other.onOfferReturn = "now";
    const again = offering.reoffer("audio");
    await pair.clock.runMs(100);
    t.equal(await again, "now");
    offering.hangup();
    await pair.clock.runMs(40_000);
    t.same(pair.leftovers(), NOTHING_LEFT);
  });

  t.test(`RFC 3261 14.1, 14.2: ${side} and the other offer at once: both are told 491, and both have their answers later`, async (t) => {
    const { pair, offering, other, our, their } = await talk();
    const answers = [offering.reoffer("ours"), their.reoffer("theirs")];
    await pair.clock.runMs(50);
    t.equal(pair.ladder.filter((line) => line.endsWith("491 INVITE")).length, 2);
    await pair.clock.runMs(10_000);
    t.same(await Promise.all(answers), ["re-answer", "re-answer"]);
    t.same([other, our].map((heard) => heard.log.filter((line) => line.startsWith("offer"))), [["offer ours"], ["offer theirs"]]);
    offering.hangup();
    await pair.clock.runMs(40_000);
    t.same([pair.leftovers(), pair.faults], [NOTHING_LEFT, []]);
  });

  t.test(`RFC 3261 14.1, 12.2.1.2: ${side} hears nothing at all: the dialog is dead`, async (t) => {
    const { pair, offering, our } = await talk();
    pair.network.drop = () => true;
    const answer = offering.reoffer("second");
    await pair.clock.runMs(33_000);
    t.equal(await answer, undefined);
    t.match(our.end, { by: "failure", cause: "timeout" });
    t.equal(pair.ladder.filter((line) => line === `${ours} BYE`).length > 0, true);
  });

  t.test(`RFC 3261 14.1: ${side} hangs up while the offer is out, or before`, async (t) => {
    const { pair, offering } = await talk();
    const answers = [offering.reoffer("second"), offering.reoffer("third")];
    offering.hangup();
    answers.push(offering.reoffer("fourth"));
    await pair.clock.runMs(40_000);
    t.same(await Promise.all(answers), [undefined, undefined, undefined]);
    t.same([pair.leftovers(), pair.faults], [NOTHING_LEFT, []]);
  });
}

t.test("RFC 3261 14.1: an offer waits for the ACK of our 2xx; before the answer there is nothing to offer in", async (t) => {
  const pair = await Pair.create();
  const heard = new Heard();
  const { session } = pair.call(heard);
  await pair.clock.runMs(10);
  t.equal(await session.reoffer("early"), undefined);
  let acks = 0;
  pair.network.drop = ({ bytes }) => new TextDecoder().decode(bytes).startsWith("ACK") && acks++ < 2;
  pair.incoming!.answer("answer-sdp");
  await pair.clock.runMs(10);
  const answer = pair.incoming!.reoffer("second");
  await pair.clock.runMs(100);
  t.equal(heard.log.includes("offer second"), false, "not before the ACK");
  await pair.clock.runMs(3000);
  t.equal(await answer, "re-answer");
});

t.test("RFC 3261 13.2.2.4: over a bad network each offer has its answer once, and nothing is left over", async (t) => {
  for (let seed = 1; seed <= 60; seed++) {
    const pair = await Pair.create({ seed, loss: 0.2, duplicate: 0.1, jitterMs: 30 });
    const { session, heard } = pair.call();
    await pair.clock.runMs(3000);
    pair.incoming?.answer("answer-sdp");
    await pair.clock.runMs(5000);
    const answers = [session.reoffer("a"), pair.incoming?.reoffer("b"), session.reoffer("c")];
    await pair.clock.runMs(20_000);
    if (heard.end === undefined && pair.served.end === undefined && heard.log.some((line) => line.startsWith("answered"))) t.same(await Promise.all(answers), ["re-answer", "re-answer", "re-answer"], `seed ${seed}`);
    session.hangup();
    await pair.clock.runMs(100_000);
    t.same([pair.leftovers(), pair.faults], [NOTHING_LEFT, []], `seed ${seed}`);
  }
});
