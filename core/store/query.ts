// Reading rows through a source; `reads` remembers what was looked at, present or absent.
import type { Pair, Source, SpanQuery } from "./backend.js";
import { collectionIndexBase, indexBase, logIndexBase, rowKey, spanOf } from "./layout.js";
import { encodeKey, type EncodedKey } from "./key.js";
import type { ReadSet } from "./read-set.js";
import { liftRow, readRow, type RowKind } from "./row.js";
import type { CollectionDefinition, Key, LogDefinition, RangeQuery } from "./store.js";

export interface RowPlace<T> {
  readonly collection: CollectionDefinition<T>;
  readonly hospital: string;
  readonly key: Key;
}

export interface RowsPlace<T, I extends string> {
  readonly collection: CollectionDefinition<T, I>;
  readonly hospital: string;
  readonly query: RangeQuery & { readonly index?: I };
}

export function getRow<T>(source: Source, place: RowPlace<T>, reads?: ReadSet): T | undefined {
  return fetchRow(source, { kind: place.collection, key: rowKey(place.collection.name, place.hospital, place.key) }, reads);
}

export function rangeRows<T, I extends string>(source: Source, place: RowsPlace<T, I>, reads?: ReadSet): readonly T[] {
  const { collection, hospital, query } = place;
  if (query.index === undefined) {
    const pairs = scan(source, spanOf(encodeKey(["r", collection.name, hospital]), query), reads);
    return pairs.map(([, text]) => liftRow(collection, readRow(collection.name, text)));
  }
  const base = indexBase(collection, collectionIndexBase(collection.name, hospital), query.index);
  return indexed(source, { kind: collection, span: spanOf(base, query) }, reads);
}

/** Rows of a log by one of its indexes. */
export function rangeLogRows<T, I extends string>(source: Source, log: LogDefinition<T, I>, query: RangeQuery & { readonly index: I }): readonly T[] {
  return indexed(source, { kind: log, span: spanOf(indexBase(log, logIndexBase(log.name), query.index), query) });
}

function indexed<T>(source: Source, what: { readonly kind: RowKind<T>; readonly span: SpanQuery }, reads?: ReadSet): readonly T[] {
  const rows: T[] = [];
  for (const [, key] of scan(source, what.span, reads)) {
    const row = fetchRow(source, { kind: what.kind, key }, reads);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

function fetchRow<T>(source: Source, what: { readonly kind: RowKind<T>; readonly key: EncodedKey }, reads?: ReadSet): T | undefined {
  reads?.addKey(what.key);
  const text = source.get(what.key);
  return text === undefined ? undefined : liftRow(what.kind, readRow(what.kind.name, text));
}

/** Looks at no more than it returns: where the limit cut the answer, what lies beyond was not seen. */
function scan(source: Source, span: SpanQuery, reads?: ReadSet): readonly Pair[] {
  const pairs = source.range(span);
  const last = pairs[span.limit - 1];
  if (last === undefined) reads?.addSpan(span);
  else if (span.reverse) reads?.addSpan({ from: last[0], to: span.to });
  else reads?.addSpan({ from: span.from, to: `${last[0]}\0` });
  return pairs;
}
