// The settings that change while calls run: what the file says, and over it what was changed since, kept in the store.
// Who uses them holds an immutable snapshot or asks anew, and is told of each difference.
import type { Crypto } from "../../protocol/base/crypto.js";
import type { Config } from "../config/schema.js";
import { referenceFaults } from "../config/references.js";
import type { SecretSeal } from "../crypto/secret-seal.js";
import type { Actor } from "../journal/entry.js";
import type { Journal } from "../journal/journal.js";
import { makePhone } from "../registrar/phone.js";
import type { Store } from "../store/store.js";
import { SettingsError } from "./error.js";
import { ROUTING_NAME, readPhone, readRouting, readTrunk, showPhone, showRouting, showTrunk, type SettingKind, type SettingOf, type SettingsSnapshot, type Shown, type Versioned } from "./setting.js";
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
  readonly check?: (next: SettingsSnapshot) => void;
  /** A kept setting that can't be used, in one sentence: the file's holds. */
  readonly onUnreadable?: (sentence: string) => void;
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

export type SettingsListener = (after: SettingsSnapshot, before: SettingsSnapshot) => void;

const PAGE = 1000;
const COUNT_MAX: { readonly [K in SettingKind]: number } = { phone: 10_000, trunk: 1000, routing: 1 };
const ENTRY_VERSION = 1;

export class SettingsBook {
  readonly #options: SettingsBookOptions;
  readonly #listeners = new Set<SettingsListener>();
  /** Of what was taken away, so that a version is never used twice. */
  readonly #gone = new Map<string, number>();
  #snapshot: SettingsSnapshot;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: SettingsBookOptions) {
    this.#options = options;
    const { phones, trunks, maxCalls, outgoing, emergencyNumbers } = options.config;
    const maker = { crypto: options.crypto, realm: options.realm };
    const fromFile = <T>(entries: readonly (readonly [string, T])[]): Map<string, Versioned<T>> => new Map(entries.map(([name, value]) => [name, { version: 0, origin: "file", value }]));
    this.#snapshot = {
      phone: fromFile(phones.map((phone) => [phone.extension, { ...makePhone(maker, phone), ...(phone.codecs === undefined ? {} : { codecs: phone.codecs }) }])),
      trunk: fromFile(trunks.map((trunk) => [trunk.name, trunk])),
      routing: fromFile([[ROUTING_NAME, { maxCalls, outgoing, emergencyNumbers }]]),
    };
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
    const fault = book.#faultOf(book.#snapshot);
    if (fault !== undefined) onUnreadable?.(`what was changed through the API does not fit the settings' file any more: ${fault}`);
    return book;
  }

  get snapshot(): SettingsSnapshot {
    return this.#snapshot;
  }

  get routing(): SettingOf["routing"] {
    return this.#snapshot.routing.get(ROUTING_NAME)!.value;
  }

  /** Told when a change is durable. */
  onChange(listener: SettingsListener): void {
    this.#listeners.add(listener);
  }

  /**
   * One after the other; resolves when it survives a crash, with what holds then. The same again changes nothing.
   * Rejects with SettingsError.
   */
  change<K extends SettingKind>(change: SettingChange<K>): Promise<Versioned<SettingOf[K]> | undefined> {
    const done = this.#turn.then(() => this.#change(change));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #change<K extends SettingKind>({ kind, name, version, actor, make }: SettingChange<K>): Promise<Versioned<SettingOf[K]> | undefined> {
    const table: ReadonlyMap<string, Versioned<SettingOf[K]>> = this.#snapshot[kind];
    const current = table.get(name);
    const value = make(current?.value);
    if (current !== undefined && value !== undefined && version !== current.version && isEqual(current.value, value)) return current;
    if (current === undefined && value === undefined) throw new SettingsError("SETTINGS_UNKNOWN", `there is no ${kind} ${name}`);
    if (version !== current?.version) throw new SettingsError("SETTINGS_VERSION", current === undefined ? `there is no ${kind} ${name}; accepted: no version, for a new one` : `${kind} ${name} has version ${current.version}; accepted: that version, after a look at what it says`);
    if (current !== undefined && value !== undefined && isEqual(current.value, value)) return current;
    if (current === undefined && table.size >= COUNT_MAX[kind]) throw new SettingsError("SETTINGS_CONFLICT", `there are ${table.size} of kind ${kind} already; accepted: as many at the most`);
    const next = { version: (current?.version ?? this.#gone.get(keyOf(kind, name)) ?? 0) + 1, origin: "api" as const };
    const after = withSetting(this.#snapshot, { kind, name, setting: value === undefined ? undefined : { ...next, value } });
    const fault = this.#faultOf(after);
    if (fault !== undefined) throw new SettingsError("SETTINGS_CONFLICT", fault);
    await this.#keep({ kind, name, version: next.version, before: current?.value, after: value, actor });
    if (value === undefined) this.#gone.set(keyOf(kind, name), next.version);
    const before = this.#snapshot;
    this.#snapshot = after;
    for (const listener of this.#listeners) listener(after, before);
    return value === undefined ? undefined : { ...next, value };
  }

  async #keep<K extends SettingKind>(change: { readonly kind: K; readonly name: string; readonly version: number; readonly before: SettingOf[K] | undefined; readonly after: SettingOf[K] | undefined; readonly actor: Actor }): Promise<void> {
    const { kind, name, version, before, after, actor } = change;
    const { store, journal, config, seal } = this.#options;
    const hospital = config.hospital.id;
    const [shownBefore, shownAfter] = [before, after].map((value) => (value === undefined ? null : show(kind, value)));
    const row: SettingRow = { kind, name, version, value: shownAfter!, ...(after === undefined ? {} : secretsOf(after, seal)) };
    const data = { version, before: shownBefore, after: shownAfter, secretChanged: after !== undefined && secretText(before) !== secretText(after) };
    await store.transact(async (tx) => {
      tx.put(SETTING_ROWS, hospital, row);
      journal.appendIn(tx, { type: "setting.changed", v: ENTRY_VERSION, hospital, subject: { kind: "setting", id: `${kind}/${name}` }, actor, data });
    });
  }

  #take(row: SettingRow): void {
    const { kind, name, version, value } = row;
    if (value === null) this.#gone.set(keyOf(kind, name), version);
    try {
      const setting = value === null ? undefined : { version, origin: "api" as const, value: this.#read(row, value) };
      this.#snapshot = withSetting(this.#snapshot, { kind, name, setting });
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      this.#options.onUnreadable?.(`the ${kind} ${name} as it was changed through the API can't be used: ${error.message}`);
    }
  }

  #read({ kind, ha1, sealed }: SettingRow, value: Shown): SettingOf[SettingKind] {
    switch (kind) {
      case "phone":
        return readPhone(value, ha1 ?? { md5: "", sha256: "" });
      case "trunk": {
        const password = sealed === undefined ? undefined : this.#options.seal.open(sealed);
        if (sealed !== undefined && password === undefined) throw new SettingsError("SETTINGS_INVALID", "its password was sealed with another key");
        return readTrunk(value, password);
      }
      case "routing":
        return readRouting(value);
      default:
        return kind satisfies never;
    }
  }

  /** What speaks against the whole, and what would be accepted. */
  #faultOf(snapshot: SettingsSnapshot): string | undefined {
    const values = <T>(table: ReadonlyMap<string, Versioned<T>>): T[] => [...table.values()].map(({ value }) => value);
    const { outgoing } = snapshot.routing.get(ROUTING_NAME)!.value;
    const [fault] = referenceFaults({ numbers: this.#options.config.hospital.numbers, phones: values(snapshot.phone), trunks: values(snapshot.trunk), outgoing });
    if (fault !== undefined) return `${fault.path.join(".")}: ${fault.message}`;
    try {
      this.#options.check?.(snapshot);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return undefined;
  }
}

const keyOf = (kind: SettingKind, name: string): string => `${kind}/${name}`;

function withSetting(snapshot: SettingsSnapshot, { kind, name, setting }: { readonly kind: SettingKind; readonly name: string; readonly setting: Versioned<SettingOf[SettingKind]> | undefined }): SettingsSnapshot {
  const table = new Map<string, Versioned<SettingOf[SettingKind]>>(snapshot[kind]);
  if (setting === undefined) table.delete(name);
  else table.set(name, setting);
  return { ...snapshot, [kind]: table };
}

export function show<K extends SettingKind>(kind: K, value: SettingOf[K]): Shown {
  const shows: { readonly [S in SettingKind]: (value: SettingOf[S]) => Shown } = { phone: showPhone, trunk: showTrunk, routing: showRouting };
  return shows[kind](value);
}

function secretsOf(value: SettingOf[SettingKind], seal: SecretSeal): Pick<SettingRow, "ha1" | "sealed"> {
  if ("ha1" in value) return { ha1: value.ha1 };
  return "account" in value && value.account !== undefined ? { sealed: seal.seal(value.account.password) } : {};
}

function secretText(value: SettingOf[SettingKind] | undefined): string {
  if (value === undefined) return "";
  return "ha1" in value ? value.ha1.sha256 : "account" in value ? (value.account?.password ?? "") : "";
}

/** Whatever the order of their fields. */
const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
const sorted = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(sorted) : typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, field]) => [key, sorted(field)])) : value;
