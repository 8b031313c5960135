// The server on this machine: real time, sockets, disk, ciphers.
import type { Environment } from "../../core/config/environment.js";
import { loadOrCreateKey } from "../../core/crypto/key-file.js";
import { NodeCrypto, systemRandom } from "../../core/crypto/node-crypto.js";
import { storeMetrics } from "../../core/observe/core-metrics.js";
import { Metrics } from "../../core/observe/metrics.js";
import type { PluginLog } from "../../core/sdk/index.js";
import { SocketTransports } from "../../core/signaling/net/socket-transports.js";
import { openLmdbStore } from "../../core/store/lmdb/lmdb-store.js";
import type { MediaPool } from "../../media/worker/media-pool.js";
import { SystemClock } from "../../media/worker/system-clock.js";
import { formatEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import { apiToken, type ApiToken } from "./api-token.js";
import { isUnfinished } from "./backup-folder.js";
import { dataFolder } from "./data-folder.js";
import { ServerError } from "./error.js";
import { mediaMetrics, openMedia, perWorkerMetrics } from "./media.js";
import { openTexts } from "./texts.js";
import { loadAllPrompts } from "./prompts.js";
import type { ServerLoad } from "./ports.js";
import { createServer } from "./server.js";
import type { Settings } from "./settings.js";


export interface Production {
  readonly sip: Endpoint;
  readonly http: Endpoint;
  readonly rtp: string;
  readonly apiToken: ApiToken;
  readonly media: MediaPool;
  /** What is held now; all zero when nothing goes on. */
  load(): ServerLoad;
  /** Something threw and nobody caught it: shown in /metrics. */
  countUncaught(): void;
  /** See `Server.stop`; resolves when nothing of the server is left open. */
  stop(drainMs?: number): Promise<void>;
  /** See `Server.suspend`; resolves with how many calls the next process goes on with. */
  suspend(): Promise<number>;
}

/** @throws what keeps it from starting, with everything closed again. */
export async function openProduction(settings: Settings, context: { readonly environment: Environment; readonly version: string; readonly log: PluginLog; readonly traceBytesMax?: number }): Promise<Production> {
  const opened: (() => Promise<void>)[] = [];
  try {
    return await open(settings, context, opened);
  } catch (error) {
    for (const close of opened.reverse()) await close();
    throw error;
  }
}

async function open(settings: Settings, { environment, version, log, traceBytesMax }: Parameters<typeof openProduction>[1], opened: (() => Promise<void>)[]): Promise<Production> {
  const { config, plugins, seed } = settings;
  const data = dataFolder(config.data);
  if (isUnfinished(data.path)) throw new ServerError("SERVER_DATA", `data: a restore into ${data.path} was not finished, or goes on: run it again, or take the folder away`);
  // The store's lock comes first: what else is made in the folder has one maker.
  const store = openLmdbStore(data.store);
  opened.push(() => store.close());
  const pepper = loadOrCreateKey(data.key, systemRandom);
  const token = apiToken(environment["RINGWARD_API_TOKEN"], { dataFolder: data.path, random: systemRandom, http: config.http.listen });
  const prompts = await loadAllPrompts(plugins, settings.promptsFolder);
  for (const prompt of prompts.missing()) log.warn({ prompt }, "a prompt has no recording");
  for (const prompt of prompts.strangers) log.warn({ prompt }, "a recording in the prompts folder replaces none");
  const clock = new SystemClock();
  const media = await openMedia({ config, clock, recordingsFolder: data.recordings, log });
  opened.push(() => media.close());
  const metrics = new Metrics({ process: true });
  metrics.add(storeMetrics(() => store.counters));
  metrics.add(mediaMetrics(media.port));
  metrics.addLabelled(perWorkerMetrics(media.port));
  const faults = { uncaught: 0 };
  metrics.add({ part: "server", counters: { uncaught: "Faults of the program that nobody caught; the server went on." }, read: () => faults });
  const texts = await openTexts(config.tts, { folder: data.texts, key: pepper, utcMs: () => clock.utcMs(), log });
  const ports = { clock, random: systemRandom, crypto: new NodeCrypto(), store, transports: new SocketTransports(clock), media: media.port, codecs: media.codecs, recordings: media.recordings, prompts, texts, log, metrics };
  const server = await createServer({ config, plugins, loadPlugin: settings.loadPlugin, seed, apiToken: token.token, version, pepper, ports, ...(traceBytesMax === undefined ? {} : { traceBytesMax }) });
  opened.push(() => server.stop(0));
  const http = await server.http.listen(config.http.listen);
  return {
    sip: server.sip,
    http,
    rtp: `${config.rtp.address}:${config.rtp.portMin}-${config.rtp.portMax}`,
    apiToken: token,
    media: media.port,
    load: () => server.load(),
    countUncaught: () => void (faults.uncaught += 1),
    stop: async (drainMs) => {
      await server.stop(drainMs);
      await media.close();
    },
    suspend: async () => {
      const { calls } = await server.suspend();
      await media.close();
      return calls.length;
    },
  };
}

/** Begins with `ready`; what follows is for people. */
export const readyLine = ({ sip, http, rtp }: Production): string => `ready SIP udp:${formatEndpoint(sip)} RTP ${rtp} HTTP http://${formatEndpoint(http)}`;
