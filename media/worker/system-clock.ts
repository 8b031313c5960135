import { performance } from "node:perf_hooks";
import type { Cancel, Clock } from "../../protocol/base/clock.js";

/** The longest delay that a timer of the platform takes: 24.8 days. */
const DELAY_MS_MAX = 0x7fff_ffff;

/** A thread's `performance.now()` counts from its own start; this is what it lacks to count like all the others. */
const SINCE_BOOT_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** The machine's clocks; the monotonic one is the same in all threads of the process. */
export class SystemClock implements Clock {
  monoMs(): number {
    return SINCE_BOOT_MS + performance.now();
  }

  utcMs(): number {
    return Date.now();
  }

  after(delayMs: number, fire: () => void): Cancel {
    const untilMs = this.monoMs() + delayMs;
    let timer = setTimeout(expire, Math.min(delayMs, DELAY_MS_MAX));
    const remainingMs = (): number => untilMs - this.monoMs();
    function expire(): void {
      // Timers may fire a fraction of a millisecond early; who asked for a time is never told before it.
      const leftMs = remainingMs();
      if (leftMs <= 0) fire();
      else timer = setTimeout(expire, Math.min(Math.ceil(leftMs), DELAY_MS_MAX));
    }
    return () => clearTimeout(timer);
  }
}
