export type ConfigErrorCode =
  /** The file can't be read. */
  | "CONFIG_READ"
  /** It is no YAML. */
  | "CONFIG_YAML"
  /** A setting is missing, unknown or has a value that is not accepted. */
  | "CONFIG_INVALID"
  /** A value refers to an environment variable that is not set. */
  | "CONFIG_ENVIRONMENT"
  /** A default or empty secret, while something is bound to more than this machine. */
  | "CONFIG_UNSAFE";

/** One line for an operator: file, path of the setting, what was given, what is accepted. Never contains a secret. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(
    readonly code: ConfigErrorCode,
    message: string,
  ) {
    super(message.replace(/\s+/g, " "));
  }
}
