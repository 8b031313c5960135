// A simulated day in which nobody calls: the server and its phones, which register again and again.
import { runIdle, type IdleHolding } from "../sim/idle.js";

const HOUR_MS = 3_600_000;

export interface IdleDay {
  /** When a first hour has gone by, and a day later. */
  readonly before: IdleHolding & { readonly heapBytes: number };
  readonly after: IdleHolding & { readonly heapBytes: number };
}

/** Needs `node --expose-gc`. */
export async function idleDay(): Promise<IdleDay> {
  const idle = await runIdle();
  const measure = async (): Promise<IdleDay["before"]> => {
    (globalThis as unknown as { gc(): void }).gc();
    return { ...idle.holding(), heapBytes: process.memoryUsage().heapUsed };
  };
  await idle.runMs(HOUR_MS);
  const before = await measure();
  await idle.runMs(24 * HOUR_MS);
  return { before, after: await measure() };
}
