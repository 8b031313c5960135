// The settings that change while calls run: what the file says, and over it what was changed since, kept in the store.
// Who uses them holds an immutable snapshot or asks anew, and is told of each difference.
import type { Crypto } from "../../protocol/base/crypto.js";
import type { Config } from "../config/schema.js";
import { referenceFaults } from "../config/references.js";
import type { SecretSeal } from "../crypto/secret-seal.js";
import type { Actor } from "../journal/entry.js";
import type { Journal } from "../journal/journal.js";
import type { Store } from "../store/store.js";
import { SettingsError } from "./error.js";
import { fileSettings } from "./file-settings.js";
import { ROUTING_NAME, SETTING_KINDS, type SettingKind, type SettingOf, type SettingsSnapshot, type Versioned, valuesOf } from "./setting.js";
import { keptSecrets, readRow, secretText, show } from "./setting-form.js";
import { SETTING_ROWS, type SettingRow } from "./setting-row.js";

export interface SettingsBookOptions {
  readonly config: Config;
  readonly store: Store;
  readonly journal: Pick<Journal, "appendIn">;
  readonly crypto: Crypto;
  readonly seal: SecretSeal;
  /** Of every HA1. */
  readonly realm: string;
  /** More than schemas say, of the whole: throws where it can't be. */
  readonly check?: SettingsCheck;
  /** A kept setting that can't be used, in one sentence: the file's holds. */
  readonly onUnreadable?: (sentence: string) => void;
  /** What a listener threw; the change holds all the same, and the other listeners are told. */
  readonly onListenerFault?: (error: unknown) => void;
}

export interface SettingChange<K extends SettingKind> {
  readonly kind: K;
  readonly name: string;
  /** That it replaces; undefined for one that is not there. */
  readonly version: number | undefined;
  readonly actor: Actor;
  /** What it shall be; undefined to take it away. Throws SettingsError. */
  make(current: SettingOf[K] | undefined): SettingOf[K] | undefined;
}

/** Throws an Error that says what would be accepted. */
export type SettingsCheck = (next: SettingsSnapshot) => void;

export type SettingsListener = (after: SettingsSnapshot, before: SettingsSnapshot) => void;

export interface SettingsCounters {
  readonly changes: number;
  /** What a listener threw. */
  readonly listenerFailures: number;
  /** Changes that wait for those before them. */
  readonly waiting: number;
}

/** An entry of the settings' file that another one holds over since it was changed. */
export interface Overridden {
  readonly kind: SettingKind;
  readonly name: string;
  readonly gone: boolean;
}

const PAGE = 1000;
const COUNT_MAX: { readonly [K in SettingKind]: number } = { phone: 10_000, trunk: 1000, routing: 1, number: 1000, vip: 10_000 };
/** Changes at once; one more is refused. */
const WAITING_MAX = 100;
const ENTRY_VERSION = 1;
/** Where the file says it: what a fault of references names. */
const SECTIONS: Readonly<Record<string, SettingKind>> = { phones: "phone", trunks: "trunk", vips: "vip", "hospital.numbers": "number" };

export class SettingsBook {
  readonly #options: SettingsBookOptions;
  readonly #checks: SettingsCheck[];
  readonly #listeners = new Set<SettingsListener>();
  /** Of what was taken away, so that a version is never used twice. */
  readonly #gone = new Map<string, number>();
  readonly #file: SettingsSnapshot;
  #snapshot: SettingsSnapshot;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #changes = 0;
  #listenerFailures = 0;

  private constructor(options: SettingsBookOptions) {
    this.#options = options;
    this.#checks = options.check === undefined ? [] : [options.check];
    this.#file = fileSettings(options.config, options);
    this.#snapshot = this.#file;
  }

  static async open(options: SettingsBookOptions): Promise<SettingsBook> {
    const book = new SettingsBook(options);
    const { store, config, onUnreadable } = options;
    let after: readonly string[] | undefined;
    for (;;) {
      const rows = await store.range(SETTING_ROWS, config.hospital.id, { limit: PAGE, ...(after === undefined ? {} : { after }) });
      for (const row of rows) book.#take(row);
      if (rows.length < PAGE) break;
      after = [rows.at(-1)!.kind, rows.at(-1)!.name];
    }
    for (const fault of book.#faultsOf(book.#snapshot)) onUnreadable?.(`what was changed through the API does not fit the settings' file any more: ${fault}`);
    return book;
  }

  get snapshot(): SettingsSnapshot {
    return this.#snapshot;
  }

  get routing(): SettingOf["routing"] {
    return this.#snapshot.routing.get(ROUTING_NAME)!.value;
  }

  get counters(): SettingsCounters {
    return { changes: this.#changes, listenerFailures: this.#listenerFailures, waiting: this.#waiting };
  }

  /** What the file says in vain now: an operator who edits it there must know. */
  overridden(): readonly Overridden[] {
    return SETTING_KINDS.flatMap((kind) =>
      [...this.#file[kind]].flatMap(([name, { value }]) => {
        const now = this.#snapshot[kind].get(name);
        return now?.origin === "file" || (now !== undefined && isEqual(now.value, value)) ? [] : [{ kind, name, gone: now === undefined }];
      }),
    );
  }

  /** Told when a change is durable. */
  onChange(listener: SettingsListener): void {
    this.#listeners.add(listener);
  }

  /** From the next change on, besides `check`. */
  alsoCheck(check: SettingsCheck): void {
    this.#checks.push(check);
  }

  /**
   * One after the other; resolves when it survives a crash, with what holds then. The same again changes nothing.
   * Rejects with SettingsError.
   */
  async change<K extends SettingKind>(change: SettingChange<K>): Promise<Versioned<SettingOf[K]> | undefined> {
    if (this.#waiting >= WAITING_MAX) throw new SettingsError("SETTINGS_BUSY", `${this.#waiting} changes wait for the disk already; accepted: the same again in a moment`);
    this.#waiting += 1;
    const done = this.#turn.then(() => this.#change(change)).finally(() => (this.#waiting -= 1));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #change<K extends SettingKind>({ kind, name, version, actor, make }: SettingChange<K>): Promise<Versioned<SettingOf[K]> | undefined> {
    const table: ReadonlyMap<string, Versioned<SettingOf[K]>> = this.#snapshot[kind];
    const current = table.get(name);
    const value = make(current?.value);
    if (current !== undefined && value !== undefined && isEqual(current.value, value)) return current;
    const gone = this.#gone.get(keyOf(kind, name));
    if (current === undefined && value === undefined) {
      // Sent twice: it is as was asked for.
      if (gone !== undefined) return undefined;
      throw new SettingsError("SETTINGS_UNKNOWN", `there is no ${kind} ${name}`);
    }
    if (version !== current?.version) throw new SettingsError("SETTINGS_VERSION", current === undefined ? `there is no ${kind} ${name}; accepted: no version, for a new one` : `${kind} ${name} has version ${current.version}; accepted: that version, after a look at what it says`);
    if (current === undefined && table.size >= COUNT_MAX[kind]) throw new SettingsError("SETTINGS_CONFLICT", `there are ${table.size} of kind ${kind} already; accepted: as many at the most`);
    const next = { version: (current?.version ?? gone ?? 0) + 1, origin: "api" as const };
    const after = withSetting(this.#snapshot, { kind, name, setting: value === undefined ? undefined : { ...next, value } });
    // What an edited file has set against what was changed before is no fault of this change.
    const standing = new Set(this.#faultsOf(this.#snapshot));
    const fault = this.#faultsOf(after).find((one) => !standing.has(one));
    if (fault !== undefined) throw new SettingsError("SETTINGS_CONFLICT", fault);
    await this.#keep({ kind, name, version: next.version, before: current?.value, after: value, actor });
    if (value === undefined) this.#gone.set(keyOf(kind, name), next.version);
    this.#replace(after);
    return value === undefined ? undefined : { ...next, value };
  }

  #replace(after: SettingsSnapshot): void {
    const before = this.#snapshot;
    this.#snapshot = after;
    this.#changes += 1;
    for (const listener of this.#listeners) {
      try {
        listener(after, before);
      } catch (error) {
        this.#listenerFailures += 1;
        this.#options.onListenerFault?.(error);
      }
    }
  }

  async #keep<K extends SettingKind>(change: { readonly kind: K; readonly name: string; readonly version: number; readonly before: SettingOf[K] | undefined; readonly after: SettingOf[K] | undefined; readonly actor: Actor }): Promise<void> {
    const { kind, name, version, before, after, actor } = change;
    const { store, journal, config, seal } = this.#options;
    const hospital = config.hospital.id;
    const [shownBefore, shownAfter] = [before, after].map((value) => (value === undefined ? null : show(kind, value)));
    const row: SettingRow = { kind, name, version, value: shownAfter!, ...(after === undefined ? {} : keptSecrets(after, seal)) };
    const data = { version, before: shownBefore, after: shownAfter, secretChanged: after !== undefined && secretText(before) !== secretText(after) };
    await store.transact(async (tx) => {
      tx.put(SETTING_ROWS, hospital, row);
      journal.appendIn(tx, { type: "setting.changed", v: ENTRY_VERSION, hospital, subject: { kind: "setting", id: keyOf(kind, name) }, actor, data });
    });
  }

  #take(row: SettingRow): void {
    const { kind, name, version, value } = row;
    if (value === null) this.#gone.set(keyOf(kind, name), version);
    try {
      const setting = value === null ? undefined : { version, origin: "api" as const, value: readRow(row, value, this.#options.seal) };
      this.#snapshot = withSetting(this.#snapshot, { kind, name, setting });
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      this.#options.onUnreadable?.(`the ${kind} ${name} as it was changed through the API can't be used: ${error.message}`);
    }
  }

  /** What speaks against the whole, and what would be accepted. */
  #faultsOf(snapshot: SettingsSnapshot): readonly string[] {
    const { outgoing } = snapshot.routing.get(ROUTING_NAME)!.value;
    const { config } = this.#options;
    const faults = referenceFaults({ numbers: valuesOf(snapshot.number), plugins: Object.keys(config.plugins), vips: valuesOf(snapshot.vip), phones: valuesOf(snapshot.phone), trunks: valuesOf(snapshot.trunk), outgoing });
    return [...faults.map(({ path, message }) => `${placeOf(path, snapshot)}: ${message}`), ...this.#checks.flatMap((check) => faultOf(check, snapshot) ?? [])];
  }
}

function faultOf(check: SettingsCheck, snapshot: SettingsSnapshot): string | undefined {
  try {
    check(snapshot);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const keyOf = (kind: SettingKind, name: string): string => `${kind}/${name}`;

/** By name: nobody knows the how-manieth phone one is. */
function placeOf(path: readonly (string | number)[], snapshot: SettingsSnapshot): string {
  const at = path.findIndex((part) => typeof part === "number");
  const kind = at < 0 ? undefined : SECTIONS[path.slice(0, at).join(".")];
  if (kind === undefined) return path.join(".");
  const name = [...snapshot[kind].keys()][path[at] as number]!;
  return [`${path[at - 1]}/${name}`, ...path.slice(at + 1)].join(".");
}

function withSetting(snapshot: SettingsSnapshot, { kind, name, setting }: { readonly kind: SettingKind; readonly name: string; readonly setting: Versioned<SettingOf[SettingKind]> | undefined }): SettingsSnapshot {
  const table = new Map<string, Versioned<SettingOf[SettingKind]>>(snapshot[kind]);
  if (setting === undefined) table.delete(name);
  else table.set(name, setting);
  return { ...snapshot, [kind]: table };
}

/** Whatever the order of their fields. */
const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
const sorted = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(sorted) : typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, field]) => [key, sorted(field)])) : value;
