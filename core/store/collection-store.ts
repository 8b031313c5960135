// Collections, indexes, logs and optimistic transactions over any ordered backend.
import type { Backend, Commit } from "./backend.js";
import { StoreError } from "./fault.js";
import { isIndexed } from "./index-catalogue.js";
import { IndexFiller } from "./index-filler.js";
import { decodeLastNumber, encodeKey } from "./key.js";
import { logKey, spanOf } from "./layout.js";
import { getRow, rangeLogRows, rangeRows } from "./query.js";
import { RecentCommits } from "./read-set.js";
import { liftRow, readRow } from "./row.js";
import type { CollectionDefinition, Key, LogDefinition, LogQuery, RangeQuery, Store, Transaction } from "./store.js";
import { BufferedTransaction } from "./transaction.js";

export interface StoreOptions {
  /** A body runs at most this often; 32 unless told. */
  readonly triesMax?: number;
  /** Says that a transaction counts as overtaken although it is not: for simulations. */
  readonly abort?: () => boolean;
}

export interface StoreCounters {
  readonly commits: number;
  /** Bodies that had to run again. */
  readonly conflicts: number;
}

const TRIES_MAX = 32;

export class CollectionStore implements Store {
  readonly #backend: Backend;
  readonly #options: StoreOptions;
  readonly #recent = new RecentCommits();
  readonly #filler: IndexFiller;
  /** Those that were overtaken run one after the other, so that under contention each gets through. */
  #retries: Promise<unknown> = Promise.resolve();
  #last: Commit | undefined;
  #commits = 0;
  #conflicts = 0;

  constructor(backend: Backend, options: StoreOptions = {}) {
    this.#backend = backend;
    this.#options = options;
    this.#filler = new IndexFiller({ source: backend, transact: (body) => this.#fillStep(body) });
  }

  get counters(): StoreCounters {
    return { commits: this.#commits, conflicts: this.#conflicts };
  }

  async get<T>(collection: CollectionDefinition<T>, hospital: string, key: Key): Promise<T | undefined> {
    return getRow(this.#backend, { collection, hospital, key });
  }

  async range<T, I extends string>(collection: CollectionDefinition<T, I>, hospital: string, query: RangeQuery & { readonly index?: I }): Promise<readonly T[]> {
    if (query.index !== undefined && !isIndexed(this.#backend, collection)) await this.#filler.fill(collection);
    return rangeRows(this.#backend, { collection, hospital, query });
  }

  async readLog<T>(log: LogDefinition<T>, query: LogQuery): Promise<readonly { readonly sequence: number; readonly value: T }[]> {
    const base = encodeKey(["l", log.name]);
    const after = query.afterSequence;
    const span = spanOf(base, { reverse: query.reverse ?? false, ...(query.limit === undefined ? {} : { limit: query.limit }) });
    // "After" a sequence are the higher ones, whichever way they are read.
    const from = after === undefined ? span.from : logKey(log.name, after + 1);
    return this.#backend.range({ ...span, from }).map(([key, text]) => ({ sequence: decodeLastNumber(key), value: liftRow(log, readRow(log.name, text)) }));
  }

  async rangeLog<T, I extends string>(log: LogDefinition<T, I>, query: RangeQuery & { readonly index: I }): Promise<readonly T[]> {
    return rangeLogRows(this.#backend, log, query);
  }

  async transact<T>(body: (tx: Transaction) => Promise<T>, options: { readonly until?: "durable" | "visible" } = {}): Promise<T> {
    const done = (await this.#attempt(body)) ?? (await this.#tryAgain(body));
    if (done.commit !== undefined) await (options.until === "visible" ? done.commit.visible : done.commit.durable);
    return done.result;
  }

  async prepare<T>(collection: CollectionDefinition<T>): Promise<number> {
    return isIndexed(this.#backend, collection) ? 0 : this.#filler.fill(collection);
  }

  async close(): Promise<void> {
    await this.#backend.close();
  }

  async #tryAgain<T>(body: (tx: Transaction) => Promise<T>): Promise<Done<T>> {
    const turn = this.#retries.then(() => this.#attempts(body, 1));
    this.#retries = turn.catch((_toldToItsCaller: unknown) => undefined);
    return turn;
  }

  /** Beside those that wait for their turn to try again: one of them may be waiting for this. */
  async #fillStep<T>(body: (tx: BufferedTransaction) => T): Promise<T> {
    const done = await this.#attempts(async (tx) => body(tx as BufferedTransaction), 0);
    await done.commit?.visible;
    return done.result;
  }

  async #attempts<T>(body: (tx: Transaction) => Promise<T>, from: number): Promise<Done<T>> {
    const triesMax = this.#options.triesMax ?? TRIES_MAX;
    for (let tries = from; tries < triesMax; tries++) {
      const done = await this.#attempt(body);
      if (done !== undefined) return done;
    }
    throw new StoreError("STORE_CONFLICT", "other commits came between every time", { tries: triesMax });
  }

  /** One run of the body and its commit; undefined where another commit came between. */
  async #attempt<T>(body: (tx: Transaction) => Promise<T>): Promise<Done<T> | undefined> {
    const since = this.#recent.begin();
    try {
      return await this.#run(body, since);
    } finally {
      this.#recent.end(since);
    }
  }

  async #run<T>(body: (tx: Transaction) => Promise<T>, since: number): Promise<Done<T> | undefined> {
    const tx = new BufferedTransaction(this.#backend);
    let result: T;
    try {
      result = await body(tx);
    } catch (cause) {
      // What it stumbled over may be a state that never was: half before, half after another commit, or an index with holes.
      if ((tx.unfilled.size > 0 && (await this.#filled(tx))) || this.#recent.overtook(tx.reads, since)) return this.#overtaken();
      throw cause;
    } finally {
      tx.end();
    }
    if ((tx.unfilled.size > 0 && (await this.#filled(tx))) || this.#recent.overtook(tx.reads, since) || this.#options.abort?.() === true) return this.#overtaken();
    // What it read may itself not be durable yet, and its caller may tell somebody.
    if (tx.empty) return { result, commit: this.#last };
    // From the check to the backend's commit nothing else runs.
    const writes = tx.seal();
    const commit = this.#backend.commit(writes);
    this.#recent.add(writes);
    this.#last = commit;
    this.#commits++;
    return { result, commit };
  }

  /** Fills what the transaction found unfilled. */
  async #filled(tx: BufferedTransaction): Promise<true> {
    for (const collection of tx.unfilled) await this.#filler.fill(collection);
    return true;
  }

  #overtaken(): undefined {
    this.#conflicts++;
    return undefined;
  }
}

interface Done<T> {
  readonly result: T;
  readonly commit: Commit | undefined;
}
