// Calls of ours over a trunk whose carrier asks for digest, on simulated networks good and bad.
import t from "tap";
import { SimCrypto } from "../../../core/crypto/sim-crypto.js";
import type { Leg, LegEvents } from "../../../core/leg/leg.js";
import type { IncomingSession } from "../../../core/signaling/session.js";
import { SipSignaling } from "../../../core/signaling/sip-signaling.js";
import { MemoryStore } from "../../../core/store/memory/memory-store.js";
import { SimClock } from "../../../protocol/base/sim-clock.js";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { createOffer } from "../../../protocol/sdp/offer-answer.js";
import { Authenticator } from "../../../protocol/sip/auth/authenticator.js";
import { digestHa1 } from "../../../protocol/sip/auth/digest.js";
import { CARRIER } from "../signaling/pair.js";
import { SimNetwork, type SimNetworkOptions } from "../sim-network.js";
import { Exchange, NOTHING_HELD } from "./exchange.js";

const ANSWER = createOffer({ address: CARRIER.address, port: 4000, codecs: ["PCMA"], dtmf: true, sessionId: "3" });
const OUTSIDE = { kind: "outside", trunk: "carrier", number: "13900000001" } as const;
const FROM = { from: { number: "1001" }, callId: "c" };

async function world(seed: number, faults: Partial<SimNetworkOptions> = {}) {
  const clock = new SimClock();
  const random = new SimRandom(seed);
  const network = new SimNetwork({ clock, random, ...faults });
  const exchange = await Exchange.create({ clock, random, network, store: new MemoryStore() });
  const crypto = new SimCrypto();
  const who = { username: "hospital", realm: "pstn", password: "trunk-password" };
  const verifier = new Authenticator({ realm: "pstn", secret: new Uint8Array(16), lookup: (user, algorithm) => (user === who.username ? digestHa1(crypto, algorithm, who) : undefined), crypto, random, clock });
  const incoming: IncomingSession[] = [];
  const faultsSeen: unknown[] = [];
  const carrier = new SipSignaling({
    clock, random, network,
    local: CARRIER,
    door: {
      admit: (request) => {
        const verdict = verifier.verify(request);
        return verdict.kind === "ok" ? { kind: "accept", origin: { kind: "trunk", name: verdict.username } } : verdict;
      },
    },
    registrar: { register: () => ({ status: 403, headers: [] }) },
    onFault: (error) => void faultsSeen.push(error),
  });
  await carrier.start();
  carrier.onIncoming((session) => {
    incoming.push(session);
    session.listen({ onProgress: () => undefined, onAnswered: () => undefined, onConfirmed: () => undefined, onOffer: () => undefined, onEnded: () => undefined });
  });
  return { clock, random, exchange, carrier, incoming, faultsSeen };
}

function listen(leg: Leg): string[] {
  const told: string[] = [];
  const events: LegEvents = {
    onRinging: () => void told.push("ringing"),
    onAnswered: () => void told.push("answered"),
    onDigit: () => undefined,
    onSilent: () => undefined,
    onRecordingClosed: () => undefined,
    onEnded: (end) => void told.push(`ended ${end.by} ${end.status ?? end.cause}`),
  };
  leg.listen(events);
  return told;
}

t.test("RFC 3261 22.2: an outside number over the trunk: the number asked for, the hospital's shown, digest answered, the place given back", async (t) => {
  const { clock, exchange, incoming } = await world(1);
  const [leg] = exchange.switchboard.dial(OUTSIDE, FROM) as [Leg];
  const told = listen(leg);
  t.equal(exchange.trunks.get("carrier")!.calls, 1);
  await clock.runMs(50);
  t.match(incoming, [{ called: "13900000001", remote: { number: "95001" }, origin: { name: "hospital" } }]);
  incoming[0]!.ring();
  await clock.runMs(10);
  incoming[0]!.answer(ANSWER);
  await clock.runMs(50);
  t.same([told, leg.origin], [["ringing", "answered"], { kind: "trunk", name: "carrier" }]);
  leg.hangup();
  await clock.runMs(40_000);
  t.same(exchange.leftovers(), NOTHING_HELD);
});

t.test("RFC 3261 21.4.24, Q.850: busy is told with its status; a full trunk and an unknown one give no leg", async (t) => {
  const { clock, exchange, incoming } = await world(2);
  const [leg] = exchange.switchboard.dial(OUTSIDE, FROM) as [Leg];
  const told = listen(leg);
  await clock.runMs(50);
  t.same(exchange.switchboard.dial({ ...OUTSIDE, trunk: "nobody" }, FROM), []);
  const others = Array.from({ length: 4 }, () => exchange.switchboard.dial(OUTSIDE, FROM));
  t.same(others.map((legs) => legs.length), [1, 1, 0, 0], "three places");
  for (const [other] of others) other?.hangup();
  incoming[0]!.reject(486);
  await clock.runMs(40_000);
  t.same(told, ["ended remote 486"]);
  t.same(exchange.leftovers(), NOTHING_HELD);
});

t.test("RFC 3261 21.5.4: a trunk whose carrier says 503 with Retry-After is passed over for that time", async (t) => {
  const { clock, exchange, incoming } = await world(3);
  for (const [rejection, rests] of [
    [{}, false],
    [{ retryAfterS: 30 }, true],
  ] as const) {
    const told = listen(exchange.switchboard.dial(OUTSIDE, FROM)[0]!);
    await clock.runMs(50);
    incoming.at(-1)!.reject(503, rejection);
    await clock.runMs(1000);
    t.same(told, ["ended remote 503"]);
    const [next] = exchange.switchboard.dial(OUTSIDE, FROM);
    t.equal(next === undefined, rests);
    next?.hangup();
  }
  await clock.runMs(29_500);
  const [again] = exchange.switchboard.dial(OUTSIDE, FROM);
  t.ok(again);
  again!.hangup();
  await clock.runMs(40_000);
  t.same(exchange.leftovers(), NOTHING_HELD);
});

t.test("forty calls out on a bad network, hung up at any step, leave nothing on either side", async (t) => {
  let answered = 0;
  for (let seed = 200; seed < 240; seed++) {
    const { clock, random, exchange, carrier, incoming, faultsSeen } = await world(seed, { loss: 0.15, duplicate: 0.1, reorder: 0.1, jitterMs: 40 });
    const [leg] = exchange.switchboard.dial(OUTSIDE, FROM) as [Leg];
    const told = listen(leg);
    clock.after(random.next() * 3000, () => leg.hangup());
    for (let i = 0; i < 40; i++) {
      await clock.runMs(100);
      const session = incoming[0];
      if (session === undefined || i % 5 !== 0) continue;
      if (random.next() < 0.5) session.ring();
      else if (random.next() < 0.7) session.answer(ANSWER);
      else session.hangup({ status: 486 });
    }
    incoming.forEach((session) => session.hangup());
    await clock.runMs(300_000);
    t.same(exchange.leftovers(), NOTHING_HELD, `seed ${seed}`);
    const { sessions, transactions } = carrier.snapshot();
    t.same([sessions, transactions.clients, transactions.servers, faultsSeen.length], [0, 0, 0, 0], `seed ${seed}: the carrier`);
    t.equal(told.filter((event) => event.startsWith("ended")).length, 1, `seed ${seed}: one end`);
    if (told.includes("answered")) answered++;
  }
  t.ok(answered >= 8 && answered < 40, `${answered} of 40 answered`);
});
