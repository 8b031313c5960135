// Which indexes the rows of a collection stand in. A release that adds one, or reads its rows another way, finds rows that
// are not in it: the catalogue says so, and they are written into it before anybody looks there.
import type { Source } from "./backend.js";
import { encodeKey, type EncodedKey } from "./key.js";
import type { CollectionDefinition } from "./store.js";

/** Whatever its rows are. */
export type AnyCollection = Pick<CollectionDefinition<never>, "name" | "version" | "indexes">;

const signatures = new WeakMap<object, string>();
/** In front of the signature of indexes that are being filled. */
const FILLING = "~";

export const catalogueKey = (collection: string): EncodedKey => encodeKey(["x", collection]);

/** The version counts too: an older row's value may have been lifted, and its place in an index with it. */
export function signatureOf(collection: AnyCollection): string {
  let signature = signatures.get(collection);
  if (signature === undefined) {
    signature = `${collection.version}:${Object.keys(collection.indexes).sort().join(",")}`;
    signatures.set(collection, signature);
  }
  return signature;
}

export const fillingText = (collection: AnyCollection): string => FILLING + signatureOf(collection);

/** Whether every row stands in all indexes of `collection`. */
export const isIndexed = (source: Source, collection: AnyCollection): boolean => source.get(catalogueKey(collection.name)) === signatureOf(collection);

/** Whether a row that is written with the indexes of `collection` alone belies the catalogue. */
export function isBelied(source: Source, collection: AnyCollection): boolean {
  const told = source.get(catalogueKey(collection.name));
  return told !== undefined && told !== signatureOf(collection) && told !== fillingText(collection);
}
