export type CallErrorCode =
  /** `enqueue` names a queue that no plugin provides. */
  | "CALL_QUEUE_UNKNOWN"
  /** `answer`, `play` or a question on a call that was rejected, or a rejection of one that was answered. */
  | "CALL_STATE"
  /** `note` with a type that belongs to the core. */
  | "CALL_ENTRY";

/** A plugin's mistake in handling a call. The caller is led to the operators. */
export class CallError extends Error {
  override readonly name = "CallError";
  constructor(
    readonly code: CallErrorCode,
    message: string,
    readonly context: Readonly<Record<string, string | number>> = {},
  ) {
    super(message);
  }
}
