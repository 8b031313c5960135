// Fills indexes that were added to a collection later: in transactions of bounded size, beside what else goes on. What is
// interrupted is begun again by the next one who looks; rows that were done then cost only their reading.
import type { Source } from "./backend.js";
import { StoreError } from "./fault.js";
import { catalogueKey, fillingText, isIndexed, signatureOf } from "./index-catalogue.js";
import type { EncodedKey } from "./key.js";
import type { CollectionDefinition } from "./store.js";
import type { BufferedTransaction } from "./transaction.js";

/** Rows that one transaction looks at. */
export const FILL_ROWS = 500;
/** A fill that others' writes belied is begun again this often. */
const FILLS_MAX = 32;

export interface FillerOptions {
  readonly source: Source;
  /** Commits what `body` wrote, visible when it resolves; runs it again where somebody came between. */
  transact<T>(body: (tx: BufferedTransaction) => T): Promise<T>;
}

export class IndexFiller {
  readonly #options: FillerOptions;
  /** By collection: one after the other. */
  readonly #running = new Map<string, Promise<number>>();

  constructor(options: FillerOptions) {
    this.#options = options;
  }

  /** Resolves with how many rows were written, when all stand in all indexes. */
  async fill<T>(collection: CollectionDefinition<T>): Promise<number> {
    const { name } = collection;
    const before = this.#running.get(name);
    const done = (before ?? Promise.resolve(0)).catch(() => 0).then(() => this.#fill(collection));
    this.#running.set(name, done);
    try {
      return await done;
    } finally {
      if (this.#running.get(name) === done) this.#running.delete(name);
    }
  }

  async #fill<T>(collection: CollectionDefinition<T>): Promise<number> {
    const { source, transact } = this.#options;
    const key = catalogueKey(collection.name);
    let rows = 0;
    for (let fills = 0; fills < FILLS_MAX; fills++) {
      if (isIndexed(source, collection)) return rows;
      let at: EncodedKey | undefined;
      do {
        const from = at;
        const step = await transact((tx) => {
          const { behind, changed } = tx.reindex(collection, { from, limit: FILL_ROWS });
          const belied = from !== undefined && tx.catalogue(key) !== fillingText(collection);
          if (!belied) tx.setCatalogue(key, behind === undefined ? signatureOf(collection) : fillingText(collection));
          return { behind: belied ? undefined : behind, changed };
        });
        rows += step.changed;
        at = step.behind;
      } while (at !== undefined);
    }
    throw new StoreError("STORE_CONFLICT", `the indexes of ${collection.name} can't be filled: two definitions of it write at once`, { tries: FILLS_MAX });
  }
}
