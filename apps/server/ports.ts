// What the server is built on. Production hands in the machine (production.ts), a simulation its own worlds.
import type { Clock } from "../../protocol/base/clock.js";
import type { Crypto } from "../../protocol/base/crypto.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { Random } from "../../protocol/base/random.js";
import type { TransportFactory } from "../../protocol/base/transport.js";
import type { CodecName, MediaPort } from "../../media/engine/command.js";
import type { RecordingStore } from "../../media/recorder/recording-store.js";
import type { Config } from "../../core/config/schema.js";
import type { TextReader } from "../../core/tts/reader.js";
import type { PromptLibrary } from "../../core/prompts/prompt-library.js";
import type { HttpServer } from "../../core/http/http-server.js";
import type { Metrics } from "../../core/observe/metrics.js";
import type { AnyPlugin } from "../../core/sdk/plugin.js";
import type { PluginLog } from "../../core/sdk/index.js";
import type { SettingsBook } from "../../core/settings/settings-book.js";
import type { Store } from "../../core/store/store.js";
import type { ServerState } from "../../core/suspension/server-state.js";


export interface ServerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  /** Open; the server closes it last. */
  readonly store: Store;
  readonly transports: TransportFactory;
  /** Where legs live: the engine in a worker thread, or inline. The server takes its only listener and loads the prompts into it. */
  readonly media: MediaPort;
  /** The codecs that it has; those of our own unless told. */
  readonly codecs?: readonly CodecName[];
  /** What the media port writes recordings to. */
  readonly recordings: RecordingStore;
  readonly prompts: PromptLibrary;
  /** Reads what has no recording; absent, it is not heard. */
  readonly texts?: TextReader | undefined;
  readonly log: PluginLog;
  /** What /metrics shows besides the server's own numbers; none unless given. */
  readonly metrics?: Metrics;
}

export interface ServerOptions {
  readonly config: Config;
  readonly ports: ServerPorts;
  /** In the order of `config.plugins`, each with its section there. */
  readonly plugins: readonly AnyPlugin[];
  /** Reads a plugin's module anew; without it a reload sets up what is there already. */
  readonly loadPlugin?: (name: string) => Promise<AnyPlugin>;
  /** What seed.yaml holds, by plugin; fills an empty store once. */
  readonly seed?: Readonly<Record<string, unknown>>;
  /** Bearer token of the API. */
  readonly apiToken: string;
  /** As the OpenAPI document and --version give it. */
  readonly version: string;
  /** Of the SIP ladders that are kept; 32 MiB unless told. */
  readonly traceBytesMax?: number;
  /** Key of secrets, kept outside the store: at least 16 bytes. */
  readonly pepper: Uint8Array;
}

/** What is held now; all zero when nothing goes on. */
export interface ServerLoad {
  readonly calls: number;
  readonly legs: number;
  readonly transactions: number;
  readonly sessions: number;
}

/** A server that takes calls. */
export interface Server {
  readonly sip: Endpoint;
  /** Not listening yet: `http.listen`, or `http.inject` without a socket. Closed by `stop`. */
  readonly http: HttpServer;
  /** What HTTP's doors to the settings change; for a simulation, which has no HTTP. */
  readonly settings: SettingsBook;
  load(): ServerLoad;
  /**
   * Takes no further call (503), waits for the running ones up to `drainMs` (the config's unless told), ends what is
   * left with BYE, writes the journal and closes the store. Resolves when all is closed; a second call with 0 hurries the first.
   */
  stop(drainMs?: number): Promise<void>;
  /**
   * Writes down all that goes on and is gone without a word to anybody; the store is closed. The next server on the same
   * store and addresses goes on with it. Resolves with what was written.
   */
  suspend(): Promise<ServerState>;
}
