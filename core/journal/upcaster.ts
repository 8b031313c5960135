// Entries are for ever, their shapes are not: an older `v` is lifted to today's where it is read, one version at a step.
import type { Entry, ReadEntry } from "./entry.js";

/** Turns the data of `type` from version `from` into that of `from + 1`. */
export interface Upcaster {
  readonly type: string;
  readonly from: number;
  /** Pure: the entry may be lifted again at each reading. What the old shape did not know is null in the new one. */
  lift(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

export type UpcasterErrorCode =
  /** Two steps from one version, a gap between versions, or no version at all. */
  "JOURNAL_UPCASTERS";

export class UpcasterError extends Error {
  override readonly name = "UpcasterError";
  constructor(
    readonly code: UpcasterErrorCode,
    message: string,
    readonly context: Readonly<Record<string, string | number>>,
  ) {
    super(message);
  }
}

export class Upcasters {
  readonly #owners = new Map<string, readonly Upcaster[]>();
  /** By type; place n lifts from version n + 1. */
  #steps = new Map<string, readonly Upcaster[]>();

  /** Puts `upcasters` in the place of what `owner` gave before. Throws UpcasterError where the steps of a type do not lead from version 1 without gap or fork. */
  set(owner: string, upcasters: readonly Upcaster[]): void {
    const owners = new Map(this.#owners).set(owner, upcasters);
    this.#steps = stepsOf([...owners.values()].flat());
    this.#owners.set(owner, upcasters);
  }

  /** Today's version of the type's data. */
  versionOf(type: string): number {
    return (this.#steps.get(type)?.length ?? 0) + 1;
  }

  /** The entry in today's shape. One that is newer than this server (it was written by a later release) is left as it is, and marked. */
  lift(entry: Entry): ReadEntry {
    const steps = this.#steps.get(entry.type) ?? [];
    if (entry.v > steps.length + 1) return { ...entry, newer: true };
    if (entry.v === steps.length + 1) return entry;
    let { data } = entry;
    for (let v = entry.v; v <= steps.length; v++) data = { ...steps[v - 1]!.lift(data) };
    return { ...entry, v: steps.length + 1, data };
  }
}

function stepsOf(upcasters: readonly Upcaster[]): Map<string, readonly Upcaster[]> {
  const all = new Map<string, Upcaster[]>();
  for (const upcaster of [...upcasters].sort((a, b) => a.from - b.from)) {
    const { type, from } = upcaster;
    const steps = all.get(type) ?? [];
    if (from !== steps.length + 1) throw new UpcasterError("JOURNAL_UPCASTERS", `the steps of ${type} lead from version 1 without gap or fork; version ${from} came where ${steps.length + 1} was due`, { type, from });
    all.set(type, [...steps, upcaster]);
  }
  return all;
}
