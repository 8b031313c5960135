// How many wrong passwords one address may try. What failed is counted, not what was asked: a first 401 is no attack.
import type { Clock } from "../../protocol/base/clock.js";

export interface FailureLimitOptions {
  readonly clock: Clock;
  /** Failures in a row before the address is no longer listened to; 20 unless told. */
  readonly failuresMax?: number;
  /** One failure is forgotten each time this passes; 15 000 unless told. */
  readonly forgetMs?: number;
  /** Addresses remembered; the one that failed longest ago goes first. 10 000 unless told. */
  readonly addressesMax?: number;
}

interface Record {
  failures: number;
  /** `failures` was true then. */
  sinceMonoMs: number;
}

export class FailureLimit {
  readonly #clock: Clock;
  readonly #failuresMax: number;
  readonly #forgetMs: number;
  readonly #addressesMax: number;
  /** Oldest failure first. */
  readonly #records = new Map<string, Record>();

  constructor(options: FailureLimitOptions) {
    this.#clock = options.clock;
    this.#failuresMax = options.failuresMax ?? 20;
    this.#forgetMs = options.forgetMs ?? 15_000;
    this.#addressesMax = options.addressesMax ?? 10_000;
  }

  /** Addresses remembered, for /metrics. */
  get size(): number {
    return this.#records.size;
  }

  isBlocked(address: string): boolean {
    return this.#failures(address) >= this.#failuresMax;
  }

  /** Whether this one was the last that is listened to. */
  countFailure(address: string): boolean {
    const failures = Math.min(this.#failures(address) + 1, this.#failuresMax);
    this.#records.delete(address);
    if (this.#records.size >= this.#addressesMax) this.#records.delete(this.#records.keys().next().value!);
    this.#records.set(address, { failures, sinceMonoMs: this.#clock.monoMs() });
    return failures >= this.#failuresMax;
  }

  /** What is left of an address' failures, in fractions. */
  #failures(address: string): number {
    const record = this.#records.get(address);
    if (record === undefined) return 0;
    const left = record.failures - (this.#clock.monoMs() - record.sinceMonoMs) / this.#forgetMs;
    if (left > 0) return left;
    this.#records.delete(address);
    return 0;
  }
}
