// The keys of one caller: pressed ahead of the question they wait for it, pressed late they answer it.
import type { Cancel, Clock } from "../../protocol/base/clock.js";

/** Keys that wait for the next question; what is pressed beyond that is dropped, newest first. */
export const TYPE_AHEAD_MAX = 32;

interface Waiter {
  readonly resolve: (key: string | undefined) => void;
  readonly cancelTimer: Cancel;
}

export class Keypad {
  readonly #clock: Clock;
  #keys: string[] = [];
  #waiter: Waiter | undefined;
  #swallow: { readonly key: string; readonly untilMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keys wait that nobody asked for yet. */
  get waiting(): boolean {
    return this.#keys.length > 0;
  }

  press(key: string): void {
    const swallow = this.#swallow;
    this.#swallow = undefined;
    if (swallow !== undefined && key === swallow.key && this.#clock.monoMs() <= swallow.untilMs) return;
    if (this.#waiter !== undefined) this.#settle(key);
    else if (this.#keys.length < TYPE_AHEAD_MAX) this.#keys.push(key);
  }

  /** The next key, at once where one waits; undefined after `timeoutMs`. One question at a time: a second wait ends the first. */
  next(timeoutMs: number): Promise<string | undefined> {
    this.#settle(undefined);
    const typed = this.#keys.shift();
    if (typed !== undefined) return Promise.resolve(typed);
    return new Promise((resolve) => {
      this.#waiter = { resolve, cancelTimer: this.#clock.after(timeoutMs, () => this.#settle(undefined)) };
    });
  }

  /**
   * The very next key is dropped if it is this one and comes within `withinMs`: who keys `#` behind a number
   * that was complete without it does not mean it as an answer to the next question.
   */
  swallow(key: string, withinMs: number): void {
    if (this.#keys[0] === key) this.#keys.shift();
    else if (this.#keys.length === 0) this.#swallow = { key, untilMs: this.#clock.monoMs() + withinMs };
  }

  forget(): void {
    this.#keys = [];
  }

  /** Ends a wait that is under way, as if nothing was pressed. */
  close(): void {
    this.forget();
    this.#settle(undefined);
  }

  #settle(key: string | undefined): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.cancelTimer();
    waiter?.resolve(key);
  }
}
