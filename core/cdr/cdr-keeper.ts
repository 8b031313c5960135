// Writes each call's record when its journal ends. It follows the journal by a cursor that is kept in the same
// transaction as the records, so that after a kill nothing is missed and nothing is done twice.
import { z } from "zod";
import type { Cancel } from "../../protocol/base/clock.js";
import type { Entry } from "../journal/entry.js";
import type { Journal } from "../journal/journal.js";
import type { CollectionDefinition, Store } from "../store/store.js";
import { cdrs, CRASH_CAUSE, type Cdr } from "./cdr.js";
import { deriveCdr, lastOffsetMs } from "./derivation.js";

interface OpenCall {
  readonly hospital: string;
  readonly call: string;
}
const openCalls: CollectionDefinition<OpenCall> = {
  name: "core-cdr-open",
  version: 1,
  schema: z.object({ hospital: z.string(), call: z.string() }),
  key: (open) => [open.hospital, open.call],
  indexes: {},
};
const cursors: CollectionDefinition<{ readonly nodeSeq: number }> = { name: "core-cdr-cursor", version: 1, schema: z.object({ nodeSeq: z.number() }), key: () => ["self"], indexes: {} };
/** Rows that belong to the node, not to a hospital. */
const NODE = "";

const PAGE = 500;
const CALLS_MAX = 1000;
/** Entries that begin, end or complete a record. */
const WAKING = new Set(["call.started", "call.ended", "call.recording-closed"]);

export interface CdrKeeperOptions {
  readonly store: Store;
  readonly journal: Journal;
  /** The store refused: told, and tried again with the next entry. */
  readonly onFault: (error: unknown) => void;
}

export class CdrKeeper {
  readonly #options: CdrKeeperOptions;
  #running: Promise<void> | undefined;
  #wanted = false;
  #stopListening: Cancel = () => undefined;

  constructor(options: CdrKeeperOptions) {
    this.#options = options;
  }

  /** Before the first call is taken: closes the calls that a killed server left open, once, and goes on from there. `alive`: those that go on. */
  async start(alive: ReadonlySet<string> = new Set()): Promise<void> {
    await this.#follow();
    await this.#closeLeftOpen(alive);
    await this.#follow();
    this.#stopListening = this.#options.journal.listen((entry) => {
      if (WAKING.has(entry.type)) this.#wake();
    });
  }

  /** Resolves when every call that has ended has its record. */
  async settle(): Promise<void> {
    await this.#options.journal.flush();
    this.#wake();
    await this.#running;
  }

  async close(): Promise<void> {
    this.#stopListening();
    await this.settle();
  }

  #wake(): void {
    this.#wanted = true;
    this.#running ??= this.#followWhileWanted();
  }

  async #followWhileWanted(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      await this.#follow().catch((error: unknown) => this.#options.onFault(error));
    }
    // Not in a `finally` behind it: between the two a wake would be lost.
    this.#running = undefined;
  }

  async #follow(): Promise<void> {
    for (;;) {
      const after = (await this.#options.store.get(cursors, NODE, ["self"]))?.nodeSeq ?? 0;
      const page = await this.#options.journal.read({ after, limit: PAGE });
      const last = page.at(-1);
      if (last === undefined) return;
      await this.#keep(page, { after, nodeSeq: last.nodeSeq });
    }
  }

  async #keep(page: readonly Entry[], cursor: { readonly after: number; readonly nodeSeq: number }): Promise<void> {
    const started = page.filter((entry) => entry.type === "call.started");
    const records = await this.#derive(page);
    await this.#options.store.transact(async (tx) => {
      if (((await tx.get(cursors, NODE, ["self"]))?.nodeSeq ?? 0) !== cursor.after) return;
      for (const { hospital, subject } of started) tx.put(openCalls, NODE, { hospital, call: subject.id });
      for (const { hospital, record } of records) {
        tx.put(cdrs, hospital, record);
        tx.delete(openCalls, NODE, [hospital, record.id]);
      }
      tx.put(cursors, NODE, { nodeSeq: cursor.nodeSeq });
    });
  }

  /** Of the calls that this page ends or completes. */
  async #derive(page: readonly Entry[]): Promise<readonly { readonly hospital: string; readonly record: Cdr }[]> {
    const touched = new Map<string, Entry>();
    for (const entry of page) if (entry.type === "call.ended" || entry.type === "call.recording-closed") touched.set(`${entry.hospital}\0${entry.subject.id}`, entry);
    const records = [];
    for (const { hospital, subject } of touched.values()) {
      const record = deriveCdr(await this.#options.journal.ofSubject(hospital, subject));
      if (record !== undefined) records.push({ hospital, record });
    }
    return records;
  }

  async #closeLeftOpen(alive: ReadonlySet<string>): Promise<void> {
    const { store, journal } = this.#options;
    for (let after: readonly string[] | undefined; ; ) {
      const left = await store.range(openCalls, NODE, { limit: CALLS_MAX, ...(after === undefined ? {} : { after }) });
      const last = left.at(-1);
      if (last === undefined) return;
      after = [last.hospital, last.call];
      for (const { hospital, call } of left) {
        if (alive.has(call)) continue;
        const subject = { kind: "call", id: call };
        const offsetMs = lastOffsetMs(await journal.ofSubject(hospital, subject));
        await store.transact(async (tx) => {
          if ((await tx.get(openCalls, NODE, [hospital, call])) === undefined) return;
          tx.delete(openCalls, NODE, [hospital, call]);
          journal.appendIn(tx, { type: "call.ended", v: journal.versionOf("call.ended"), hospital, subject, actor: { kind: "system" }, data: { offsetMs, by: "failure", cause: CRASH_CAUSE } });
        });
      }
    }
  }
}
