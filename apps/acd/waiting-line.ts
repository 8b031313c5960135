// Who waits, in the order of service: by priority, then by arrival.
export interface Waiting {
  readonly call: string;
  readonly priority: number;
  readonly sinceMs: number;
  /** Phones ring for this one: it is out of the others' way. */
  ringing: boolean;
}

export class WaitingLine {
  readonly #line: Waiting[] = [];

  get length(): number {
    return this.#line.length;
  }

  /** Behind all of a higher priority, and of the same who have waited longer. */
  join(waiting: Waiting): void {
    const behind = this.#line.findIndex((other) => other.priority < waiting.priority || (other.priority === waiting.priority && other.sinceMs > waiting.sinceMs));
    this.#line.splice(behind < 0 ? this.#line.length : behind, 0, waiting);
  }

  leave(waiting: Waiting): void {
    const at = this.#line.indexOf(waiting);
    if (at >= 0) this.#line.splice(at, 1);
  }

  /** How many are served before this one; 0 is next. */
  ahead(waiting: Waiting): number {
    return this.#line.slice(0, this.#line.indexOf(waiting)).filter((other) => !other.ringing).length;
  }
}
