import t from "tap";
import { config, loadPrompts, plugins, seedData } from "./hospital.js";
import { runWorld, type WorldReport } from "./world.js";

const [from = 1, to = 20] = (process.env["SEEDS"] ?? "1-8").split("-").map(Number);

t.test(`seeds ${from} to ${to}: settings are changed while calls run, with kills and restarts, and nothing that was told is lost`, { timeout: 900_000 }, async (t) => {
  const prompts = await loadPrompts();
  const reports: WorldReport[] = [];
  for (let seed = from; seed <= to; seed++) {
    const report = await runWorld({ seed, config, plugins: plugins(), seedData, prompts, administrator: true });
    reports.push(report);
    const { done, again, refused } = report.settings!;
    t.same([...report.violations, ...report.faults], [], `seed ${seed}: ${done} changes, ${again} sent again, ${refused} refused; ${report.killedAt === undefined ? "not killed" : `killed at ${report.killedAt.kind} ${report.killedAt.nth}`}${report.restarted === undefined ? "" : ", restarted"}`);
  }
  const sum = (of: (report: WorldReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const [done, again, refused] = [sum(({ settings }) => settings!.done), sum(({ settings }) => settings!.again), sum(({ settings }) => settings!.refused)];
  t.comment(`${done} changes, ${again} sent again, ${refused} refused as they must be; ${sum(({ answered }) => answered)} callers answered, ${sum(({ deskCalls }) => deskCalls)} calls of phones`);
  if (reports.length >= 8) t.ok(done > 20 * reports.length && again > 0 && refused > 0 && reports.some(({ killedAt }) => killedAt !== undefined) && reports.some(({ restarted }) => restarted !== undefined), "enough happened to prove something");
});

t.test("a seed runs twice alike", async (t) => {
  const prompts = await loadPrompts();
  const run = () => runWorld({ seed: 3, config, plugins: plugins(), seedData, prompts, administrator: true });
  const [first, second] = [await run(), await run()];
  t.same([second.trace, second.settings], [first.trace, first.settings]);
});
