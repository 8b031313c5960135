// Carriers out of the settings: their trunks with accounts, and which of them we register with.
import type { Config } from "../../core/config/schema.js";
import type { Journal } from "../../core/journal/journal.js";
import { valuesOf, type SettingsSnapshot, type TrunkSetting } from "../../core/settings/setting.js";
import type { RegisteringTrunk } from "../../core/trunks/registrations.js";
import type { RegistrationObservation } from "../../core/trunks/registration.js";
import type { TrunkDefinition, Trunks } from "../../core/trunks/trunk.js";
import { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import type { ServerOptions } from "./ports.js";

/** Version of the entries about trunks. */
const ENTRY_VERSION = 1;
const LINE_BYTES = 12;

const encoder = new TextEncoder();

/** Accounts outlive changes of other settings: what a carrier's registrar and challenges were told goes on. */
export class CarrierTrunks {
  readonly #options: ServerOptions;
  readonly #accounts = new Map<string, { readonly text: string; readonly account: DigestAccount }>();

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  definitions(settings: Pick<SettingsSnapshot, "trunk" | "number">): readonly TrunkDefinition[] {
    return this.outlines(settings).map((outline) => ({ ...outline, account: this.#accountOf(settings.trunk.get(outline.name)!.value) }));
  }

  /** Without accounts: to be looked at, not to be used. An account that is only thought of must not take the place of the one that is registered with. */
  outlines({ trunk: trunks, number }: Pick<SettingsSnapshot, "trunk" | "number">): readonly TrunkDefinition[] {
    const [first] = number.keys();
    return valuesOf(trunks).map(({ account: _account, register, ...trunk }) => ({
      ...trunk,
      number: trunk.number ?? first,
      line: register && lineOf(this.#options, trunk.name),
    }));
  }

  #accountOf({ name, account }: TrunkSetting): DigestAccount | undefined {
    if (account === undefined) return undefined;
    const { crypto, random } = this.#options.ports;
    const text = JSON.stringify([account.username, account.password, account.realm]);
    const known = this.#accounts.get(name);
    if (known?.text === text) return known.account;
    const made = new DigestAccount({ ...account, crypto, random });
    this.#accounts.set(name, { text, account: made });
    return made;
  }
}

/** The same after a restart, so that the registrar replaces the binding of the process that was killed instead of ringing both. */
function lineOf({ ports, pepper }: ServerOptions, trunk: string): string {
  const mac = ports.crypto.hmacSha256(pepper, encoder.encode(`trunk line ${trunk}`));
  return Array.from(mac.subarray(0, LINE_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Those that register with their carrier, as they are now. */
export function registeringTrunks(settings: readonly TrunkSetting[], trunks: Trunks): readonly RegisteringTrunk[] {
  return settings.flatMap(({ name, register, address }) => {
    const trunk = trunks.get(name);
    const registrar = register?.registrar ?? address;
    if (register === undefined || registrar === undefined || trunk?.number === undefined) return [];
    return [{ trunk, registrar, expiresS: register.expiresS, number: trunk.number }];
  });
}

/** What becomes of a registration is an entry of the trunk's. */
export function journalRegistration(journal: Journal, { hospital }: Config, { type, trunk, ...data }: RegistrationObservation): void {
  journal.append({ type, v: ENTRY_VERSION, hospital: hospital.id, subject: { kind: "trunk", id: trunk }, actor: { kind: "carrier", id: trunk }, data });
}
