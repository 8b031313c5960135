export type PluginErrorCode =
  /** Two plugins of one name, or one written for another SDK. */
  | "PLUGIN_DUPLICATE"
  | "PLUGIN_SDK"
  /** A plugin that is needed is not installed. */
  | "PLUGIN_REQUIRES"
  /** Plugins need each other in a circle. */
  | "PLUGIN_CYCLE"
  | "PLUGIN_CONFIG"
  /** `setup` or a seed failed. */
  | "PLUGIN_SETUP"
  | "PLUGIN_SEED"
  /** A service that nobody published, or whose publisher is not declared as needed. */
  | "PLUGIN_SERVICE_MISSING"
  /** What only one may register (a service, a number, a queue, the operator) is registered twice. */
  | "PLUGIN_TAKEN"
  /** A name outside of the plugin's own: of a service or a journal entry. */
  | "PLUGIN_NAME"
  /** Something is registered after the plugin was closed. */
  | "PLUGIN_CLOSED"
  /** More of something than the server keeps for one plugin. */
  | "PLUGIN_LIMIT"
  /** A reload of what does not run, or while another reload goes on. */
  | "PLUGIN_UNKNOWN"
  /** Another plugin can't do without the one that is to be taken away. */
  | "PLUGIN_NEEDED"
  | "PLUGIN_BUSY";

/** For the operator or the plugin's author; `plugin` is whose fault it is. */
export class PluginError extends Error {
  override readonly name = "PluginError";
  constructor(
    readonly code: PluginErrorCode,
    readonly plugin: string,
    message: string,
  ) {
    super(`plugin ${plugin}: ${message}`);
  }

  because(cause: unknown): this {
    this.cause = cause;
    return this;
  }
}
