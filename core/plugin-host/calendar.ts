import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { PluginContext } from "../sdk/plugin.js";

const DAY_MS = 86_400_000;

/** The SDK's clock over the server's, with the hospital's calendar. */
export function pluginClock(clock: Clock, timeZone: string): PluginContext<unknown>["clock"] {
  const calendar = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const dial = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return {
    now: () => clock.utcMs(),
    monoMs: () => clock.monoMs(),
    // Days are counted on the calendar, not in milliseconds: a day of 23 or 25 hours is a day.
    today: (plusDays = 0) => new Date(Date.parse(`${calendar.format(clock.utcMs())}T00:00:00Z`) + plusDays * DAY_MS).toISOString().slice(0, 10),
    timeOfDay: () => dial.format(clock.utcMs()),
    sleep: (durationMs, signal) => sleep(clock, durationMs, signal),
  };
}

/** Rejects with the signal's reason. */
function sleep(clock: Clock, durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    let cancel: Cancel = () => undefined;
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    cancel = clock.after(durationMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
