// RTP ports: an even one for a leg, the odd one above for its RTCP (RFC 3550 section 11).

export interface PortPoolOptions {
  readonly portMin: number;
  readonly portMax: number;
  /** How long a closed leg's port rests, so that its late packets reach nobody else. */
  readonly drainMs: number;
}

export interface PortPoolSnapshot {
  readonly free: number;
  readonly used: number;
  readonly draining: number;
}

/** Given out in turn, so that a port rests longest before it comes again. Time is told by the caller, in ms that never run backwards. */
export class PortPool {
  readonly #drainMs: number;
  readonly #free: number[] = [];
  readonly #used = new Set<number>();
  readonly #draining: { readonly port: number; readonly freeAtMs: number }[] = [];

  constructor(options: PortPoolOptions) {
    this.#drainMs = options.drainMs;
    for (let port = options.portMin + (options.portMin & 1); port + 1 <= options.portMax; port += 2) this.#free.push(port);
  }

  /** An even port, or undefined where all are used or rest. */
  take(nowMs: number): number | undefined {
    this.#settle(nowMs);
    const port = this.#free.shift();
    if (port !== undefined) this.#used.add(port);
    return port;
  }

  /** A port of the range is in use already, by a leg that was opened elsewhere. False where it was not free. */
  occupy(port: number): boolean {
    const at = this.#free.indexOf(port);
    if (at < 0) return false;
    this.#free.splice(at, 1);
    this.#used.add(port);
    return true;
  }

  /** Gives back a port that `take` gave; any other is ignored. */
  release(port: number, nowMs: number): void {
    if (this.#used.delete(port)) this.#draining.push({ port, freeAtMs: nowMs + this.#drainMs });
  }

  snapshot(nowMs: number): PortPoolSnapshot {
    this.#settle(nowMs);
    return { free: this.#free.length, used: this.#used.size, draining: this.#draining.length };
  }

  #settle(nowMs: number): void {
    while (this.#draining.length > 0 && this.#draining[0]!.freeAtMs <= nowMs) this.#free.push(this.#draining.shift()!.port);
  }
}
