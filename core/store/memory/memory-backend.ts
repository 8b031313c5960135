// The simulations' engine: a sorted list of keys, a copy of what was synced, and a place to pull the plug at every boundary.
import type { Backend, Commit, Pair, SpanQuery, Writes } from "../backend.js";
import { StoreError } from "../fault.js";
import type { EncodedKey } from "../key.js";

/** What survives a crash. */
export type MemoryImage = ReadonlyMap<EncodedKey, string>;

/**
 * Between the steps of a commit: `commit`, nothing is applied yet; `committed`, others see it, a crash loses it;
 * `synced`, it is safe and nobody was told yet.
 */
export type StoreBoundary = "commit" | "committed" | "synced";

export interface MemoryBackendOptions {
  readonly image?: MemoryImage;
  /** Called at every boundary; what it throws kills the store: nothing that it was asked for is ever answered. */
  readonly onBoundary?: (boundary: StoreBoundary) => void;
  /** Decides when the disk is done; in the next microtask unless told. Must call `sync` once, in the order given. */
  readonly scheduleSync?: (sync: () => void) => void;
}

const never = (): Promise<never> => new Promise(() => undefined);

export class MemoryBackend implements Backend {
  readonly #options: MemoryBackendOptions;
  readonly #synced: Map<EncodedKey, string>;
  readonly #texts: Map<EncodedKey, string>;
  /** All keys of `#texts` in order. */
  readonly #keys: EncodedKey[];
  #lastDurable: Promise<void> = Promise.resolve();
  #state: "open" | "closed" | "dead" = "open";

  constructor(options: MemoryBackendOptions = {}) {
    this.#options = options;
    this.#synced = new Map(options.image ?? []);
    this.#texts = new Map(this.#synced);
    this.#keys = [...this.#texts.keys()].sort((a, b) => (a < b ? -1 : 1));
  }

  get dead(): boolean {
    return this.#state === "dead";
  }

  get(key: EncodedKey): string | undefined {
    this.#check();
    return this.#texts.get(key);
  }

  range(query: SpanQuery): readonly Pair[] {
    this.#check();
    const start = this.#position(query.from);
    const end = this.#position(query.to);
    const keys = query.reverse ? this.#keys.slice(Math.max(start, end - query.limit), end).reverse() : this.#keys.slice(start, Math.min(end, start + query.limit));
    return keys.map((key) => [key, this.#texts.get(key)!]);
  }

  commit(writes: Writes): Commit {
    this.#check();
    if (!this.#passes("commit")) return { visible: never(), durable: never() };
    for (const [key, text] of writes) this.#apply(key, text);
    if (!this.#passes("committed")) return { visible: never(), durable: never() };
    const durable = new Promise<void>((resolve) => {
      const schedule = this.#options.scheduleSync ?? queueMicrotask;
      schedule(() => {
        if (this.dead) return;
        for (const [key, text] of writes) {
          if (text === undefined) this.#synced.delete(key);
          else this.#synced.set(key, text);
        }
        if (this.#passes("synced")) resolve();
      });
    });
    this.#lastDurable = durable;
    return { visible: Promise.resolve(), durable };
  }

  /** Pulls the plug; returns what was synced. */
  crash(): MemoryImage {
    this.#state = "dead";
    return new Map(this.#synced);
  }

  async close(): Promise<void> {
    await this.#lastDurable;
    if (!this.dead) this.#state = "closed";
  }

  #passes(boundary: StoreBoundary): boolean {
    try {
      this.#options.onBoundary?.(boundary);
    } catch {
      this.#state = "dead";
    }
    return !this.dead;
  }

  #apply(key: EncodedKey, text: string | undefined): void {
    const known = this.#texts.has(key);
    if (text === undefined) {
      if (known) this.#keys.splice(this.#position(key), 1);
      this.#texts.delete(key);
      return;
    }
    if (!known) this.#keys.splice(this.#position(key), 0, key);
    this.#texts.set(key, text);
  }

  /** Of the first key that is not below `key`. */
  #position(key: EncodedKey): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #check(): void {
    if (this.#state === "closed") throw new StoreError("STORE_CLOSED", "the store is closed");
  }
}
