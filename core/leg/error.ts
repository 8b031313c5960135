export type LegErrorCode =
  /** The leg was over before, or while, what was asked for could happen. */
  | "LEG_ENDED"
  /** The two sides share no codec, or the far side's SDP can't be read. */
  | "LEG_NO_CODEC"
  /** Sound was asked for before the leg was answered. A fault of the program. */
  | "LEG_NOT_ANSWERED";

export class LegError extends Error {
  override readonly name = "LegError";
  constructor(
    readonly code: LegErrorCode,
    message: string,
    readonly context: Readonly<Record<string, string | number>>,
  ) {
    super(message);
  }
}
