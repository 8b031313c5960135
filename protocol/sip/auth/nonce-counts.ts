// The highest nonce count seen per nonce (RFC 7616 section 3.4): a captured request can't be played again.

/** Bounded: where it is full, the oldest nonce goes, and with it every nonce issued no later, since their counts are no longer known. */
export class NonceCounts {
  readonly #max: number;
  readonly #seen = new Map<string, { issuedMs: number; count: number }>();
  #floorMs = -1;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** False where the count was used before or can't be known to be fresh. Call only for a right digest: others would fill the table. */
  advance(nonce: string, issuedMs: number, count: number): boolean {
    const entry = this.#seen.get(nonce);
    if (entry !== undefined) {
      if (count <= entry.count) return false;
      entry.count = count;
      return true;
    }
    if (count < 1 || issuedMs <= this.#floorMs) return false;
    if (this.#seen.size >= this.#max) this.#evict();
    if (issuedMs <= this.#floorMs) return false;
    this.#seen.set(nonce, { issuedMs, count });
    return true;
  }

  /** Forgets nonces issued before `issuedMs`, which the caller refuses by their age; in order of first use, up to the first that is younger. */
  forgetBefore(issuedMs: number): void {
    for (const [nonce, entry] of this.#seen) {
      if (entry.issuedMs >= issuedMs) return;
      this.#seen.delete(nonce);
    }
  }

  #evict(): void {
    for (const [nonce, entry] of this.#seen) {
      this.#seen.delete(nonce);
      this.#floorMs = Math.max(this.#floorMs, entry.issuedMs);
      return;
    }
  }
}
