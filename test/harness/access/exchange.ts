// Signalling, doors, registrar, trunks and legs as the server has them, with media that is always ready and never speaks.
import { SimClock } from "../../../protocol/base/sim-clock.js";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { DigestAccount } from "../../../protocol/sip/auth/digest-account.js";
import { Authenticator } from "../../../protocol/sip/auth/authenticator.js";
import type { MediaCommand, MediaEvent, MediaPort } from "../../../media/engine/command.js";
import { SimCrypto } from "../../../core/crypto/sim-crypto.js";
import type { LegObservation } from "../../../core/leg/observation.js";
import type { SipLeg } from "../../../core/leg/sip-leg.js";
import { SipSwitchboard } from "../../../core/leg/sip-switchboard.js";
import { MediaHub } from "../../../core/media-port/media-hub.js";
import { BindingStore } from "../../../core/registrar/binding-store.js";
import { Phones } from "../../../core/registrar/phone.js";
import { RegisterDoor, sameContactUri } from "../../../core/registrar/register-door.js";
import { Registrar } from "../../../core/registrar/registrar.js";
import { CallDoor } from "../../../core/security/call-door.js";
import { FailureLimit } from "../../../core/security/failure-limit.js";
import { PhoneGate } from "../../../core/security/phone-gate.js";
import { SipSignaling } from "../../../core/signaling/sip-signaling.js";
import { MemoryStore } from "../../../core/store/memory/memory-store.js";
import { CallAdmission } from "../../../core/trunks/admission.js";
import { Trunks } from "../../../core/trunks/trunk.js";
import { CARRIER, SERVER } from "../signaling/pair.js";
import { SimNetwork } from "../sim-network.js";

class ReadyMedia implements MediaPort {
  readonly commands: MediaCommand[] = [];
  #listener: (event: MediaEvent) => void = () => undefined;
  #port = 20_000;

  constructor(readonly clock: SimClock) {}

  send(command: MediaCommand): void {
    this.commands.push(command);
    if (command.type === "leg.open") this.#later({ type: "leg.opened", leg: command.leg, address: SERVER.address, port: (this.#port += 2) });
    const counters = { received: 0, sent: 0, lost: 0, late: 0, duplicate: 0, overflow: 0, malformed: 0, foreign: 0, unexpectedType: 0, jitterMs: 0 };
    if (command.type === "leg.close") this.#later({ type: "leg.closed", leg: command.leg, counters });
  }

  onEvent(listener: (event: MediaEvent) => void): void {
    this.#listener = listener;
  }

  #later(event: MediaEvent): void {
    this.clock.after(1, () => this.#listener(event));
  }
}

export interface ExchangeOptions {
  readonly clock: SimClock;
  readonly random: SimRandom;
  readonly network: SimNetwork;
  readonly store: MemoryStore;
}

export class Exchange {
  readonly media: ReadyMedia;
  readonly hub: MediaHub;
  readonly registrar: Registrar;
  readonly trunks: Trunks;
  readonly admission: CallAdmission;
  readonly signaling: SipSignaling;
  readonly switchboard: SipSwitchboard;
  readonly incoming: { readonly leg: SipLeg; readonly called: string }[] = [];
  readonly seen: LegObservation[] = [];
  readonly faults: unknown[] = [];

  private constructor({ clock, random, network, store }: ExchangeOptions) {
    const crypto = new SimCrypto();
    const account = new DigestAccount({ username: "hospital", password: "trunk-password", crypto, random });
    this.trunks = new Trunks([{ name: "carrier", address: CARRIER, account, number: "95001", maxCalls: 3, sources: [CARRIER.address], callerFrom: ["p-asserted-identity", "from"] }]);
    this.admission = new CallAdmission({ clock, trunks: this.trunks, maxCalls: 100, emergencyNumbers: [], isVip: () => false });
    const definitions = ["1001", "1002"].map((extension) => ({ extension, password: `demo-${extension}` }));
    const phones = new Phones({ crypto, realm: "ringward", definitions });
    const verifier = new Authenticator({ realm: "ringward", secret: random.bytes(32), lookup: (user, algorithm) => phones.ha1(user, algorithm), crypto, random, clock });
    this.registrar = new Registrar({ clock, keeper: new BindingStore({ store, clock, hospital: "demo" }), sameUri: sameContactUri });
    const gate = new PhoneGate({ verifier, limit: new FailureLimit({ clock }), isRegistered: (source) => this.registrar.findBySource(source) !== undefined });
    const door = new CallDoor({
      gate,
      isExtension: (user) => phones.get(user) !== undefined,
      findContact: (source) => this.registrar.findBySource(source),
      findTrunk: (address) => this.trunks.findBySource(address),
      findLine: (line) => this.trunks.findByLine(line),
    });
    const onFault = (error: unknown): void => void this.faults.push(error);
    this.signaling = new SipSignaling({ clock, random, network, local: SERVER, door, registrar: new RegisterDoor({ clock, gate, registrar: this.registrar }), onFault });
    this.media = new ReadyMedia(clock);
    this.hub = new MediaHub({ media: this.media });
    this.switchboard = new SipSwitchboard({
      clock,
      random,
      signaling: this.signaling,
      hub: this.hub,
      node: "n1",
      contacts: this.registrar,
      parties: { phone: (extension) => phones.get(extension), trunk: (name) => this.trunks.get(name), admit: (call) => this.admission.admit(call), occupyTrunk: (name, number) => this.admission.occupy(name, number), restTrunk: (name, seconds) => this.admission.rest(name, seconds) },
      observe: (observation) => void this.seen.push(observation),
    });
    this.switchboard.onIncoming((leg, called) => void this.incoming.push({ leg, called }));
  }

  static async create(options: ExchangeOptions): Promise<Exchange> {
    const exchange = new Exchange(options);
    await exchange.registrar.restore(() => true);
    await exchange.signaling.start();
    return exchange;
  }

  /** All zero once everything is over. */
  leftovers(): object {
    const { sessions, transactions } = this.signaling.snapshot();
    return { legs: this.switchboard.legs.length, media: this.hub.size, sessions, transactions: transactions.clients + transactions.servers, trunkCalls: this.trunks.get("carrier")!.calls, faults: this.faults.length };
  }
}

export const NOTHING_HELD = { legs: 0, media: 0, sessions: 0, transactions: 0, trunkCalls: 0, faults: 0 };
