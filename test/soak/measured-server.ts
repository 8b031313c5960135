// The shipped server in a process of its own that says, after a garbage collection, what it holds. Run by `soaked-server.ts`.
import { readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { openProduction } from "../../apps/server/production.js";
import { readSettings } from "../../apps/server/settings.js";

/** What a server holds. */
export interface Holding {
  readonly heapBytes: number;
  /** Beside the heap: buffers and the like. */
  readonly externalBytes: number;
  readonly descriptors: number;
  /** Timers, sockets, pipes: how many of each keep the process alive. */
  readonly resources: Readonly<Record<string, number>>;
  readonly load: Readonly<Record<string, number>>;
  readonly media: { readonly legs: number; readonly bridges: number; readonly portsUsed: number; readonly portsDraining: number };
}

const GC_ROUNDS = 4;
/** Full after a few calls: ladders are kept on purpose up to their bound. */
const TRACE_BYTES_MAX = 100_000;
const log = { info: () => undefined, warn: () => undefined, error: (fields: unknown, message: string) => console.error(message, fields) };

const environment = process.env;
const production = await openProduction(await readSettings(undefined, environment), { environment, version: "0.0.0", log, traceBytesMax: TRACE_BYTES_MAX });

async function measure(): Promise<Holding> {
  for (let round = 0; round < GC_ROUNDS; round++) {
    (globalThis as unknown as { gc(): void }).gc();
    await pause(50);
  }
  const snapshots = (await production.media.snapshots()).flatMap((snapshot) => snapshot ?? []);
  const sum = (count: (snapshot: (typeof snapshots)[number]) => number): number => snapshots.reduce((total, snapshot) => total + count(snapshot), 0);
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const { heapUsed, external } = process.memoryUsage();
  return {
    heapBytes: heapUsed,
    externalBytes: external,
    descriptors: readdirSync("/proc/self/fd").length,
    resources,
    load: { ...production.load() },
    media: { legs: sum(({ legs }) => legs), bridges: sum(({ bridges }) => bridges), portsUsed: sum(({ ports }) => ports.used), portsDraining: sum(({ ports }) => ports.draining) },
  };
}

process.on("message", (message) => {
  if (message === "measure") void measure().then((holding) => process.send!({ holding }));
  else void production.stop(0).then(() => process.exit(0));
});
process.send!({ sip: production.sip });
