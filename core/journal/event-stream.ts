// The journal as it grows, told to one client: from its cursor on without a hole, then live. What the client does not take
// waits in the store and nowhere else, so a slow one costs no memory.
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { Entry, ReadEntry, Subject } from "./entry.js";
import { writeEventCursor, type EventCursor } from "./event-cursor.js";
import type { Journal } from "./journal.js";

/** Where the events go. */
export interface EventSink {
  /** Bytes given to it that the system has not taken yet. */
  readonly heldBytes: number;
  send(message: EventMessage): void;
  /** The store failed: nothing follows. */
  fail(error: unknown): void;
}

/** `cursor` is the one to come back with. */
export type EventMessage = { readonly cursor: string } & (
  | { readonly kind: "entry"; readonly entry: ReadEntry }
  /** All there was has been told; what follows happens now. Again after each gap. */
  | { readonly kind: "live" }
  /**
   * Entries `from` to `to` of this node are not told: `slow`, the client fell behind (they can be read as a list);
   * `unknown`, its cursor is of another node or lies ahead of this journal, as after a restore: from there on we begin live.
   */
  | { readonly kind: "gap"; readonly why: "slow" | "unknown"; readonly from: number; readonly to: number }
  /** Nothing for it happened in a while; the cursor goes on all the same. */
  | { readonly kind: "beat" }
);

export interface EventFilter {
  /** Whole types, or their beginning with `.*`: `call.ended`, `billing.*`; all unless told. */
  readonly types?: readonly string[];
  readonly subject?: Subject;
}

export interface EventStreamOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly sink: EventSink;
  readonly filter?: EventFilter;
  /** Told from behind it; from now on where absent. */
  readonly cursor?: EventCursor | undefined;
  /** A client that was live and is so many entries behind is told a gap instead of them; 10 000 unless told. */
  readonly lagMax?: number;
}

const PAGE = 200;
const LAG_MAX = 10_000;
/** No more is given to a sink that holds this much. */
const HELD_BYTES_MAX = 256 * 1024;
const HELD_POLL_MS = 50;
const BEAT_MS = 15_000;

export class EventStream {
  readonly #options: EventStreamOptions;
  #cancels: Cancel[] = [];
  #cancelWait: Cancel | undefined;
  #at = 0;
  #live = false;
  #running = false;
  #again = false;
  #closed = false;
  #spokeMs: number;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#spokeMs = options.clock.monoMs();
  }

  /** Resolves when all up to now has been offered to the sink. */
  async start(): Promise<void> {
    const { journal, cursor } = this.#options;
    await this.#guarded(async () => {
      const head = await journal.head();
      this.#at = head;
      if (cursor === undefined) return;
      if (cursor.node === journal.node && cursor.nodeSeq <= head) this.#at = cursor.nodeSeq;
      else this.#send({ kind: "gap", why: "unknown", from: 1, to: head });
    });
    if (this.#closed) return;
    // Not before we know where to begin; what came meanwhile is in the store.
    this.#cancels.push(journal.listen(() => void this.#pump()));
    this.#beat();
    await this.#pump();
  }

  close(): void {
    this.#closed = true;
    this.#cancelWait?.();
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
  }

  /** One at a time: what happens meanwhile is seen by the round that runs. */
  async #pump(): Promise<void> {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    while (this.#again && !this.#closed) {
      this.#again = false;
      await this.#guarded(() => this.#drain());
    }
    this.#running = false;
  }

  async #drain(): Promise<void> {
    const { journal, sink, lagMax = LAG_MAX } = this.#options;
    while (!this.#closed) {
      while (sink.heldBytes > HELD_BYTES_MAX && !this.#closed) await this.#wait();
      if (this.#live) await this.#skip(lagMax);
      const page = await journal.read({ after: this.#at, limit: PAGE });
      for (const entry of page) this.#tell(entry);
      if (page.length > 0) continue;
      if (!this.#live) this.#send({ kind: "live" });
      this.#live = true;
      return;
    }
  }

  async #skip(lagMax: number): Promise<void> {
    const head = await this.#options.journal.head();
    if (head - this.#at <= lagMax) return;
    const from = this.#at + 1;
    this.#at = head;
    this.#live = false;
    this.#send({ kind: "gap", why: "slow", from, to: head });
  }

  #tell(entry: ReadEntry): void {
    if (this.#closed) return;
    this.#at = entry.nodeSeq;
    if (matchesFilter(entry, this.#options.filter)) this.#send({ kind: "entry", entry });
  }

  #beat(): void {
    const { clock } = this.#options;
    this.#cancels = this.#cancels.slice(0, 1);
    this.#cancels.push(
      clock.after(BEAT_MS, () => {
        if (this.#live && clock.monoMs() - this.#spokeMs >= BEAT_MS) this.#send({ kind: "beat" });
        this.#beat();
      }),
    );
  }

  #send(message: Untold): void {
    if (this.#closed) return;
    this.#spokeMs = this.#options.clock.monoMs();
    this.#options.sink.send({ ...message, cursor: writeEventCursor({ node: this.#options.journal.node, nodeSeq: this.#at }) });
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(HELD_POLL_MS, resolve);
      this.#cancelWait = () => {
        cancel();
        resolve();
      };
    });
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#closed) return;
      this.close();
      this.#options.sink.fail(error);
    }
  }
}

type Without<M> = M extends unknown ? Omit<M, "cursor"> : never;
type Untold = Without<EventMessage>;

export function matchesFilter({ type, subject }: Entry, filter: EventFilter = {}): boolean {
  if (filter.subject !== undefined && (filter.subject.kind !== subject.kind || filter.subject.id !== subject.id)) return false;
  return filter.types === undefined || filter.types.some((wanted) => (wanted.endsWith(".*") ? type.startsWith(wanted.slice(0, -1)) : type === wanted));
}
