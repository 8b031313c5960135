// Who is known and who gets in: phones, trunks, the registrar, and the doors for calls and registrations.
import { BindingStore } from "../../core/registrar/binding-store.js";
import { Phones } from "../../core/registrar/phone.js";
import { RegisterDoor, sameContactUri } from "../../core/registrar/register-door.js";
import { Registrar, type RegistrarObservation } from "../../core/registrar/registrar.js";
import { findOutsideRoute } from "../../core/routing/outgoing.js";
import { CallDoor } from "../../core/security/call-door.js";
import { FailureLimit } from "../../core/security/failure-limit.js";
import { PhoneGate, type SecurityObservation } from "../../core/security/phone-gate.js";
import type { Door, RegisterHandler } from "../../core/signaling/door.js";
import { CallAdmission } from "../../core/trunks/admission.js";
import { Trunks } from "../../core/trunks/trunk.js";
import { Authenticator } from "../../protocol/sip/auth/authenticator.js";
import { trunkDefinitions } from "./carriers.js";
import type { ServerOptions } from "./ports.js";

/** Part of every HA1: another realm would ask each phone for its password anew. */
const REALM = "ringward";
const NONCE_KEY_BYTES = 32;

export interface Access {
  readonly phones: Phones;
  readonly trunks: Trunks;
  readonly admission: CallAdmission;
  readonly registrar: Registrar;
  readonly limit: FailureLimit;
  readonly authenticator: Authenticator;
  readonly callDoor: Door;
  readonly registerDoor: RegisterHandler;
}

export type AccessObserver = (observation: RegistrarObservation | SecurityObservation) => void;

/** Takes up the registrations that an earlier process kept. `isVip`: a caller whom no limit turns away. */
export async function openAccess(options: ServerOptions, observe: AccessObserver, isVip: (number: string) => boolean): Promise<Access> {
  const { config, ports } = options;
  const { clock, crypto, random, store } = ports;
  const phones = new Phones({ crypto, realm: REALM, definitions: config.phones });
  const trunks = new Trunks(trunkDefinitions(options));
  const admission = new CallAdmission({ clock, trunks, maxCalls: config.maxCalls, emergencyNumbers: config.emergencyNumbers, outsideNumber: (dialled) => findOutsideRoute(config.outgoing, dialled)?.number, isVip });
  const keeper = new BindingStore({ store, clock, hospital: config.hospital.id });
  const registrar = new Registrar({ clock, keeper, sameUri: sameContactUri, observe });
  await registrar.restore();
  const limit = new FailureLimit({ clock });
  const authenticator = new Authenticator({
    realm: REALM,
    secret: random.bytes(NONCE_KEY_BYTES),
    lookup: (username, algorithm) => phones.get(username)?.ha1[algorithm],
    algorithms: config.sip.digest.map((name) => (name === "md5" ? "md5" : "sha256")),
    crypto,
    random,
    clock,
  });
  const gate = new PhoneGate({ verifier: authenticator, limit, isRegistered: (source) => registrar.findBySource(source) !== undefined, observe });
  const callDoor = new CallDoor({
    gate,
    isExtension: (user) => phones.get(user) !== undefined,
    findContact: (source) => registrar.findBySource(source),
    findTrunk: (address) => trunks.findBySource(address),
    findLine: (line) => trunks.findByLine(line),
  });
  return { phones, trunks, admission, registrar, limit, authenticator, callDoor, registerDoor: new RegisterDoor({ clock, gate, registrar }) };
}
