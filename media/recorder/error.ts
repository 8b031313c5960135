/**
 * `RECORDING_ID`: an id that can't name a file. `RECORDING_OVERRUN`: the disk is slower than the sound, nothing more is kept
 * of this track. `RECORDING_EXISTS`: a track is written once. `RECORDING_WRITE`: the disk refused; the cause says why.
 */
export type RecordingErrorCode = "RECORDING_ID" | "RECORDING_OVERRUN" | "RECORDING_EXISTS" | "RECORDING_WRITE";

export class RecordingError extends Error {
  override readonly name = "RecordingError";

  constructor(
    readonly code: RecordingErrorCode,
    message: string,
    readonly context: Readonly<Record<string, string | number>>,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
