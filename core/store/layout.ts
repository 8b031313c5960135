// Where rows, index entries and counters stand among the keys.
//
// row      r <collection> <hospital> <key>                        -> row
// index    i <collection> <hospital> <index> <index key> <key>    -> the row's encoded key
// log row  l <log> <sequence>                                     -> row
// index    j <log> <index> <index key> <sequence>                 -> the row's encoded key
// counter  n <log> [<series>]                                     -> last number given
// catalogue x <collection>                                        -> which indexes its rows stand in
import { StoreError } from "./fault.js";
import { behind, encodeKey, type EncodedKey } from "./key.js";
import type { SpanQuery } from "./backend.js";
import type { IndexDefinition, Key, RangeQuery } from "./store.js";

const ROWS_DEFAULT = 100;
const ROWS_MAX = 1000;

type Indexes<T> = { readonly [name: string]: IndexDefinition<T> };

export const rowKey = (collection: string, hospital: string, key: Key): EncodedKey => encodeKey(key, encodeKey(["r", collection, hospital]));
export const logKey = (log: string, sequence: number): EncodedKey => encodeKey(["l", log, sequence]);
export const counterKey = (log: string, series: Key): EncodedKey => encodeKey(series, encodeKey(["n", log]));

/** The entries of all indexes for one row. */
export function indexKeys<T>(place: { readonly base: EncodedKey; readonly indexes: Indexes<T> }, value: T, primary: Key): readonly EncodedKey[] {
  const keys: EncodedKey[] = [];
  for (const [name, index] of Object.entries(place.indexes)) {
    const base = encodeKey([name], place.base);
    for (const key of index.keys(value)) keys.push(encodeKey(primary, encodeKey(key, base)));
  }
  return keys;
}

export const collectionIndexBase = (collection: string, hospital: string): EncodedKey => encodeKey(["i", collection, hospital]);
export const logIndexBase = (log: string): EncodedKey => encodeKey(["j", log]);

/** Of the row with this key: its hospital, encoded, is the part behind the collection; a part that is text ends with a zero, and has none within. */
export function indexBaseOfRow(collection: string, key: EncodedKey): EncodedKey {
  const begin = encodeKey(["r", collection]).length;
  return encodeKey(["i", collection]) + key.slice(begin, key.indexOf("\0", begin) + 1);
}

/** Throws StoreError "STORE_QUERY" where the definition has no such index. */
export function indexBase(definition: { readonly name: string; readonly indexes: Indexes<never> }, base: EncodedKey, index: string): EncodedKey {
  if (!Object.hasOwn(definition.indexes, index)) throw new StoreError("STORE_QUERY", `${definition.name} has no index ${index}`);
  return encodeKey([index], base);
}

/** The keys behind `base` that a query asks for. */
export function spanOf(base: EncodedKey, query: RangeQuery): SpanQuery {
  const prefix = encodeKey(query.prefix ?? [], base);
  const reverse = query.reverse ?? false;
  let from = prefix;
  let to = behind(prefix);
  if (query.after !== undefined) {
    const after = encodeKey(query.after, base);
    if (reverse) to = after < to ? after : to;
    else from = behind(after) > from ? behind(after) : from;
  }
  return { from, to, reverse, limit: checkLimit(query.limit) };
}

export function checkLimit(limit: number = ROWS_DEFAULT): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > ROWS_MAX) throw new StoreError("STORE_QUERY", "limit is 1-1000", { limit });
  return limit;
}
