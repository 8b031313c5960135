import type { Cancel, Clock } from "./clock.js";

interface Timer {
  atMs: number;
  order: number;
  /** Undefined once cancelled: it stays in the heap until its time comes. */
  fire: (() => void) | undefined;
}

/** Simulated time: stands still until it is advanced, then fires what is due in order of time, then of arming. */
export class SimClock implements Clock {
  #monoMs = 0;
  #order = 0;
  #pending = 0;
  readonly #startUtcMs: number;
  /** A binary heap: the parent of i is (i - 1) >> 1 and fires before it. */
  readonly #heap: Timer[] = [];

  constructor(startUtcMs = Date.UTC(2026, 0, 5, 1, 0, 0)) {
    this.#startUtcMs = startUtcMs;
  }

  /** Timers armed and not yet fired or cancelled. */
  get pending(): number {
    return this.#pending;
  }

  monoMs(): number {
    return this.#monoMs;
  }

  utcMs(): number {
    return this.#startUtcMs + this.#monoMs;
  }

  after(delayMs: number, fire: () => void): Cancel {
    const timer: Timer = { atMs: this.#monoMs + Math.max(0, delayMs), order: this.#order++, fire };
    this.#pending += 1;
    this.#push(timer);
    return () => {
      if (timer.fire === undefined) return;
      timer.fire = undefined;
      this.#pending -= 1;
    };
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
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      const fire = next.fire;
      if (fire === undefined) continue;
      next.fire = undefined;
      this.#pending -= 1;
      this.#monoMs = next.atMs;
      fire();
      return true;
    }
    return false;
  }

  #push(timer: Timer): void {
    let i = this.#heap.push(timer) - 1;
    for (let parent = (i - 1) >> 1; i > 0 && firesBefore(timer, this.#heap[parent]!); parent = (i - 1) >> 1) {
      this.#heap[i] = this.#heap[parent]!;
      i = parent;
    }
    this.#heap[i] = timer;
  }

  #pop(): void {
    const last = this.#heap.pop()!;
    const size = this.#heap.length;
    if (size === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && firesBefore(this.#heap[child + 1]!, this.#heap[child]!)) child += 1;
      if (!firesBefore(this.#heap[child]!, last)) break;
      this.#heap[i] = this.#heap[child]!;
      i = child;
    }
    this.#heap[i] = last;
  }
}

const firesBefore = (a: Timer, b: Timer): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** A macrotask runs only when the whole chain of microtasks is done. */
const drainMicrotasks = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
