export type RoutingErrorCode =
  /** The number leads somewhere already: another plugin's handler or a phone. */
  "ROUTING_NUMBER_TAKEN";

export class RoutingError extends Error {
  override readonly name = "RoutingError";
  constructor(
    readonly code: RoutingErrorCode,
    message: string,
    readonly context: Readonly<Record<string, string | number>>,
  ) {
    super(message);
  }
}
