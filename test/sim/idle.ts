// The simulated hospital without a caller.
import { SimClock } from "../../protocol/base/sim-clock.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { SimNetwork } from "../harness/sim-network.js";
import { config, loadPrompts, plugins, seedData } from "./hospital.js";
import { SimProcess } from "./sim-process.js";
import { startPhones } from "./world.js";

export interface IdleHolding {
  readonly calls: number;
  readonly legs: number;
  readonly sessions: number;
  readonly transactions: number;
  readonly timers: number;
  readonly sockets: number;
  readonly ports: number;
}

export interface IdleHospital {
  runMs(durationMs: number): Promise<void>;
  holding(): IdleHolding;
}

export async function runIdle(): Promise<IdleHospital> {
  const clock = new SimClock();
  const random = new SimRandom(1);
  const network = new SimNetwork({ clock, random, delayMs: 5 });
  const server = new SimProcess({ clock, random, network, config, plugins: plugins(), seed: seedData, prompts: await loadPrompts(), killPoint: undefined, abortShare: 0, image: undefined, onKilled: () => undefined });
  void server.start();
  await clock.runMs(100);
  await startPhones({ clock, random, network, calls: false });
  return {
    runMs: (durationMs) => clock.runMs(durationMs),
    holding: () => ({ ...server.server!.load(), timers: server.clock.pending, sockets: server.network.openSockets, ports: server.engines().reduce((sum, engine) => sum + engine.snapshot().ports.used, 0) }),
  };
}
