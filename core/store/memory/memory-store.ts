import { randomUint32, type Random } from "../../../protocol/base/random.js";
import { CollectionStore, type StoreCounters } from "../collection-store.js";
import type { CollectionDefinition, Key, LogDefinition, LogQuery, RangeQuery, Store, Transaction } from "../store.js";
import { MemoryBackend, type MemoryBackendOptions, type MemoryImage } from "./memory-backend.js";

export interface MemoryStoreOptions extends MemoryBackendOptions {
  /** Transactions that count as overtaken although they were not: `share` of them (0..1), chosen by `random`. */
  readonly aborts?: { readonly random: Random; readonly share: number };
}

/**
 * A store without I/O, microtasks only. After a kill at a boundary, or `crash()`, no promise that it gave or gives
 * settles, as for code whose process is gone; `new MemoryStore({ image: old.crash() })` is the restart.
 */
export class MemoryStore implements Store {
  readonly #backend: MemoryBackend;
  readonly #store: CollectionStore;

  constructor(options: MemoryStoreOptions = {}) {
    this.#backend = new MemoryBackend(options);
    const aborts = options.aborts;
    this.#store = new CollectionStore(this.#backend, aborts === undefined ? {} : { abort: () => randomUint32(aborts.random) < aborts.share * 2 ** 32 });
  }

  get counters(): StoreCounters {
    return this.#store.counters;
  }

  /** Whether it was killed. */
  get dead(): boolean {
    return this.#backend.dead;
  }

  /** Commits that were visible but not synced are lost. May be called again, also after a kill at a boundary. */
  crash(): MemoryImage {
    return this.#backend.crash();
  }

  get<T>(collection: CollectionDefinition<T>, hospital: string, key: Key): Promise<T | undefined> {
    return this.#whileAlive(this.#store.get(collection, hospital, key));
  }

  range<T, I extends string>(collection: CollectionDefinition<T, I>, hospital: string, query: RangeQuery & { readonly index?: I }): Promise<readonly T[]> {
    return this.#whileAlive(this.#store.range(collection, hospital, query));
  }

  readLog<T>(log: LogDefinition<T>, query: LogQuery): Promise<readonly { readonly sequence: number; readonly value: T }[]> {
    return this.#whileAlive(this.#store.readLog(log, query));
  }

  rangeLog<T, I extends string>(log: LogDefinition<T, I>, query: RangeQuery & { readonly index: I }): Promise<readonly T[]> {
    return this.#whileAlive(this.#store.rangeLog(log, query));
  }

  transact<T>(body: (tx: Transaction) => Promise<T>, options?: { readonly until?: "durable" | "visible" }): Promise<T> {
    return this.#whileAlive(this.#store.transact(body, options));
  }

  prepare<T>(collection: CollectionDefinition<T>): Promise<number> {
    return this.#whileAlive(this.#store.prepare(collection));
  }

  close(): Promise<void> {
    return this.#whileAlive(this.#store.close());
  }

  #whileAlive<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      answer.then(
        (value) => this.dead || resolve(value),
        (reason: unknown) => this.dead || reject(reason),
      );
    });
  }
}
