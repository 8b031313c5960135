// The embedded engine: LMDB, memory-mapped. Its own thread writes and syncs many commits at once; until it has, they
// lie over what is read here.
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import { makePrivateFolder } from "../../crypto/private-folder.js";
import type { Backend, Commit, Pair, Source, SpanQuery, Writes } from "../backend.js";
import { StoreError } from "../fault.js";
import { KEY_BYTES_MAX, type EncodedKey } from "../key.js";
import { Overlay } from "../overlay.js";
import { lockDirectory, type DirectoryLock } from "./lock.js";

type Database = RootDatabase<string, Buffer>;

/** Below the store's folder. */
export const STORE_FILE = "store.mdb";
/** How each process opens it. */
export const STORE_OPTIONS = { keyEncoding: "binary", encoding: "string", pageSize: 4096 } as const;

const toBytes = (key: EncodedKey): Buffer => Buffer.from(key, "latin1");
/** The bound above a whole prefix may be one byte longer than a key. */
const toBound = (key: EncodedKey): Buffer => toBytes(key.length > KEY_BYTES_MAX ? key.slice(0, KEY_BYTES_MAX) : key);

export class LmdbBackend implements Backend {
  readonly #database: Database;
  readonly #lock: DirectoryLock;
  /** Committed here and not yet in the map; `#writer` says which commit wrote a key last. */
  readonly #pending: Overlay;
  readonly #writer = new Map<EncodedKey, number>();
  #commits = 0;
  #lastDurable: Promise<void> = Promise.resolve();
  #failure: unknown;
  #closed = false;

  /** Opens or makes the database in `directory`. Throws StoreError "STORE_LOCKED" or "STORE_IO". */
  constructor(directory: string) {
    try {
      makePrivateFolder(directory);
    } catch (error) {
      throw new StoreError("STORE_IO", "can't make the data directory", { directory }).causedBy(error);
    }
    this.#lock = lockDirectory(join(directory, "lock"));
    try {
      this.#database = open<string, Buffer>({ ...STORE_OPTIONS, path: join(directory, STORE_FILE), separateFlushed: true });
    } catch (error) {
      this.#lock.release();
      throw new StoreError("STORE_IO", "can't open the database", { directory }).causedBy(error);
    }
    this.#pending = new Overlay(this.#source());
  }

  get(key: EncodedKey): string | undefined {
    this.#checkOpen();
    return this.#pending.get(key);
  }

  range(query: SpanQuery): readonly Pair[] {
    this.#checkOpen();
    return this.#pending.range(query);
  }

  commit(writes: Writes): Commit {
    this.#checkOpen();
    if (this.#failure !== undefined) throw new StoreError("STORE_IO", "the disk refused an earlier commit; restart when it is well again").causedBy(this.#failure);
    const number = ++this.#commits;
    const committed = this.#database.batch(() => {
      for (const [key, text] of writes) void (text === undefined ? this.#database.remove(toBytes(key)) : this.#database.put(toBytes(key), text));
    }) as Promise<boolean> & { readonly flushed: Promise<boolean> };
    for (const [key, text] of writes) {
      this.#pending.set(key, text);
      this.#writer.set(key, number);
    }
    const visible = committed.then(() => this.#landed(writes, number), (error: unknown) => this.#fail(error));
    const durable = visible.then(() => committed.flushed).then(() => undefined, (error: unknown) => this.#fail(error));
    // Whoever waits is told; where nobody waits, a failed write is still no unhandled rejection.
    this.#lastDurable = durable.catch((_told: unknown) => undefined);
    return { visible, durable };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#lastDurable;
    this.#closed = true;
    await this.#database.close();
    this.#lock.release();
  }

  #landed(writes: Writes, number: number): void {
    this.#database.resetReadTxn();
    for (const key of writes.keys()) {
      if (this.#writer.get(key) !== number) continue;
      this.#writer.delete(key);
      this.#pending.forget(key);
    }
  }

  #fail(error: unknown): never {
    this.#failure ??= error;
    throw error instanceof StoreError ? error : new StoreError("STORE_IO", "the disk refused a commit").causedBy(error);
  }

  #source(): Source {
    return {
      get: (key) => this.#database.get(toBytes(key)),
      range: (query) => {
        const [from, to] = [toBound(query.from), toBound(query.to)];
        const bounds = query.reverse ? { start: to, end: from, reverse: true, exclusiveStart: true, inclusiveEnd: true } : { start: from, end: to };
        const pairs: Pair[] = [];
        for (const { key, value } of this.#database.getRange({ ...bounds, limit: query.limit })) pairs.push([key.toString("latin1"), value]);
        return pairs;
      },
    };
  }

  #checkOpen(): void {
    if (this.#closed) throw new StoreError("STORE_CLOSED", "the store is closed");
  }
}
