export type StoreErrorCode =
  /** The schema refuses the value; `path` says where. */
  | "STORE_INVALID"
  /** Other commits came between too many times. */
  | "STORE_CONFLICT"
  /** A key that can't be ordered, or too long. */
  | "STORE_KEY"
  /** A limit out of 1-1000, or an index that is not declared. */
  | "STORE_QUERY"
  /** A transaction was used after its body had ended. */
  | "STORE_TRANSACTION_OVER"
  /** A row was written by a newer version of the program. */
  | "STORE_NEWER"
  /** A row of an older version that nothing can lift, or that is no row at all. */
  | "STORE_UNREADABLE"
  /** Another process has the directory open. */
  | "STORE_LOCKED"
  /** The disk refused; the store takes no more commits until it is opened again. */
  | "STORE_IO"
  | "STORE_CLOSED";

/** Its message and context never hold a value of a row. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    readonly context: Readonly<Record<string, string | number>> = {},
  ) {
    super(`${message}${describe(context)}`);
  }

  causedBy(cause: unknown): this {
    this.cause = cause;
    return this;
  }
}

function describe(context: Readonly<Record<string, string | number>>): string {
  const parts = Object.entries(context).map(([name, value]) => `${name} ${value}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}
