import t from "tap";
import type { Clock } from "../../protocol/base/clock.js";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { Ticker } from "./ticker.js";

/** A clock whose timers come late by what `lateness` says, one after the other. */
function lateClock(lateness: number[]): { clock: Clock; advanceMs(ms: number): void } {
  const sim = new SimClock();
  const clock: Clock = { monoMs: () => sim.monoMs(), utcMs: () => sim.utcMs(), after: (delayMs, fire) => sim.after(delayMs + (lateness.shift() ?? 0), fire) };
  return { clock, advanceMs: (ms) => sim.advanceMs(ms) };
}

t.test("beats keep to the clock, however late timers fire; after a stall five are made up for", async (t) => {
  for (const { title, lateness, ticks, skipped } of [
    { title: "in time", lateness: [], ticks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], skipped: 0 },
    { title: "always late", lateness: [3, 7, 0.5, 19, 2], ticks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], skipped: 0 },
    { title: "a stall of 80 ms", lateness: [80], ticks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], skipped: 0 },
    { title: "a stall of 200 ms", lateness: [0, 200], ticks: [1, 8, 9, 10, 11, 12, 13, 14, 15], skipped: 6 },
  ]) {
    const { clock, advanceMs } = lateClock([...lateness]);
    const beats: number[] = [];
    const ticker = new Ticker(clock, (tick) => beats.push(tick));
    ticker.start();
    ticker.start();
    advanceMs(300);
    ticker.stop();
    advanceMs(300);
    t.same([beats, ticker.skipped], [ticks, skipped], title);
  }
});

t.test("stopped and started again, it counts the time between", async (t) => {
  const clock = new SimClock();
  const beats: number[] = [];
  const ticker = new Ticker(clock, (tick) => {
    beats.push(tick);
    if (tick === 2) ticker.stop();
  });
  ticker.start();
  clock.advanceMs(1000);
  ticker.start();
  clock.advanceMs(45);
  t.same(beats, [1, 2, 51, 52]);
  t.equal(ticker.units(), 1045 * 8);
  ticker.stop();
  t.equal(clock.pending, 0);
});
