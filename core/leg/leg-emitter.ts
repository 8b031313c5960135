// Hands a leg's events to its one listener: kept until it listens, guarded when it throws.
import type { Refer } from "../signaling/refer.js";
import type { LegEvents } from "./leg.js";

/** What is told and needs no answer. */
type AllEvents = Required<Omit<LegEvents, "onRefer">>;
type EventCall = { readonly [E in keyof AllEvents]: { readonly event: E; readonly args: Parameters<AllEvents[E]> } }[keyof AllEvents];

/** Events of a leg that nobody listens to yet; more (a far side that keeps pressing keys) drop the oldest key. */
const WAITING_MAX = 64;
const DECLINED = 603;

export class LegEmitter {
  readonly #onFailure: (error: unknown) => void;
  #listener: LegEvents | undefined;
  #waiting: EventCall[] = [];

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Events so far follow, in order, once the caller's own step is done. */
  listen(listener: LegEvents): void {
    const isFirst = this.#listener === undefined;
    this.#listener = listener;
    if (isFirst && this.#waiting.length > 0) void Promise.resolve().then(() => this.#flush());
  }

  emit<E extends keyof AllEvents>(event: E, ...args: Parameters<AllEvents[E]>): void {
    const call = { event, args } as EventCall;
    if (this.#listener !== undefined && this.#waiting.length === 0) return this.#deliver(this.#listener, call);
    if (this.#waiting.length >= WAITING_MAX) {
      const victim = this.#waiting.findIndex((waiting) => waiting.event === "onDigit");
      if (victim >= 0) this.#waiting.splice(victim, 1);
    }
    this.#waiting.push(call);
  }

  /** See `LegEvents.onRefer`. */
  refer(refer: Refer): number {
    try {
      return this.#listener?.onRefer?.(refer) ?? DECLINED;
    } catch (error) {
      this.#onFailure(error);
      return 500;
    }
  }

  #flush(): void {
    for (let call = this.#waiting[0]; call !== undefined; call = this.#waiting[0]) {
      this.#deliver(this.#listener!, call);
      this.#waiting.shift(); // only now, so that what a listener causes comes after
    }
  }

  #deliver(listener: LegEvents, call: EventCall): void {
    try {
      (listener[call.event] as ((...args: readonly unknown[]) => void) | undefined)?.apply(listener, [...call.args]);
    } catch (error) {
      this.#onFailure(error);
    }
  }
}
