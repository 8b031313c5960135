import type { Pair, Source, SpanQuery, Writes } from "./backend.js";
import type { EncodedKey } from "./key.js";

/** Writes that lie over a source and are seen first. */
export class Overlay implements Source {
  readonly #writes = new Map<EncodedKey, string | undefined>();

  constructor(readonly source: Source) {}

  get writes(): Writes {
    return this.#writes;
  }

  set(key: EncodedKey, text: string | undefined): void {
    this.#writes.set(key, text);
  }

  /** The source has it now. */
  forget(key: EncodedKey): void {
    this.#writes.delete(key);
  }

  get(key: EncodedKey): string | undefined {
    return this.#writes.has(key) ? this.#writes.get(key) : this.source.get(key);
  }

  range(query: SpanQuery): readonly Pair[] {
    const mine: EncodedKey[] = [];
    for (const key of this.#writes.keys()) if (key >= query.from && key < query.to) mine.push(key);
    if (mine.length === 0) return this.source.range(query);
    // Each of ours hides at most one row below, so this many rows below are enough.
    const below = this.source.range({ ...query, limit: query.limit + mine.length }).filter(([key]) => !this.#writes.has(key));
    const above = mine.map((key) => [key, this.#writes.get(key)] as const).filter((pair): pair is Pair => pair[1] !== undefined);
    const sign = query.reverse ? -1 : 1;
    return [...below, ...above].sort(([a], [b]) => (a < b ? -sign : sign)).slice(0, query.limit);
  }
}
