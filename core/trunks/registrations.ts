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

export class Registrations {
  readonly #registrations: readonly Registration[];

  constructor(options: RegistrationsOptions) {
    this.#registrations = options.trunks.map((one) => create(one, options));
  }

  /** Once the signalling is bound. */
  start(): void {
    for (const registration of this.#registrations) registration.start();
  }

  /** Takes all bindings back, at the same time; resolves after `graceMs` at the latest. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all(this.#registrations.map((registration) => registration.stop(graceMs)));
  }

  /** Without a packet: see `Registration.close`. */
  close(): void {
    for (const registration of this.#registrations) registration.close();
  }

  list(): readonly { readonly trunk: string; readonly state: RegistrationState; readonly failures: number }[] {
    return this.#registrations.map(({ trunk, state, failures }) => ({ trunk, state, failures }));
  }
}

function create({ trunk, registrar, expiresS, number }: RegisteringTrunk, { clock, random, signaling, observe }: RegistrationsOptions): Registration {
  const { name, account, line, domain } = trunk;
  if (account === undefined || line === undefined) throw new Error(`the trunk ${name} has no account to register with`);
  const client = new RegisterClient({ signaling, random, registrar, domain: domain ?? formatEndpoint(registrar), account, contact: { user: number, line } });
  return new Registration({ trunk: name, clock, random, expiresS, send: (seconds, done) => client.send(seconds, done), ...(observe === undefined ? {} : { observe }) });
}
