export type JobErrorCode =
  /** A run's lease was taken over by another run: it was slower than its lease. */
  | "JOB_LOST"
  /** Its plugin was closed while it ran. */
  | "JOB_CLOSED";

export class JobError extends Error {
  override readonly name = "JobError";
  constructor(
    readonly code: JobErrorCode,
    job: string,
    message: string,
  ) {
    super(`job ${job}: ${message}`);
  }
}
