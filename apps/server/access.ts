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
import { CarrierTrunks } from "./carriers.js";
import type { Journal } from "../../core/journal/journal.js";
import { SecretSeal } from "../../core/crypto/secret-seal.js";
import { SettingsBook, type Overridden } from "../../core/settings/settings-book.js";
import type { ServerOptions } from "./ports.js";

/** Part of every HA1: another realm would ask each phone for its password anew. */
export const REALM = "ringward";
const NONCE_KEY_BYTES = 32;
/** That one line of the log names. */
const NAMES_MAX = 50;

export interface Access {
  readonly settings: SettingsBook;
  readonly phones: Phones;
  readonly trunks: Trunks;
  readonly carriers: CarrierTrunks;
  readonly admission: CallAdmission;
  readonly registrar: Registrar;
  readonly limit: FailureLimit;
  readonly authenticator: Authenticator;
  readonly callDoor: Door;
  readonly registerDoor: RegisterHandler;
}

export type AccessObserver = (observation: RegistrarObservation | SecurityObservation) => void;

export interface AccessContext {
  readonly journal: Journal;
  readonly observe: AccessObserver;
  /** A caller whom some plugin wants admitted. */
  isVip(number: string): boolean;
  onFault(where: string, error: unknown): void;
}

/** Takes up the registrations that an earlier process kept, and the settings that were changed. */
export async function openAccess(options: ServerOptions, context: AccessContext): Promise<Access> {
  const { observe, isVip } = context;
  const { config, ports } = options;
  const { clock, crypto, random, store } = ports;
  const carriers = new CarrierTrunks(options);
  const settings = await openSettings(options, context, carriers);
  const phones = new Phones({ crypto, realm: REALM, definitions: [] });
  for (const { value } of settings.snapshot.phone.values()) phones.put(value);
  const trunks = new Trunks(carriers.definitions(settings.snapshot));
  const admission = new CallAdmission({
    clock,
    trunks,
    get maxCalls() {
      return settings.routing.maxCalls;
    },
    get emergencyNumbers() {
      return settings.routing.emergencyNumbers;
    },
    outsideNumber: (dialled) => findOutsideRoute(settings.routing.outgoing, dialled)?.number,
    isVip: (number) => settings.snapshot.vip.has(number) || isVip(number),
  });
  const keeper = new BindingStore({ store, clock, hospital: config.hospital.id });
  const registrar = new Registrar({ clock, keeper, sameUri: sameContactUri, observe });
  await registrar.restore((extension) => phones.get(extension) !== undefined);
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
  return { settings, phones, trunks, carriers, admission, registrar, limit, authenticator, callDoor, registerDoor: new RegisterDoor({ clock, gate, registrar }) };
}

async function openSettings({ config, ports, pepper }: ServerOptions, { journal, onFault }: AccessContext, carriers: CarrierTrunks): Promise<SettingsBook> {
  const { crypto, random, store, log } = ports;
  const book = await SettingsBook.open({
    config,
    store,
    journal,
    crypto,
    seal: new SecretSeal({ random, pepper }),
    realm: REALM,
    // Two trunks with one source, for example.
    check: (next) => void new Trunks(carriers.outlines(next)),
    onUnreadable: (sentence) => log.warn({}, sentence),
    onListenerFault: (error) => onFault("settings", error),
  });
  const overridden = book.overridden();
  if (overridden.length > 0) log.info({ settings: namesOf(overridden), count: overridden.length }, "these entries of the settings' file have no effect: they were changed through the API, and that holds (docs/settings.md)");
  return book;
}

/** For the log: not who the VIPs are. */
function namesOf(overridden: readonly Overridden[]): readonly string[] {
  const shown = overridden.slice(0, NAMES_MAX).map(({ kind, name, gone }) => `${kind === "routing" ? kind : `${kind}/${kind === "vip" ? "..." : name}`}${gone ? " (taken away)" : ""}`);
  return overridden.length > NAMES_MAX ? [...shown, `and ${overridden.length - NAMES_MAX} more`] : shown;
}
