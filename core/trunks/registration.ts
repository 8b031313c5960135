// Our registration with one carrier over time (RFC 3261 section 10.2): renewed before it ends, tried again with growing
// pauses where it fails, taken back at the end. What goes over the wire is register-client.ts's.
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import { randomBelow, type Random } from "../../protocol/base/random.js";

/** What became of one REGISTER. */
export type RegisterResult =
  /** 200; how long the registrar keeps our binding. */
  | { readonly kind: "granted"; readonly expiresS: number }
  /** 423 */
  | { readonly kind: "too-brief"; readonly minExpiresS: number }
  /** Any other final answer, or a 200 without our binding; `why` is one sentence without anything secret. */
  | { readonly kind: "refused"; readonly status: number; readonly why: string; readonly retryAfterS?: number }
  /** No answer. */
  | { readonly kind: "silent" };

export type RegistrationObservation =
  | { readonly type: "trunk.registered"; readonly trunk: string; readonly expiresS: number }
  /** Once for each time that it goes from well to ill; `status` where there was an answer. */
  | { readonly type: "trunk.unreachable" | "trunk.refused"; readonly trunk: string; readonly why: string; readonly status?: number }
  /** The registrar has let our binding run out while we tried to renew it. */
  | { readonly type: "trunk.expired"; readonly trunk: string }
  | { readonly type: "trunk.unregistered"; readonly trunk: string };

export interface RegistrationOptions {
  readonly trunk: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Asked for at first; more where the registrar wants it (423). */
  readonly expiresS: number;
  /** One REGISTER for so many seconds, 0 to take the binding back; `done` is called once. */
  readonly send: (expiresS: number, done: (result: RegisterResult) => void) => void;
  readonly observe?: (observation: RegistrationObservation) => void;
}

/** `trying`: never registered yet; `failing`: the last try failed and the registrar holds no binding of ours. */
export type RegistrationState = "trying" | "registered" | "failing" | "stopped";

/** Part of what was granted after which it is renewed. */
const RENEW_AT = 0.9;
const RENEW_MS_MIN = 500;
/** First pause after a failure; each further one doubles it, the half to the whole of it by chance (as in RFC 5626 section 4.5). */
const PAUSE_MS = 4000;
const PAUSE_MS_MAX = 300_000;
/** A registrar that refuses name or password is asked seldom: many lock the account or the address else. */
const REFUSED_PAUSE_MS = 300_000;
const REFUSED_STATUSES: readonly number[] = [401, 403, 404, 407];
const RETRY_AFTER_S_MAX = 3600;
const EXPIRES_S_MAX = 86_400;
/** A 423 that asks for more each time is a failure in the end. */
const BRIEF_MAX = 3;

export class Registration {
  readonly #options: RegistrationOptions;
  #state: RegistrationState = "trying";
  #expiresS: number;
  #failures = 0;
  #brief = 0;
  #healthy = true;
  #pending = false;
  /** The registrar may hold a binding of ours. */
  #bound = false;
  #cancelNext: Cancel = () => undefined;
  #cancelExpiry: Cancel = () => undefined;
  #whenSettled: (() => void) | undefined;

  constructor(options: RegistrationOptions) {
    this.#options = options;
    this.#expiresS = options.expiresS;
  }

  get trunk(): string {
    return this.#options.trunk;
  }

  get state(): RegistrationState {
    return this.#state;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  start(): void {
    this.#try();
  }

  /** Takes the binding back; resolves when that is answered, or after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (this.#state === "stopped") return;
    this.close();
    if (!this.#bound && !this.#pending) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(graceMs, resolve);
      this.#whenSettled = () => {
        cancel();
        resolve();
      };
      // RFC 3261 section 10.2: no new REGISTER before the last one is answered.
      if (!this.#pending) this.#unregister();
    });
    this.#whenSettled = undefined;
  }

  /** Stops without a word: the binding stays, for another process that goes on under the same line. */
  close(): void {
    this.#state = "stopped";
    this.#cancelNext();
    this.#cancelExpiry();
  }

  #try(): void {
    this.#pending = true;
    this.#options.send(this.#expiresS, (result) => {
      this.#pending = false;
      this.#receive(result);
    });
  }

  #receive(result: RegisterResult): void {
    if (result.kind === "granted") this.#bound = true;
    if (this.#state === "stopped") return this.#bound ? this.#unregister() : this.#whenSettled?.();
    switch (result.kind) {
      case "granted":
        return this.#granted(result.expiresS);
      case "too-brief":
        return this.#tooBrief(result.minExpiresS);
      case "refused": {
        const pauseMs = REFUSED_STATUSES.includes(result.status) ? REFUSED_PAUSE_MS : this.#pauseMs();
        this.#failed({ type: "trunk.refused", trunk: this.trunk, why: result.why, status: result.status });
        return this.#tryIn(Math.max(pauseMs, Math.min(result.retryAfterS ?? 0, RETRY_AFTER_S_MAX) * 1000));
      }
      case "silent": {
        const pauseMs = this.#pauseMs();
        this.#failed({ type: "trunk.unreachable", trunk: this.trunk, why: "the registrar does not answer" });
        return this.#tryIn(pauseMs);
      }
      default:
        result satisfies never;
    }
  }

  #granted(expiresS: number): void {
    const news = this.#state !== "registered" || !this.#healthy;
    this.#state = "registered";
    this.#failures = 0;
    this.#brief = 0;
    this.#healthy = true;
    this.#cancelExpiry();
    this.#cancelExpiry = this.#options.clock.after(expiresS * 1000, () => this.#expired());
    this.#tryIn(Math.max(RENEW_MS_MIN, expiresS * 1000 * RENEW_AT));
    if (news) this.#options.observe?.({ type: "trunk.registered", trunk: this.trunk, expiresS });
  }

  #tooBrief(minExpiresS: number): void {
    this.#brief += 1;
    if (minExpiresS > this.#expiresS && minExpiresS <= EXPIRES_S_MAX && this.#brief <= BRIEF_MAX) {
      this.#expiresS = minExpiresS;
      return this.#try();
    }
    const pauseMs = this.#pauseMs();
    this.#failed({ type: "trunk.refused", trunk: this.trunk, why: `the registrar wants registrations of ${minExpiresS} s`, status: 423 });
    this.#tryIn(pauseMs);
  }

  #failed(observation: RegistrationObservation): void {
    this.#failures += 1;
    if (this.#state === "trying") this.#state = "failing";
    if (this.#healthy) this.#options.observe?.(observation);
    this.#healthy = false;
  }

  #expired(): void {
    this.#state = "failing";
    this.#bound = false;
    this.#options.observe?.({ type: "trunk.expired", trunk: this.trunk });
  }

  #tryIn(delayMs: number): void {
    this.#cancelNext();
    this.#cancelNext = this.#options.clock.after(delayMs, () => this.#try());
  }

  #pauseMs(): number {
    const wholeMs = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** Math.min(this.#failures, 16));
    return wholeMs / 2 + randomBelow(this.#options.random, Math.floor(wholeMs / 2) + 1);
  }

  #unregister(): void {
    this.#bound = false;
    this.#options.send(0, (result) => {
      if (result.kind === "granted") this.#options.observe?.({ type: "trunk.unregistered", trunk: this.trunk });
      this.#whenSettled?.();
    });
  }
}
