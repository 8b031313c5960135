// All registrations of ours with carriers.
import type { Clock } from "../../protocol/base/clock.js";
import { formatEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import type { Random } from "../../protocol/base/random.js";
import { RegisterClient, type RegisterSignaling } from "./register-client.js";
import { Registration, type RegistrationObservation, type RegistrationState } from "./registration.js";
import type { Trunk } from "./trunk.js";

/** A trunk that we register with: it has an account and a line. */
export interface RegisteringTrunk {
  readonly trunk: Trunk;
  readonly registrar: Endpoint;
  readonly expiresS: number;
  /** The hospital's number that calls by the registration lead to. */
  readonly number: string;
}

export interface RegistrationsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signaling: RegisterSignaling;
  readonly trunks: readonly RegisteringTrunk[];
  readonly observe?: (observation: RegistrationObservation) => void;
}

interface Entry {
  readonly of: RegisteringTrunk;
  readonly registration: Registration;
}

export class Registrations {
  readonly #options: RegistrationsOptions;
  #entries = new Map<string, Entry>();
  #started = false;
  /** Registrations that are being taken back, by trunk: the next one waits for its end. */
  readonly #leaving = new Map<string, Promise<void>>();

  constructor(options: RegistrationsOptions) {
    this.#options = options;
    this.#entries = new Map(options.trunks.map((of) => [of.trunk.name, { of, registration: create(of, options) }]));
  }

  /** Once the signalling is bound. */
  start(): void {
    this.#started = true;
    for (const { registration } of this.#entries.values()) registration.start();
  }

  /** From now on these are registered: what is as it was goes on untouched, what is another or gone is taken back first, for `graceMs` at the most. */
  replace(trunks: readonly RegisteringTrunk[], graceMs: number): void {
    const before = this.#entries;
    this.#entries = new Map(
      trunks.map((of) => {
        const { name } = of.trunk;
        const entry = before.get(name);
        if (entry !== undefined && isSame(entry.of, of)) return [name, entry];
        return [name, { of, registration: create(of, this.#options) }];
      }),
    );
    for (const [name, entry] of before) if (this.#entries.get(name) !== entry) this.#leave(name, entry.registration, graceMs);
    for (const [name, entry] of this.#entries) if (before.get(name) !== entry && this.#started) void this.#startBehind(name, entry);
  }

  /** Takes all bindings back, at the same time; resolves after `graceMs` at the latest. */
  async stop(graceMs: number): Promise<void> {
    this.#started = false;
    await Promise.all([...this.#leaving.values(), ...[...this.#entries.values()].map(({ registration }) => registration.stop(graceMs))]);
  }

  /** Without a packet: see `Registration.close`. */
  close(): void {
    this.#started = false;
    for (const { registration } of this.#entries.values()) registration.close();
  }

  list(): readonly { readonly trunk: string; readonly state: RegistrationState; readonly failures: number }[] {
    return [...this.#entries.values()].map(({ registration: { trunk, state, failures } }) => ({ trunk, state, failures }));
  }

  #leave(name: string, registration: Registration, graceMs: number): void {
    const left = Promise.all([this.#leaving.get(name), registration.stop(graceMs)]).then(() => {
      if (this.#leaving.get(name) === left) this.#leaving.delete(name);
    });
    this.#leaving.set(name, left);
  }

  /** Its contact is the same as before: taken back behind the new one it would take that one with it. */
  async #startBehind(name: string, entry: Entry): Promise<void> {
    await this.#leaving.get(name);
    if (this.#started && this.#entries.get(name) === entry) entry.registration.start();
  }
}

const isSame = (a: RegisteringTrunk, b: RegisteringTrunk): boolean =>
  a.trunk.account === b.trunk.account && a.trunk.line === b.trunk.line && a.trunk.domain === b.trunk.domain && a.expiresS === b.expiresS && a.number === b.number && formatEndpoint(a.registrar) === formatEndpoint(b.registrar);

function create({ trunk, registrar, expiresS, number }: RegisteringTrunk, { clock, random, signaling, observe }: RegistrationsOptions): Registration {
  const { name, account, line, domain } = trunk;
  if (account === undefined || line === undefined) throw new Error(`the trunk ${name} has no account to register with`);
  const client = new RegisterClient({ signaling, random, registrar, domain: domain ?? formatEndpoint(registrar), account, contact: { user: number, line } });
  return new Registration({ trunk: name, clock, random, expiresS, send: (seconds, done) => client.send(seconds, done), ...(observe === undefined ? {} : { observe }) });
}
