import type { Cancel, Clock } from "./clock.js";

interface Timer {
  atMs: number;
  order: number;
  fire: () => void;
}

/** Simulated time: stands still until it is advanced, then fires what is due in order of time, then of arming. */
export class SimClock implements Clock {
  #monoMs = 0;
  #order = 0;
  readonly #startUtcMs: number;
  readonly #timers = new Set<Timer>();

  constructor(startUtcMs = Date.UTC(2026, 0, 5, 1, 0, 0)) {
    this.#startUtcMs = startUtcMs;
  }

  /** Timers armed and not yet fired or cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  monoMs(): number {
    return this.#monoMs;
  }

  utcMs(): number {
    return this.#startUtcMs + this.#monoMs;
  }

  after(delayMs: number, fire: () => void): Cancel {
    const timer = { atMs: this.#monoMs + Math.max(0, delayMs), order: this.#order++, fire };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Fires all that falls due within `durationMs`; for code without promises. */
  advanceMs(durationMs: number): void {
    const untilMs = this.#monoMs + durationMs;
    while (this.#fireNext(untilMs));
    this.#monoMs = untilMs;
  }

  /** As `advanceMs`, and lets every promise that a timer resolved run on before the next timer fires. */
  async runMs(durationMs: number): Promise<void> {
    const untilMs = this.#monoMs + durationMs;
    do await drainMicrotasks();
    while (this.#fireNext(untilMs));
    this.#monoMs = untilMs;
  }

  #fireNext(untilMs: number): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)) next = timer;
    if (next === undefined || next.atMs > untilMs) return false;
    this.#timers.delete(next);
    this.#monoMs = next.atMs;
    next.fire();
    return true;
  }
}

/** A macrotask runs only when the whole chain of microtasks is done. */
const drainMicrotasks = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
