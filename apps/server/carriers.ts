// Carriers out of the settings: their trunks with accounts, and our registrations with them.
import type { Config } from "../../core/config/schema.js";
import type { Journal } from "../../core/journal/journal.js";
import { Registrations } from "../../core/trunks/registrations.js";
import type { RegistrationObservation } from "../../core/trunks/registration.js";
import type { TrunkDefinition, Trunks } from "../../core/trunks/trunk.js";
import { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import type { RegisterSignaling } from "../../core/trunks/register-client.js";
import type { ServerOptions } from "./ports.js";

/** Version of the entries about trunks. */
const ENTRY_VERSION = 1;
const LINE_BYTES = 12;

const encoder = new TextEncoder();

export function trunkDefinitions(options: ServerOptions): readonly TrunkDefinition[] {
  const { config, ports } = options;
  const { crypto, random } = ports;
  return config.trunks.map(({ account, register, ...trunk }) => ({
    ...trunk,
    number: trunk.number ?? config.hospital.numbers[0]!.number,
    account: account && new DigestAccount({ ...account, crypto, random }),
    line: register && lineOf(options, trunk.name),
  }));
}

/** The same after a restart, so that the registrar replaces the binding of the process that was killed instead of ringing both. */
function lineOf({ ports, pepper }: ServerOptions, trunk: string): string {
  const mac = ports.crypto.hmacSha256(pepper, encoder.encode(`trunk line ${trunk}`));
  return Array.from(mac.subarray(0, LINE_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function buildRegistrations({ config, ports: { clock, random } }: ServerOptions, parts: { readonly trunks: Trunks; readonly signaling: RegisterSignaling; readonly observe: (observation: RegistrationObservation) => void }): Registrations {
  const { trunks, signaling, observe } = parts;
  const registering = config.trunks.flatMap(({ name, register, address }) => {
    const trunk = trunks.get(name);
    const registrar = register?.registrar ?? address;
    if (register === undefined || registrar === undefined || trunk?.number === undefined) return [];
    return [{ trunk, registrar, expiresS: register.expiresS, number: trunk.number }];
  });
  return new Registrations({ clock, random, signaling, trunks: registering, observe });
}

/** What becomes of a registration is an entry of the trunk's. */
export function journalRegistration(journal: Journal, { hospital }: Config, { type, trunk, ...data }: RegistrationObservation): void {
  journal.append({ type, v: ENTRY_VERSION, hospital: hospital.id, subject: { kind: "trunk", id: trunk }, actor: { kind: "carrier", id: trunk }, data });
}
