// What a store's engine has to offer: ordered byte keys, texts as values, atomic batches.
import type { EncodedKey } from "./key.js";

/** Keys from `from` (inclusive) to `to` (exclusive). */
export interface Span {
  readonly from: EncodedKey;
  readonly to: EncodedKey;
}

export interface SpanQuery extends Span {
  readonly reverse: boolean;
  readonly limit: number;
}

export type Pair = readonly [key: EncodedKey, text: string];

export interface Source {
  get(key: EncodedKey): string | undefined;
  /** In the order of the keys, or backwards. */
  range(query: SpanQuery): readonly Pair[];
}

/** undefined removes the key. */
export type Writes = ReadonlyMap<EncodedKey, string | undefined>;

export interface Commit {
  /** Survives the end of the process. */
  readonly visible: Promise<void>;
  /** Survives the end of the machine's power. */
  readonly durable: Promise<void>;
}

export interface Backend extends Source {
  /** Applies all or nothing, in the order of the calls; reads see it from here on. Throws StoreError "STORE_IO" or "STORE_CLOSED". */
  commit(writes: Writes): Commit;
  /** Resolves when all that was committed is durable and nothing is held open. */
  close(): Promise<void>;
}
