// Drives a transaction's table: one event at a time, timers that die with their state.
import type { Cancel, Clock } from "../../base/clock.js";

/** For each state the events it knows: the next state, then what to do on the way there, in order. */
export type Table<S extends string, E extends string, A extends string> = { readonly [State in S]: { readonly [Event in E]?: readonly [S, ...A[]] } };

export interface MachineOptions<S extends string, E extends string, A extends string, P> {
  readonly table: Table<S, E, A>;
  readonly initial: S;
  readonly clock: Clock;
  /** Runs one action of the row; `payload` is the event's. May call `on`: that event waits for its turn. */
  readonly act: (action: A, payload: P | undefined) => void;
  /** An event that the state has no row for. */
  readonly onIgnored: (state: S, event: E) => void;
}

/** A machine written down: its state, and in how many ms each timer that runs is due. */
export interface MachineState {
  readonly state: string;
  readonly timers: readonly (readonly [timer: string, remainingMs: number])[];
}

/** Events that may wait while an action runs: an action raises one or two. */
const QUEUE_MAX = 16;

export class Machine<S extends string, E extends string, A extends string, P> {
  readonly #options: MachineOptions<S, E, A, P>;
  readonly #queue: (readonly [event: E, payload: P | undefined])[] = [];
  #timers = new Map<E, { readonly cancel: Cancel; readonly atMs: number }>();
  /** Deadlines of the state just left, for `keep`. */
  #left = new Map<E, number>();
  #state: S;
  #running = false;
  #closed = false;

  constructor(options: MachineOptions<S, E, A, P>) {
    this.#options = options;
    this.#state = options.initial;
  }

  get state(): S {
    return this.#state;
  }

  on(event: E, payload?: P): void {
    if (this.#closed || this.#queue.length >= QUEUE_MAX) return this.#options.onIgnored(this.#state, event);
    this.#queue.push([event, payload]);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#step(next[0], next[1]);
    } finally {
      this.#running = false;
    }
  }

  /** Raises `timer` as an event after `delayMs`, unless the state is left before. */
  arm(timer: E, delayMs: number): void {
    this.#timers.get(timer)?.cancel();
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(timer);
      this.on(timer);
    });
    this.#timers.set(timer, { cancel, atMs: this.#options.clock.monoMs() + delayMs });
  }

  /** Lets a timer of the state just left run on to the deadline it had there. */
  keep(timer: E): void {
    const atMs = this.#left.get(timer);
    if (atMs !== undefined) this.arm(timer, Math.max(0, atMs - this.#options.clock.monoMs()));
  }

  /** @throws where an action runs: what it does next is not written down */
  save(): MachineState {
    if (this.#running) throw new Error("a machine is saved between its events");
    const nowMs = this.#options.clock.monoMs();
    return { state: this.#state, timers: [...this.#timers].map(([timer, { atMs }]) => [timer, Math.max(0, atMs - nowMs)]) };
  }

  /** For a machine that had no event yet. `elapsedMs` went by since it was saved; what fell due meanwhile is due now. */
  restore({ state, timers }: MachineState, elapsedMs: number): void {
    if (!Object.hasOwn(this.#options.table, state)) throw new Error(`no state ${state}`);
    this.#state = state as S;
    for (const [timer, remainingMs] of timers) this.arm(timer as E, Math.max(0, remainingMs - elapsedMs));
  }

  /** Stops all timers, and ignores every event from now on; for a stack that is taken down. */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#queue.length = 0;
  }

  #step(event: E, payload: P | undefined): void {
    const row = this.#options.table[this.#state][event];
    if (row === undefined) return this.#options.onIgnored(this.#state, event);
    if (row[0] !== this.#state) this.#leave(row[0]);
    for (let i = 1; i < row.length; i++) this.#options.act(row[i] as A, payload);
  }

  #leave(next: S): void {
    this.#left = new Map();
    for (const [timer, { cancel, atMs }] of this.#timers) {
      cancel();
      this.#left.set(timer, atMs);
    }
    this.#timers.clear();
    this.#state = next;
  }
}
