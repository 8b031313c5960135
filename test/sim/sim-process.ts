// The shipped server as one process of a simulated machine: dies at a boundary, and is started again on what was synced.
import { createHash } from "node:crypto";
import type { Config } from "../../core/config/schema.js";
import { SimCrypto } from "../../core/crypto/sim-crypto.js";
import type { PromptLibrary } from "../../core/prompts/prompt-library.js";
import type { AnyPlugin } from "../../core/sdk/index.js";
import type { MemoryImage } from "../../core/store/memory/memory-backend.js";
import { MemoryStore } from "../../core/store/memory/memory-store.js";
import type { MediaPort } from "../../media/engine/command.js";
import { MediaEngine, type MediaEngineOptions } from "../../media/engine/media-engine.js";
import { MemoryRecordingStore } from "../../media/recorder/memory-recording-store.js";
import { MediaPool } from "../../media/worker/media-pool.js";
import { InlineHosts } from "../../media/worker/testing/inline-host.js";
import type { Clock } from "../../protocol/base/clock.js";
import type { SimRandom } from "../../protocol/base/sim-random.js";
import { createServer } from "../../apps/server/server.js";
import type { Server } from "../../apps/server/ports.js";
import type { ServerState } from "../../core/suspension/server-state.js";
import type { SimNetwork } from "../harness/sim-network.js";
import { Boundaries, type KillPoint } from "./boundaries.js";
import { ProcessClock, ProcessNetwork } from "./process-ports.js";

export interface WorkerOptions {
  readonly count: number;
  /** As whose sockets theirs behave. */
  readonly way: "libc" | "dgram";
}

export interface ProcessOptions {
  readonly clock: Clock;
  readonly random: SimRandom;
  readonly network: SimNetwork;
  readonly config: Config;
  readonly plugins: readonly AnyPlugin[];
  readonly seed: Readonly<Record<string, unknown>>;
  readonly prompts: PromptLibrary;
  readonly killPoint: KillPoint | undefined;
  /** Of transactions that are overtaken although nobody did, 0-1. */
  readonly abortShare: number;
  readonly image: MemoryImage | undefined;
  /** Media workers, where there is more than one engine. */
  readonly workers?: WorkerOptions | undefined;
  readonly onKilled: () => void;
}

class Killed extends Error {
  override readonly name = "Killed";
}

const PEPPER = new Uint8Array(32).fill(7);
/** A disk's time for a commit. */
const SYNC_MS = 3;

export class SimProcess {
  readonly boundaries: Boundaries;
  readonly clock: ProcessClock;
  readonly network: ProcessNetwork;
  readonly store: MemoryStore;
  readonly media: MediaPort;
  /** The engines of its workers that run or ran last; one where it has no workers. */
  readonly engines: () => readonly MediaEngine[];
  /** Its workers, to be killed, and the pool of them. */
  readonly workers: { readonly hosts: InlineHosts; readonly pool: MediaPool } | undefined;
  /** What was logged as an error, and what a handler threw. */
  readonly faults: string[] = [];
  server: Server | undefined;
  killed = false;
  readonly #options: ProcessOptions;

  constructor(options: ProcessOptions) {
    this.#options = options;
    const { clock, random, network, config, image, abortShare } = options;
    this.boundaries = new Boundaries(options.killPoint, () => this.#die());
    this.clock = new ProcessClock(clock, this.boundaries);
    this.network = new ProcessNetwork(network, this.boundaries);
    this.store = new MemoryStore({
      ...(image === undefined ? {} : { image }),
      onBoundary: (boundary) => {
        if (!this.boundaries.cross(`store.${boundary}`)) throw new Killed();
      },
      scheduleSync: (sync) => void clock.after(SYNC_MS, sync),
      aborts: { random, share: abortShare },
    });
    const engine: MediaEngineOptions = {
      clock: this.clock,
      random,
      net: this.network,
      recordings: new MemoryRecordingStore(),
      createSha256: () => {
        const hash = createHash("sha256");
        return { update: (bytes) => void hash.update(bytes), hexDigest: () => hash.digest("hex") };
      },
      address: config.rtp.address,
      portMin: config.rtp.portMin,
      portMax: config.rtp.portMax,
      onFault: (error) => this.#fault("media", error),
    };
    if (options.workers === undefined) {
      const media = new MediaEngine(engine);
      [this.media, this.engines, this.workers] = [media, () => [media], undefined];
    } else {
      const { count: workers, way } = options.workers;
      const hosts = new InlineHosts({ ...engine, workers, way });
      const pool = new MediaPool({ clock: this.clock, workers, placement: "apart", ports: config.rtp, start: hosts.start, discard: hosts.discard });
      [this.media, this.engines, this.workers] = [pool, () => hosts.hosts.map((host) => host.engine), { hosts, pool }];
    }
  }

  /** Resolves when it takes calls; never, where it dies before. */
  async start(): Promise<void> {
    const { random, config, plugins, seed, prompts } = this.#options;
    this.server = await createServer({
      config,
      plugins,
      seed,
      apiToken: "t".repeat(32),
      version: "0.0.0",
      pepper: PEPPER,
      ports: {
        clock: this.clock,
        random,
        crypto: new SimCrypto(),
        store: this.store,
        transports: this.network,
        media: this.media,
        recordings: new MemoryRecordingStore(),
        prompts,
        log: { info: () => undefined, warn: () => undefined, error: (fields, message) => this.#fault(message, fields["err"] ?? fields["error"] ?? fields) },
      },
    });
  }

  /** A planned restart: writes down what goes on and is gone. Never resolves where it dies before that is done. */
  async suspend(): Promise<ServerState> {
    const state = await this.server!.suspend();
    if (!this.boundaries.alive) return new Promise(() => undefined);
    this.boundaries.end();
    this.clock.die();
    this.network.die();
    return state;
  }

  #die(): void {
    this.killed = true;
    this.clock.die();
    this.network.die();
    this.#options.onKilled();
  }

  #fault(what: string, error: unknown): void {
    if (this.boundaries.alive) this.faults.push(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)}`);
  }
}
