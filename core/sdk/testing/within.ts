import type { SimClock } from "../../../protocol/base/sim-clock.js";

const STEP_MS = 10;

/** Lets simulated time go by until `done`; an Error that says `what` after `withinMs` of it. */
export async function within(clock: SimClock, limit: { readonly withinMs: number; readonly what: () => string }, done: () => boolean): Promise<void> {
  const untilMs = clock.monoMs() + limit.withinMs;
  await clock.runMs(0);
  while (!done()) {
    if (clock.monoMs() >= untilMs) throw new Error(`${limit.what()} within ${limit.withinMs} ms`);
    await clock.runMs(STEP_MS);
  }
}
