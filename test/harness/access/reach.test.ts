import t from "tap";
import { SimClock } from "../../../protocol/base/sim-clock.js";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { createOffer } from "../../../protocol/sdp/offer-answer.js";
import { SimCrypto } from "../../../core/crypto/sim-crypto.js";
import { SipSignaling } from "../../../core/signaling/sip-signaling.js";
import { MemoryStore } from "../../../core/store/memory/memory-store.js";
import { CARRIER, Heard, SERVER } from "../signaling/pair.js";
import { SimNetwork, type SimNetworkOptions } from "../sim-network.js";
import { DeskPhone } from "./desk-phone.js";
import { Exchange, NOTHING_HELD } from "./exchange.js";

const PHONE = { address: "10.0.0.20", port: 33_333 };
const OFFER = createOffer({ address: CARRIER.address, port: 4000, codecs: ["PCMA", "PCMU"], dtmf: true, sessionId: "3" });

async function world(seed: number, faults: Partial<SimNetworkOptions> = {}) {
  const clock = new SimClock();
  const random = new SimRandom(seed);
  const network = new SimNetwork({ clock, random, ...faults });
  const store = new MemoryStore();
  const exchange = await Exchange.create({ clock, random, network, store });
  const phone = new DeskPhone({ network, crypto: new SimCrypto(), server: SERVER, local: PHONE, extension: "1001", password: "demo-1001" });
  await phone.start();
  const carrier = new SipSignaling({ clock, random, network, local: CARRIER, door: { admit: () => ({ kind: "drop" }) }, registrar: { register: () => ({ status: 500, headers: [] }) } });
  await carrier.start();
  const call = (from: string, number = "95001", headers: readonly (readonly [string, string])[] = []) => {
    const heard = new Heard();
    const session = carrier.invite({ uri: `sip:${number}@10.0.0.1:5060`, to: SERVER, from: { number: from }, offer: OFFER, callId: "x", headers });
    session.listen(heard);
    return { session, heard };
  };
  return { clock, random, network, store, exchange, phone, call };
}

t.test("a patient is joined to a phone behind NAT that registered, and the patient's BYE ends both legs", async (t) => {
  const { clock, exchange, phone, call } = await world(1);
  phone.register();
  await clock.runMs(100);
  t.same(phone.statuses("REGISTER"), [401, 200]);
  const { session, heard } = call("13800000002");
  await clock.runMs(10);
  const { leg, called } = exchange.incoming[0]!;
  t.same([called, leg.origin], ["95001", { kind: "trunk", name: "carrier" }]);
  const answered = leg.answer();
  await clock.runMs(10);
  await answered;
  t.match(heard.log[0], /^answered v=0/);
  const [agent] = exchange.switchboard.dial({ kind: "phone", extension: "1001" }, { from: leg.remote, callId: "call-1", peer: leg });
  const unheard = (): void => undefined;
  leg.listen({ onRinging: unheard, onAnswered: unheard, onDigit: unheard, onSilent: unheard, onRecordingClosed: unheard, onEnding: () => agent!.hangup(), onEnded: unheard });
  await clock.runMs(50);
  t.equal(agent!.state, "answered");
  t.match(phone.requests[0], { method: "INVITE", rawUri: "sip:deskphone@192.168.1.20:5060" }, "its own URI, at the address it registered from");
  exchange.switchboard.bridge(leg, agent!);
  session.hangup();
  await clock.runMs(50);
  t.match(phone.requests.at(-1), { method: "BYE" });
  await clock.runMs(40_000);
  t.same(exchange.leftovers(), NOTHING_HELD);
  t.equal(exchange.media.commands.filter((command) => command.type === "bridge").length, 1);
});

t.test("RFC 3325 9.1, 9.3: the carrier's word on the caller is taken, and a phone that is rung shows what the caller lets it show", async (t) => {
  for (const [privacy, shown] of [
    ["none", "+8613900000003"],
    ["id", "anonymous"],
  ] as const) {
    const { clock, exchange, phone, call } = await world(4);
    phone.register();
    await clock.runMs(100);
    const { session } = call("anonymous", "95001", [["P-Asserted-Identity", '"Wang" <sip:+8613900000003@carrier.example>'], ["Privacy", privacy]]);
    await clock.runMs(10);
    const { leg } = exchange.incoming[0]!;
    t.equal(leg.remote.number, "+8613900000003", "known to us either way");
    exchange.switchboard.dial({ kind: "phone", extension: "1001" }, { from: leg.remote, callId: "call-1", peer: leg });
    await clock.runMs(50);
    const invite = phone.requests[0]!;
    t.equal(invite.headers.from.uri?.user, shown, privacy);
    if (privacy === "id") t.notMatch(JSON.stringify(invite.headers.fields), /Wang|13900000003/);
    session.hangup();
    for (const one of exchange.switchboard.legs) one.hangup();
    await clock.runMs(40_000);
    t.same(exchange.leftovers(), NOTHING_HELD);
  }
});

t.test("who claims an extension is challenged, also on the trunk; a phone with the password gets in", async (t) => {
  const { clock, exchange, phone, call } = await world(2);
  const { heard } = call("1001");
  phone.invite("95001");
  await clock.runMs(200);
  t.same(heard.log, ["ended remote rejected 401"]);
  t.same(exchange.incoming.map(({ leg }) => leg.origin), [{ kind: "phone", name: "1001" }]);
  t.same(phone.statuses("INVITE"), [401]);
  exchange.incoming[0]!.leg.reject(404);
  await clock.runMs(40_000);
  t.same(exchange.leftovers(), NOTHING_HELD);
});

t.test("a phone is dialled after the server was killed, without registering again", async (t) => {
  const { clock, random, network, store, phone } = await world(3);
  phone.register();
  await clock.runMs(100);
  network.unplug(SERVER.address);
  const again = await Exchange.create({ clock, random, network, store: new MemoryStore({ image: store.crash() }) });
  const legs = again.switchboard.dial({ kind: "phone", extension: "1001" }, { from: { number: "1002" }, callId: "call-2" });
  await clock.runMs(50);
  t.same(legs.map((leg) => leg.state), ["answered"]);
  legs[0]!.hangup();
  await clock.runMs(40_000);
  t.same(again.leftovers(), NOTHING_HELD);
});

t.test("twenty calls on a bad network, hung up at any step, leave nothing", async (t) => {
  let legs = 0;
  let answered = 0;
  for (let seed = 100; seed < 120; seed++) {
    const { clock, random, exchange, call } = await world(seed, { loss: 0.15, duplicate: 0.1, reorder: 0.1, jitterMs: 40 });
    const { session } = call("13800000002");
    const hangupMs = random.next() * 1500;
    clock.after(hangupMs, () => session.hangup());
    exchange.switchboard.onIncoming((leg) => {
      leg.ring();
      clock.after(random.next() * 800, () => void leg.answer().catch(() => undefined));
      clock.after(600 + random.next() * 2000, () => leg.hangup());
    });
    await clock.runMs(300_000);
    t.same(exchange.leftovers(), NOTHING_HELD, `seed ${seed}`);
    const opened = exchange.media.commands.filter((command) => command.type === "leg.open").length;
    legs += opened;
    answered += exchange.seen.filter((observation) => observation.type === "leg.answered").length;
    t.equal(exchange.media.commands.filter((command) => command.type === "leg.close").length, opened, `seed ${seed}: every port is given back once`);
    t.equal(exchange.seen.filter((observation) => observation.type === "leg.ended").length, opened, `seed ${seed}: every end is told once`);
  }
  t.comment(`${legs} legs, ${answered} of them answered`);
  t.ok(legs >= 15 && answered >= 5 && answered < legs, "the seeds reach the steps that they are for");
});

t.test("RFC 3892 2.1: a phone that is rung for a transfer is told who referred, without a line of its own in it", async (t) => {
  const { clock, exchange, phone, call } = await world(5);
  phone.register();
  await clock.runMs(100);
  const { session } = call("13800000002");
  await clock.runMs(10);
  const { leg } = exchange.incoming[0]!;
  exchange.switchboard.dial({ kind: "phone", extension: "1001" }, { from: leg.remote, callId: "call-1", peer: leg, referredBy: "<sip:1002@ringward>\r\nX-Evil: yes" });
  await clock.runMs(50);
  const { headers } = phone.requests[0]!;
  t.equal(headers.get("referred-by"), "<sip:1002@ringward> X-Evil: yes");
  t.notOk(headers.has("x-evil"));
  session.hangup();
  for (const one of exchange.switchboard.legs) one.hangup();
  await clock.runMs(40_000);
  t.same(exchange.leftovers(), NOTHING_HELD);
});
