// The store as everything above it sees it: typed collections, index ranges, transactions that may span collections.
import type { z } from "zod";

/** A key is a list of parts ordered part by part, numbers by value, strings by code unit; numbers before strings. */
export type KeyPart = string | number;
export type Key = readonly KeyPart[];

export interface IndexDefinition<T> {
  /** The rows' keys in this index; none leaves the row out. The primary key is appended, so they need not be unique. */
  keys(value: T): readonly Key[];
}

/**
 * A kind of row. `hospital` is the first part of every key and is added by the store, not by `key`.
 * An older `version` is lifted by `upgrade` when it is read.
 */
export interface CollectionDefinition<T, Indexes extends string = string> {
  /** Lower-case words joined by hyphens, with the owner in front: `billing-ledger`. */
  readonly name: string;
  readonly version: number;
  readonly schema: z.ZodType<T>;
  key(value: T): Key;
  readonly indexes: { readonly [I in Indexes]: IndexDefinition<T> };
  readonly upgrade?: (value: unknown, fromVersion: number) => unknown;
}

export interface RangeQuery {
  /** Every key that begins with these parts. */
  readonly prefix?: Key;
  /** Exclusive: goes on behind this key (a page's cursor). */
  readonly after?: Key;
  readonly reverse?: boolean;
  /** At most this many rows, 1-1000; 100 unless told. */
  readonly limit?: number;
}

export interface Reader {
  get<T>(collection: CollectionDefinition<T>, hospital: string, key: Key): Promise<T | undefined>;
  /** Rows in the order of the primary key, or of the index that is named. */
  range<T, I extends string>(collection: CollectionDefinition<T, I>, hospital: string, query: RangeQuery & { readonly index?: I }): Promise<readonly T[]>;
}

/** Reads see the transaction's own writes. Using it after the body has ended throws. */
export interface Transaction extends Reader {
  /** Inserts or replaces. Throws StoreError "STORE_INVALID" where the schema refuses the value. */
  put<T>(collection: CollectionDefinition<T>, hospital: string, value: T): void;
  delete<T>(collection: CollectionDefinition<T>, hospital: string, key: Key): void;
  /** As `appendAtCommit`, for one entry that is known now. */
  append<T>(log: LogDefinition<T>, write: Appended<T>["write"], series?: Key): void;
  /**
   * Appends to an ordered log. `take` runs once, at the moment of the commit when nothing but the disk can fail any
   * more, and must not throw: what it hands over is neither lost nor written twice when the body runs again.
   */
  appendAtCommit<T>(log: LogDefinition<T>, take: () => readonly Appended<T>[]): void;
}

export interface Appended<T> {
  /** Inside the log, entries of a series are also counted 1, 2, 3, ...: a journal's subject. */
  readonly series?: Key;
  /**
   * Returns the value to keep. `sequence` is 1, 2, 3, ... without holes in the order of the commits, known only now;
   * `inSeries` likewise within the series, or 0 without one.
   */
  write(sequence: number, inSeries: number): T;
}

/** An append-only log with its own sequence, e.g. one node's journal. Rows are also found by their indexes. */
export interface LogDefinition<T, Indexes extends string = string> {
  readonly name: string;
  readonly version: number;
  readonly schema: z.ZodType<T>;
  readonly indexes: { readonly [I in Indexes]: IndexDefinition<T> };
  readonly upgrade?: (value: unknown, fromVersion: number) => unknown;
}

export interface LogQuery {
  /** Exclusive. */
  readonly afterSequence?: number;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export interface Store extends Reader {
  /**
   * Runs `body`, commits what it wrote as one, and resolves when that survives a crash ("durable", unless told) or is
   * merely visible ("visible"). Where another commit came between, `body` runs again: it must have no other effect.
   */
  transact<T>(body: (tx: Transaction) => Promise<T>, options?: { readonly until?: "durable" | "visible" }): Promise<T>;
  readLog<T>(log: LogDefinition<T>, query: LogQuery): Promise<readonly { readonly sequence: number; readonly value: T }[]>;
  /**
   * Writes rows of the collection into indexes that were added since they were written; resolves with how many. Asked before
   * its first use it keeps callers from waiting for it: whoever first looks through such an index does it otherwise.
   */
  prepare<T>(collection: CollectionDefinition<T>): Promise<number>;
  rangeLog<T, I extends string>(log: LogDefinition<T, I>, query: RangeQuery & { readonly index: I }): Promise<readonly T[]>;
  close(): Promise<void>;
}
