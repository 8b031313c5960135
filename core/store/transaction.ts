import type { Source, Writes } from "./backend.js";
import { StoreError } from "./fault.js";
import { catalogueKey, isBelied, isIndexed } from "./index-catalogue.js";
import { counterKey, indexBaseOfRow, indexKeys, collectionIndexBase, logIndexBase, logKey, rowKey } from "./layout.js";
import { behind, encodeKey, type EncodedKey } from "./key.js";
import { Overlay } from "./overlay.js";
import { getRow, rangeRows } from "./query.js";
import { ReadSet } from "./read-set.js";
import { checkValue, liftRow, readRow, writeRow, type StoredRow } from "./row.js";
import type { Appended, CollectionDefinition, Key, LogDefinition, RangeQuery, Transaction } from "./store.js";

/** One run of a transaction's body: reads are remembered, writes wait for the commit. */
export class BufferedTransaction implements Transaction {
  readonly reads = new ReadSet();
  readonly #overlay: Overlay;
  readonly #appends: ((write: (log: LogDefinition<unknown>, appended: Appended<unknown>) => void) => void)[] = [];
  /** Indexes that it looked through and that rows may lack: what it read counts for nothing. */
  readonly unfilled = new Set<CollectionDefinition<unknown>>();
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
    if (query.index !== undefined && !isIndexed(this.#overlay, collection)) this.unfilled.add(collection as unknown as CollectionDefinition<unknown>);
    return rangeRows(this.#overlay, { collection, hospital, query }, this.reads);
  }

  put<T>(collection: CollectionDefinition<T>, hospital: string, value: T): void {
    this.#check();
    const checked = checkValue(collection, value);
    const primary = collection.key(checked);
    const key = rowKey(collection.name, hospital, primary);
    const keys = indexKeys({ base: collectionIndexBase(collection.name, hospital), indexes: collection.indexes }, checked, primary);
    this.#unindex(collection.name, key, keys);
    this.#index(key, keys);
    this.#overlay.set(key, writeRow({ version: collection.version, indexKeys: keys, value: checked }));
    const catalogue = catalogueKey(collection.name);
    this.reads.addKey(catalogue);
    if (isBelied(this.#overlay, collection)) this.#overlay.set(catalogue, undefined);
  }

  /**
   * Writes rows anew whose places in the indexes are others than `collection` says now; those of a later version and those
   * that nothing can lift stay as they are.
   * @param span.from the key to begin at, of any hospital; the first unless told
   * @returns `behind` the key to go on at; undefined where no row is left
   */
  reindex<T>(collection: CollectionDefinition<T>, { from, limit }: { readonly from: EncodedKey | undefined; readonly limit: number }): { readonly behind: EncodedKey | undefined; readonly changed: number } {
    const base = encodeKey(["r", collection.name]);
    const pairs = this.#overlay.range({ from: from ?? base, to: behind(base), reverse: false, limit });
    const last = pairs[limit - 1]?.[0];
    this.reads.addSpan({ from: from ?? base, to: last === undefined ? behind(base) : `${last}\0` });
    let changed = 0;
    for (const [key, text] of pairs) {
      const row = readRow(collection.name, text);
      const value = liftable(collection, row);
      if (value === undefined) continue;
      const keys = indexKeys({ base: indexBaseOfRow(collection.name, key), indexes: collection.indexes }, value, collection.key(value));
      if (keys.length === row.indexKeys.length && keys.every((index) => row.indexKeys.includes(index))) continue;
      this.#unindex(collection.name, key, keys);
      this.#index(key, keys);
      this.#overlay.set(key, writeRow({ version: collection.version, indexKeys: keys, value }));
      changed += 1;
    }
    return { behind: last === undefined ? undefined : `${last}\0`, changed };
  }

  /** What the catalogue says under this key. */
  catalogue(key: EncodedKey): string | undefined {
    this.reads.addKey(key);
    return this.#overlay.get(key);
  }

  setCatalogue(key: EncodedKey, text: string): void {
    this.reads.addKey(key);
    this.#overlay.set(key, text);
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

  #index(key: EncodedKey, keys: readonly EncodedKey[]): void {
    for (const index of keys) if (this.#overlay.get(index) !== key) this.#overlay.set(index, key);
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

/** Undefined where this release can't read it: whoever asks for the row is told. */
function liftable<T>(collection: CollectionDefinition<T>, row: StoredRow): T | undefined {
  try {
    return liftRow(collection, row);
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}
