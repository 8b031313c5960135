export type SettingsErrorCode =
  /** None of this name. */
  | "SETTINGS_UNKNOWN"
  /** Somebody changed it meanwhile, or it is there already and no version was named. */
  | "SETTINGS_VERSION"
  /** It contradicts another setting, or one refers to it. */
  | "SETTINGS_CONFLICT"
  /** A field is not accepted. */
  | "SETTINGS_INVALID"
  /** Too many changes wait already. */
  | "SETTINGS_BUSY";

/** A change of a setting that is refused; nothing was changed. The message says where, and what would be accepted; no secret. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  constructor(
    readonly code: SettingsErrorCode,
    message: string,
  ) {
    super(message);
  }
}
