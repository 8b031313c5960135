// A row as text: `[version, indexKeys, value]` in JSON. The index keys stand with the row, so that what an older
// version of the program put into an index is also taken out of it.
import type { z } from "zod";
import { StoreError } from "./fault.js";
import type { EncodedKey } from "./key.js";

/** What a collection's and a log's definition have in common. */
export interface RowKind<T> {
  readonly name: string;
  readonly version: number;
  readonly schema: z.ZodType<T>;
  readonly upgrade?: (value: unknown, fromVersion: number) => unknown;
}

export interface StoredRow {
  readonly version: number;
  readonly indexKeys: readonly EncodedKey[];
  readonly value: unknown;
}

/** Throws StoreError "STORE_INVALID"; the message names the place, never the value. */
export function checkValue<T>(kind: RowKind<T>, value: unknown): T {
  const checked = kind.schema.safeParse(value);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  const path = issue === undefined || issue.path.length === 0 ? "." : issue.path.map(String).join(".");
  throw new StoreError("STORE_INVALID", `${kind.name} refuses the value`, { path, issue: issue?.code ?? "unknown" });
}

export const writeRow = (row: StoredRow): string => JSON.stringify([row.version, row.indexKeys, row.value]);

/** Throws StoreError "STORE_UNREADABLE" where the text is no row. */
export function readRow(name: string, text: string): StoredRow {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch (cause) {
    throw new StoreError("STORE_UNREADABLE", `a row of ${name} is no JSON`).causedBy(cause);
  }
  if (!Array.isArray(parts) || typeof parts[0] !== "number" || !Array.isArray(parts[1])) throw new StoreError("STORE_UNREADABLE", `a row of ${name} has another form`);
  return { version: parts[0], indexKeys: parts[1] as string[], value: parts[2] as unknown };
}

/** The row's value in today's version. Throws StoreError "STORE_NEWER" or "STORE_UNREADABLE". */
export function liftRow<T>(kind: RowKind<T>, row: StoredRow): T {
  if (row.version === kind.version) return row.value as T;
  const context = { stored: row.version, known: kind.version };
  if (row.version > kind.version) throw new StoreError("STORE_NEWER", `${kind.name} was written by a newer version of Ringward`, context);
  if (kind.upgrade === undefined) throw new StoreError("STORE_UNREADABLE", `${kind.name} has no way up from an older version`, context);
  try {
    return checkValue(kind, kind.upgrade(row.value, row.version));
  } catch (cause) {
    throw new StoreError("STORE_UNREADABLE", `${kind.name} could not be lifted from an older version`, context).causedBy(cause);
  }
}
