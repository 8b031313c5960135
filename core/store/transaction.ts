import type { Source, Writes } from "./backend.js";
import { StoreError } from "./fault.js";
import { counterKey, indexKeys, collectionIndexBase, logIndexBase, logKey, rowKey } from "./layout.js";
import type { EncodedKey } from "./key.js";
import { Overlay } from "./overlay.js";
import { getRow, rangeRows } from "./query.js";
import { ReadSet } from "./read-set.js";
import { checkValue, readRow, writeRow } from "./row.js";
import type { Appended, CollectionDefinition, Key, LogDefinition, RangeQuery, Transaction } from "./store.js";

/** One run of a transaction's body: reads are remembered, writes wait for the commit. */
export class BufferedTransaction implements Transaction {
  readonly reads = new ReadSet();
  readonly #overlay: Overlay;
  readonly #appends: ((write: (log: LogDefinition<unknown>, appended: Appended<unknown>) => void) => void)[] = [];
  #over = false;

  constructor(source: Source) {
    this.#overlay = new Overlay(source);
  }

  get empty(): boolean {
    return this.#overlay.writes.size === 0 && this.#appends.length === 0;
  }

  async get<T>(collection: CollectionDefinition<T>, hospital: string, key: Key): Promise<T | undefined> {
    this.#check();
    return getRow(this.#overlay, { collection, hospital, key }, this.reads);
  }

  async range<T, I extends string>(collection: CollectionDefinition<T, I>, hospital: string, query: RangeQuery & { readonly index?: I }): Promise<readonly T[]> {
    this.#check();
    return rangeRows(this.#overlay, { collection, hospital, query }, this.reads);
  }

  put<T>(collection: CollectionDefinition<T>, hospital: string, value: T): void {
    this.#check();
    const checked = checkValue(collection, value);
    const primary = collection.key(checked);
    const key = rowKey(collection.name, hospital, primary);
    const keys = indexKeys({ base: collectionIndexBase(collection.name, hospital), indexes: collection.indexes }, checked, primary);
    this.#unindex(collection.name, key, keys);
    for (const index of keys) if (this.#overlay.get(index) !== key) this.#overlay.set(index, key);
    this.#overlay.set(key, writeRow({ version: collection.version, indexKeys: keys, value: checked }));
  }

  delete<T>(collection: CollectionDefinition<T>, hospital: string, key: Key): void {
    this.#check();
    const encoded = rowKey(collection.name, hospital, key);
    this.#unindex(collection.name, encoded, []);
    this.#overlay.set(encoded, undefined);
  }

  append<T>(log: LogDefinition<T>, write: Appended<T>["write"], series?: Key): void {
    this.appendAtCommit(log, () => [series === undefined ? { write } : { write, series }]);
  }

  appendAtCommit<T>(log: LogDefinition<T>, take: () => readonly Appended<T>[]): void {
    this.#check();
    this.#appends.push((write) => {
      for (const appended of take()) write(log as unknown as LogDefinition<unknown>, appended);
    });
  }

  /** The body is done: no more reads or writes. */
  end(): void {
    this.#over = true;
  }

  /** Called once, when the commit is certain: gives the appended entries their numbers. */
  seal(): Writes {
    for (const append of this.#appends) append((log, appended) => this.#appendNow(log, appended));
    return this.#overlay.writes;
  }

  /** The old row's index entries go, except those that stay. A write depends on them, so they count as read. */
  #unindex(name: string, key: EncodedKey, keep: readonly EncodedKey[]): void {
    this.reads.addKey(key);
    const text = this.#overlay.get(key);
    if (text === undefined) return;
    for (const index of readRow(name, text).indexKeys) if (!keep.includes(index)) this.#overlay.set(index, undefined);
  }

  #appendNow(log: LogDefinition<unknown>, appended: Appended<unknown>): void {
    const sequence = this.#count(counterKey(log.name, []));
    const inSeries = appended.series === undefined ? 0 : this.#count(counterKey(log.name, appended.series));
    const value = checkValue(log, appended.write(sequence, inSeries));
    const key = logKey(log.name, sequence);
    this.#overlay.set(key, writeRow({ version: log.version, indexKeys: [], value }));
    for (const index of indexKeys({ base: logIndexBase(log.name), indexes: log.indexes }, value, [sequence])) this.#overlay.set(index, key);
  }

  /** Not counted as read: numbers are given at the commit, where nothing comes between. */
  #count(key: EncodedKey): number {
    const next = Number(this.#overlay.get(key) ?? "0") + 1;
    this.#overlay.set(key, String(next));
    return next;
  }

  #check(): void {
    if (this.#over) throw new StoreError("STORE_TRANSACTION_OVER", "the transaction's body has ended");
  }
}
