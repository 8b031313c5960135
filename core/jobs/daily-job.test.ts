import t from "tap";
import { SimClock } from "../../protocol/base/sim-clock.js";
import { Journal } from "../journal/journal.js";
import { pluginClock } from "../plugin-host/calendar.js";
import { pluginStore } from "../plugin-host/plugin-store.js";
import type { DailyRun } from "../sdk/plugin.js";
import { MemoryStore } from "../store/memory/memory-store.js";
import { DailyJob, jobs } from "./daily-job.js";

/** 2026-01-05, 09:00 in Shanghai: 15 hours before midnight. */
const START = Date.UTC(2026, 0, 5, 1);
const HOUR_MS = 3_600_000;

function rig({ clock = new SimClock(START), store = new MemoryStore(), timeZone = "Asia/Shanghai" } = {}) {
  const kept = pluginStore("test", { store, journal: new Journal({ store, clock, node: "n1" }), hospital: "demo" });
  const faults: unknown[] = [];
  const start = (run: (job: DailyRun) => Promise<void>, node = "n1") => new DailyJob({ name: "test/job", node, store: kept, clock: pluginClock(clock, timeZone), run, onFault: (error) => void faults.push(error) });
  const row = () => kept.get(jobs, ["test/job"]);
  return { clock, store, kept, faults, start, row };
}

t.test("a job runs at the start, and once a day as soon as the day has begun", async (t) => {
  const { clock, start, faults } = rig();
  const runs: string[] = [];
  const job = start(async ({ day }) => void runs.push(`${day} ${new Date(clock.utcMs() + 8 * HOUR_MS).toISOString().slice(11, 16)}`));
  await clock.runMs(3 * 24 * HOUR_MS);
  t.same(runs, ["2026-01-05 09:00", "2026-01-06 00:00", "2026-01-07 00:00", "2026-01-08 00:00"]);
  t.same(faults, []);
  job.close();
  t.equal(clock.pending, 0);
  await clock.runMs(24 * HOUR_MS);
  t.equal(runs.length, 4);
});

t.test("a day of 23 hours is a day", async (t) => {
  const { clock, start } = rig({ clock: new SimClock(Date.UTC(2026, 2, 28, 12)), timeZone: "Europe/Berlin" });
  const runs: string[] = [];
  const job = start(async ({ day }) => void runs.push(`${day} ${new Date(clock.utcMs()).toISOString().slice(11, 16)}`));
  await clock.runMs(48 * HOUR_MS);
  t.same(runs, ["2026-03-28 12:00", "2026-03-29 23:00", "2026-03-30 22:00"]);
  job.close();
});

t.test("what ran to its end does not run again after a restart, what did not does, and days in which nobody was there are one", async (t) => {
  const first = rig();
  const runs: string[] = [];
  first.start(async ({ day }) => void runs.push(day));
  await first.clock.runMs(1);
  const second = rig({ store: new MemoryStore({ image: first.store.crash() }), clock: first.clock });
  const job = second.start(async ({ day }) => void runs.push(day));
  await second.clock.runMs(HOUR_MS);
  t.same(runs, ["2026-01-05"], "restarted on the same day");
  job.close();
  // Killed while it runs, one day later; up again three days later.
  await second.clock.runMs(24 * HOUR_MS);
  second.start(() => new Promise(() => undefined));
  await second.clock.runMs(1000);
  const token = (await second.row())!.token;
  const third = rig({ store: new MemoryStore({ image: second.store.crash() }), clock: new SimClock(START + 4 * 24 * HOUR_MS) });
  third.start(async ({ day }) => void runs.push(day));
  await third.clock.runMs(1);
  t.same(runs, ["2026-01-05", "2026-01-09"]);
  t.match(await third.row(), { token: token + 1, doneDay: "2026-01-09" }, "each run has a higher token");
});

t.test("a run that fails is named, and tried again a minute later", async (t) => {
  const { clock, start, faults } = rig();
  let tries = 0;
  const job = start(async () => {
    if (++tries < 3) throw new Error(`try ${tries}`);
  });
  await clock.runMs(119_000);
  t.equal(tries, 2);
  await clock.runMs(HOUR_MS);
  t.equal(tries, 3);
  t.match(faults, [{ message: "try 1" }, { message: "try 2" }]);
  job.close();
});

t.test("two nodes: one runs, the other waits while the lease lasts, and takes over where it has run out", async (t) => {
  const { clock, kept, start, faults } = rig();
  const runs: string[] = [];
  let goOn = (): void => undefined;
  const slow = start(async ({ hold }) => {
    await kept.transact(hold);
    runs.push("n1 begins");
    await new Promise<void>((resolve) => (goOn = resolve));
    await kept.transact(hold);
    runs.push("n1 ends");
  });
  await clock.runMs(1);
  const other = start(async () => void runs.push("n2"), "n2");
  await clock.runMs(59_000);
  t.same(runs, ["n1 begins"]);
  await clock.runMs(60_000);
  t.same(runs, ["n1 begins", "n2"], "the lease was over");
  goOn();
  await clock.runMs(HOUR_MS);
  t.same(runs, ["n1 begins", "n2"], "the old token is refused, and the day is done");
  t.match(faults, [{ code: "JOB_LOST" }]);
  slow.close();
  other.close();
});

t.test("a lease that is held on to is not taken", async (t) => {
  const { clock, kept, start } = rig();
  const runs: string[] = [];
  const long = start(async ({ hold }) => {
    for (let i = 0; i < 5; i++) {
      await kept.transact(hold);
      await new Promise<void>((resolve) => void clock.after(50_000, resolve));
    }
    runs.push("n1");
  });
  await clock.runMs(1);
  const other = start(async () => void runs.push("n2"), "n2");
  await clock.runMs(HOUR_MS);
  t.same(runs, ["n1"]);
  long.close();
  other.close();
});

t.test("a closed job's run fails at its next transaction, and is no fault", async (t) => {
  const { clock, kept, start, faults, row } = rig();
  let failed: unknown;
  let goOn = (): void => undefined;
  const job = start(async ({ hold, signal }) => {
    await new Promise<void>((resolve) => (goOn = resolve));
    t.ok(signal.aborted);
    await kept.transact(hold).catch((error: unknown) => {
      failed = error;
      throw error;
    });
  });
  await clock.runMs(1);
  job.close();
  goOn();
  await clock.runMs(HOUR_MS);
  t.match(failed, { code: "JOB_CLOSED" });
  t.same(faults, []);
  t.equal((await row())?.doneDay, undefined);
  t.equal(clock.pending, 0);
});
