// Optimistic concurrency: a transaction remembers what it looked at, and the store what was written lately.
import type { Span, Writes } from "./backend.js";
import type { EncodedKey } from "./key.js";

export class ReadSet {
  readonly #keys = new Set<EncodedKey>();
  readonly #spans: Span[] = [];

  addKey(key: EncodedKey): void {
    this.#keys.add(key);
  }

  /** Everything between, present or absent. */
  addSpan(span: Span): void {
    this.#spans.push(span);
  }

  touchedBy(keys: Iterable<EncodedKey>): boolean {
    for (const key of keys) {
      if (this.#keys.has(key)) return true;
      for (const span of this.#spans) if (key >= span.from && key < span.to) return true;
    }
    return false;
  }
}

/** Commits that a running transaction may have missed; those that none has are forgotten. Bounded: one that began before the oldest kept counts as overtaken. */
const RECENT_COMMITS_MAX = 4096;

export class RecentCommits {
  readonly #commits: { readonly number: number; readonly keys: readonly EncodedKey[] }[] = [];
  /** How many transactions run that began at a commit's number, the oldest first. */
  readonly #running = new Map<number, number>();
  #last = 0;

  /** Commits that are remembered. */
  get size(): number {
    return this.#commits.length;
  }

  /** A transaction begins: the number of the newest commit, which it has seen. `end` takes it back. */
  begin(): number {
    this.#running.set(this.#last, (this.#running.get(this.#last) ?? 0) + 1);
    return this.#last;
  }

  end(since: number): void {
    const others = this.#running.get(since)! - 1;
    if (others > 0) this.#running.set(since, others);
    else this.#running.delete(since);
    const [oldest = this.#last] = this.#running.keys();
    const needed = this.#commits.findIndex(({ number }) => number > oldest);
    this.#commits.splice(0, needed < 0 ? this.#commits.length : needed);
  }

  add(writes: Writes): void {
    this.#commits.push({ number: ++this.#last, keys: [...writes.keys()] });
    if (this.#commits.length > RECENT_COMMITS_MAX) this.#commits.splice(0, RECENT_COMMITS_MAX / 4);
  }

  /** Whether a commit after `since` wrote what `reads` looked at. */
  overtook(reads: ReadSet, since: number): boolean {
    if (since === this.#last) return false;
    if ((this.#commits[0]?.number ?? 0) > since + 1) return true;
    for (let i = this.#commits.length - 1; i >= 0; i--) {
      const commit = this.#commits[i]!;
      if (commit.number <= since) return false;
      if (reads.touchedBy(commit.keys)) return true;
    }
    return false;
  }
}
