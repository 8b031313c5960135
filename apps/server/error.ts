export type ServerErrorCode =
  /** A SIP or HTTP address can't be bound: taken, or none of this machine. */
  | "SERVER_ADDRESS"
  /** The RTP sockets that `media.net` asks for can't be had. */
  | "SERVER_MEDIA_NET"
  /** A plugin's module can't be loaded, or is none. */
  | "SERVER_PLUGIN"
  /** A plugin's section of the settings is refused by the plugin. */
  | "SERVER_PLUGIN_CONFIG"
  /** A plugin takes calls to a number that the settings don't give to the hospital. */
  | "SERVER_NUMBER"
  /** The seed file can't be read, or has a section of a plugin that is not there. */
  | "SERVER_SEED"
  /** The data folder can't be used. */
  | "SERVER_DATA"
  /** The API's token is too short for an address that others reach. */
  | "SERVER_TOKEN";

/** What keeps the server from starting: one line that names the setting. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  constructor(
    readonly code: ServerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message.replace(/\s+/g, " "), options);
  }
}
