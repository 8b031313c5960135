// The journal: everything that happens, in one order per node. Entries wait at most 200 ms for company, except those
// that stand in a transaction of their own; those take along what was said before them.
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { Appended, LogDefinition, Store, Transaction } from "../store/store.js";
import { entrySchema, newEntrySchema, type Entry, type NewEntry, type ReadEntry, type Subject } from "./entry.js";
import { maskSecrets } from "./mask.js";
import { Upcasters } from "./upcaster.js";

/** `nodeSeq` is the sequence of this log. */
export const journalLog: LogDefinition<Entry, "subject"> = {
  name: "journal",
  version: 1,
  schema: entrySchema,
  indexes: { subject: { keys: (e) => [[e.hospital, e.subject.kind, e.subject.id, e.subjectSeq]] } },
};

export interface JournalOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** This server's name among those of one hospital; see `loadNode`. */
  readonly node: string;
  /** Entries may wait this long for others; 200 unless told. */
  readonly delayMs?: number;
  /** A store that fails loses what waited; said once for each failed write. */
  readonly onFault?: (error: unknown) => void;
}

export interface JournalCounters {
  /** Entries handed to the store. */
  readonly appended: number;
  /** Entries that were not kept: they came faster than the store takes them. */
  readonly dropped: number;
  readonly waiting: number;
  /** Readings of entries that a later release wrote: they are given as they are, marked `newer`. */
  readonly newer: number;
}

type Stamped = Omit<Entry, "subjectSeq" | "nodeSeq">;
type Listener = (entry: Entry) => void;

const DELAY_MS = 200;
/** At this many the batch is written at once, and at this many more entries are dropped: newest first. */
const BATCH_MAX = 500;
const WAITING_MAX = 20_000;
const SUBJECT_PAGE = 1000;

export class Journal {
  readonly node: string;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #options: JournalOptions;
  /** How entries of earlier releases are read. */
  readonly upcasters = new Upcasters();
  readonly #listeners = new Set<Listener>();
  #waiting: Stamped[] = [];
  #cancelTimer: Cancel | undefined;
  #appended = 0;
  #dropped = 0;
  #newer = 0;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#clock = options.clock;
    this.node = options.node;
  }

  get counters(): JournalCounters {
    return { appended: this.#appended, dropped: this.#dropped, waiting: this.#waiting.length, newer: this.#newer };
  }

  /** Hears each entry when others see it, in order, outside of any transaction. Returns what ends it. */
  listen(listener: Listener): Cancel {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Today's version of a type's data: what its writer says as `v`. */
  versionOf(type: string): number {
    return this.upcasters.versionOf(type);
  }

  /** Written within 200 ms. Throws where the entry has not the form of one; secrets are masked. */
  append(entry: NewEntry): void {
    const stamped = this.#stamp(entry);
    if (this.#waiting.length >= WAITING_MAX) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(stamped);
    if (this.#waiting.length === BATCH_MAX) this.#flushSoon();
    else this.#cancelTimer ??= this.#clock.after(this.#options.delayMs ?? DELAY_MS, () => this.#flushSoon());
  }

  /** Stands or falls with `tx`, behind everything that was appended before it. */
  appendIn(tx: Transaction, entry: NewEntry): void {
    const stamped = this.#stamp(entry);
    tx.appendAtCommit(journalLog, () => this.#number([...this.#takeWaiting(), stamped]));
  }

  /** Resolves when all that was appended before is durable. */
  async flush(): Promise<void> {
    await this.#store.transact(async (tx) => tx.appendAtCommit(journalLog, () => this.#number(this.#takeWaiting())));
  }

  /** In the order of this node; `after` is the last `nodeSeq` that is known. At most `limit`, 1-1000, 100 unless told. */
  async read(query: { readonly after?: number; readonly limit?: number } = {}): Promise<readonly ReadEntry[]> {
    const rows = await this.#store.readLog(journalLog, {
      ...(query.after === undefined ? {} : { afterSequence: query.after }),
      ...(query.limit === undefined ? {} : { limit: query.limit }),
    });
    return rows.map((row) => this.#lift(row.value));
  }

  /** `nodeSeq` of the last entry that others see; 0 before the first. */
  async head(): Promise<number> {
    const [last] = await this.#store.readLog(journalLog, { reverse: true, limit: 1 });
    return last?.sequence ?? 0;
  }

  /** All that happened to it so far, also what still waits to be written. */
  async ofSubject(hospital: string, subject: Subject): Promise<readonly ReadEntry[]> {
    if (this.#waiting.length > 0) await this.flush();
    const entries: ReadEntry[] = [];
    const prefix = [hospital, subject.kind, subject.id];
    for (let after = 0; ; ) {
      const page = await this.#store.rangeLog(journalLog, { index: "subject", prefix, after: [...prefix, after], limit: SUBJECT_PAGE });
      for (const entry of page) entries.push(this.#lift(entry));
      if (page.length < SUBJECT_PAGE) return entries;
      after = page.at(-1)!.subjectSeq;
    }
  }

  async close(): Promise<void> {
    this.#cancelTimer?.();
    await this.flush();
  }

  #lift(entry: Entry): ReadEntry {
    const lifted = this.upcasters.lift(entry);
    if (lifted.newer === true) this.#newer++;
    return lifted;
  }

  #flushSoon(): void {
    this.flush().catch((error: unknown) => this.#options.onFault?.(error));
  }

  #stamp(entry: NewEntry): Stamped {
    const checked = newEntrySchema.parse(entry);
    return { ...checked, data: maskSecrets(checked.data), node: this.node, utcMs: this.#clock.utcMs(), monoMs: this.#clock.monoMs() };
  }

  #takeWaiting(): Stamped[] {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  #number(entries: readonly Stamped[]): readonly Appended<Entry>[] {
    this.#appended += entries.length;
    return entries.map((stamped) => ({
      series: [stamped.hospital, stamped.subject.kind, stamped.subject.id],
      write: (nodeSeq, subjectSeq) => {
        const entry = { ...stamped, nodeSeq, subjectSeq };
        queueMicrotask(() => this.#tell(entry));
        return entry;
      },
    }));
  }

  #tell(entry: Entry): void {
    for (const listener of this.#listeners) {
      try {
        listener(entry);
      } catch (error) {
        // One listener's fault is not the next one's, nor the writer's.
        this.#options.onFault?.(error);
      }
    }
  }
}
