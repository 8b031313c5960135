export type BackupErrorCode =
  /** The settings' data folder holds no store. */
  | "BACKUP_SOURCE"
  /** The folder that is to be written holds something already. */
  | "BACKUP_TARGET"
  /** It is no backup, or was not finished, or is not what was written. */
  | "BACKUP_DAMAGED"
  /** The key is missing, or another one than the backed up store was used with. */
  | "BACKUP_KEY"
  /** A disk or a right is in the way. */
  | "BACKUP_IO";

/** One line for the operator; names folders and never what is in them. */
export class BackupError extends Error {
  override readonly name = "BackupError";
  constructor(
    readonly code: BackupErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
