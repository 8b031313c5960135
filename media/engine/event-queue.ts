// Events on their way out: each told in a microtask of its own round, never inside the command that caused it, always in order.

export class EventQueue<Event> {
  readonly #tell: (event: Event) => void;
  readonly #onFault: (error: unknown) => void;
  #events: Event[] = [];

  /** @param onFault told what `tell` throws; the other events follow */
  constructor(tell: (event: Event) => void, onFault: (error: unknown) => void) {
    this.#tell = tell;
    this.#onFault = onFault;
  }

  push(event: Event): void {
    this.#events.push(event);
    if (this.#events.length === 1) queueMicrotask(() => this.#run());
  }

  #run(): void {
    for (let i = 0; i < this.#events.length; i++) {
      try {
        this.#tell(this.#events[i]!);
      } catch (error) {
        this.#onFault(error);
      }
    }
    this.#events = [];
  }
}
