// Our registration with a carrier, the carrier being another server of ours: its registrar, its digest, its calls.
import t from "tap";
import { SimCrypto } from "../../../core/crypto/sim-crypto.js";
import type { Leg } from "../../../core/leg/leg.js";
import { CallDoor } from "../../../core/security/call-door.js";
import type { IncomingSession } from "../../../core/signaling/session.js";
import { SipSignaling } from "../../../core/signaling/sip-signaling.js";
import { MemoryStore } from "../../../core/store/memory/memory-store.js";
import type { RegistrationObservation } from "../../../core/trunks/registration.js";
import { Registrations } from "../../../core/trunks/registrations.js";
import { Trunks } from "../../../core/trunks/trunk.js";
import { SimClock } from "../../../protocol/base/sim-clock.js";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { DigestAccount } from "../../../protocol/sip/auth/digest-account.js";
import { SERVER } from "../signaling/pair.js";
import { SimNetwork } from "../sim-network.js";
import { Exchange, NOTHING_HELD } from "./exchange.js";

const US = { address: "10.0.0.7", port: 5060 };

async function rig(password = "demo-1001") {
  const clock = new SimClock();
  const random = new SimRandom(20_260_105);
  const network = new SimNetwork({ clock, random });
  const carrier = await Exchange.create({ clock, random, network, store: new MemoryStore() });
  const account = new DigestAccount({ username: "1001", password, crypto: new SimCrypto(), random });
  const trunks = new Trunks([{ name: "main", address: SERVER, account, line: "a-line-that-nobody-guesses", callerFrom: ["p-asserted-identity", "from"] }, { name: "other", sources: ["0.0.0.0/0"] }]);
  const trunk = trunks.get("main")!;
  const refuse = { check: () => ({ kind: "forbidden" }) } as never;
  const door = new CallDoor({ gate: refuse, isExtension: () => false, findContact: () => undefined, findTrunk: (address) => trunks.findBySource(address), findLine: (line) => trunks.findByLine(line) });
  const faults: unknown[] = [];
  const signaling = new SipSignaling({ clock, random, network, local: US, door, registrar: { register: () => ({ status: 403, headers: [] }) }, onFault: (error) => void faults.push(error) });
  await signaling.start();
  const incoming: IncomingSession[] = [];
  signaling.onIncoming((session) => {
    incoming.push(session);
    session.listen({ onProgress() {}, onAnswered() {}, onConfirmed() {}, onOffer: () => undefined, onEnded() {} });
  });
  const seen: RegistrationObservation[] = [];
  const registrations = new Registrations({ clock, random, signaling, trunks: [{ trunk, registrar: SERVER, expiresS: 600, number: "95001" }], observe: (observation) => void seen.push(observation) });
  registrations.start();
  await clock.runMs(100);
  return { clock, network, carrier, signaling, registrations, incoming, seen, faults };
}

t.test("RFC 3261 10.2, 22.2: registered behind a digest, renewed, called through the binding, and taken back", async (t) => {
  const { clock, carrier, signaling, registrations, incoming, seen, faults } = await rig();
  t.match(registrations.list(), [{ trunk: "main", state: "registered", failures: 0 }]);
  t.match(carrier.registrar.contacts("1001"), [{ uri: "sip:95001@10.0.0.7:5060;line=a-line-that-nobody-guesses", source: US }]);
  const firstUntilMs = carrier.registrar.contacts("1001")[0]!.expiresMonoMs;
  await clock.runMs(541_000);
  t.ok(Math.abs(carrier.registrar.contacts("1001")[0]!.expiresMonoMs - firstUntilMs - 540_000) < 20, "renewed at 90 %");

  const [leg] = carrier.switchboard.dial({ kind: "phone", extension: "1001" }, { from: { number: "13900000001" }, callId: "c" }) as [Leg];
  leg.listen({ onRinging() {}, onAnswered() {}, onDigit() {}, onSilent() {}, onRecordingClosed() {}, onEnded() {} });
  await clock.runMs(50);
  t.match(incoming, [{ called: "95001", remote: { number: "13900000001" }, origin: { kind: "trunk", name: "main" } }], "known by the line, not by an address that other trunks share");
  incoming[0]!.reject(486);
  await clock.runMs(50);

  const stopped = registrations.stop(2000);
  await clock.runMs(50);
  await stopped;
  t.same(carrier.registrar.contacts("1001"), []);
  t.same(seen.map(({ type }) => type), ["trunk.registered", "trunk.unregistered"]);
  await clock.runMs(60_000);
  t.same([signaling.snapshot().sessions, faults.length], [0, 0]);
  t.same(carrier.leftovers(), NOTHING_HELD);
});

t.test("a wrong password is said once, without it, and the registrar is left in peace", async (t) => {
  const { clock, carrier, registrations, seen } = await rig("not-the-password");
  await clock.runMs(200_000);
  t.match(seen, [{ type: "trunk.refused", trunk: "main", status: 403 }]);
  t.notMatch(JSON.stringify(seen), /not-the-password/);
  t.match(registrations.list(), [{ state: "failing", failures: 1 }]);
  t.same(carrier.registrar.contacts("1001"), []);
  await registrations.stop(2000);
  carrier.registrar.close();
});

t.test("a registrar that goes away is noticed, and found again", async (t) => {
  const { clock, network, registrations, seen } = await rig();
  network.drop = () => true;
  await clock.runMs(620_000);
  t.match(registrations.list(), [{ state: "failing" }]);
  network.drop = () => false;
  await clock.runMs(400_000);
  t.match(registrations.list(), [{ state: "registered", failures: 0 }]);
  t.same(seen.map(({ type }) => type), ["trunk.registered", "trunk.unreachable", "trunk.expired", "trunk.registered"]);
});
