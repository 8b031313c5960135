export type TrunkErrorCode =
  /** A source is neither an address nor a range in CIDR notation. */
  | "TRUNK_SOURCE_INVALID"
  /** Two trunks bear one name. */
  | "TRUNK_NAME_TAKEN"
  /** Two trunks claim the same range: which of them a call came over could not be told. */
  | "TRUNK_SOURCE_TAKEN";

export class TrunkError extends Error {
  override readonly name = "TrunkError";
  constructor(
    readonly code: TrunkErrorCode,
    message: string,
    readonly context: Readonly<Record<string, string | number>>,
  ) {
    super(message);
  }
}
