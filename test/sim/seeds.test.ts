import t from "tap";
import { BOUNDARY_KINDS } from "./boundaries.js";
import { config, loadPrompts, plugins, seedData } from "./hospital.js";
import { runWorld, type WorldReport } from "./world.js";

/** `SEEDS=from-to npm test -- test/sim` runs others, or one again. */
const [from = 1, to = 100] = (process.env["SEEDS"] ?? "1-100").split("-").map(Number);

t.test(`whole-system simulation, seeds ${from} to ${to}: no number sold twice, no fee lost, nothing left over`, { timeout: 900_000 }, async (t) => {
  const prompts = await loadPrompts();
  const reports: WorldReport[] = [];
  for (let seed = from; seed <= to; seed++) {
    const report = await runWorld({ seed, config, plugins: plugins(), seedData, prompts });
    reports.push(report);
    const killed = report.killedAt === undefined ? "not killed" : `killed at ${report.killedAt.kind} ${report.killedAt.nth}`;
    t.same([...report.violations, ...report.faults], [], `seed ${seed}, ${killed}, ${report.booked} booked`);
  }
  const sum = (count: (report: WorldReport) => number): number => reports.reduce((total, report) => total + count(report), 0);
  t.comment(`boundaries crossed and killed at, over ${reports.length} seeds:`);
  for (const kind of BOUNDARY_KINDS) {
    const kills = reports.filter((report) => report.killedAt?.kind === kind).length;
    t.comment(`  ${kind}: ${sum((report) => report.boundaries.get(kind)!)} crossed, ${kills} killed`);
    if (reports.length >= 100) t.ok(kills >= 3, `the server was killed at ${kind}`);
  }
  t.comment(`${sum((report) => report.answered)} callers answered, ${sum((report) => report.booked)} numbers booked, ${sum((report) => report.cancelled)} of them cancelled, ${sum((report) => report.agentsReached)} times an agent answered, ${sum((report) => report.packets)} packets`);
  // A simulation in which nothing succeeds would prove nothing.
  t.ok(sum((report) => report.booked) >= reports.length / 2, "callers do book");
  t.ok(sum((report) => report.cancelled) >= reports.length / 4, "callers do cancel");
  t.ok(sum((report) => report.agentsReached) >= reports.length / 4, "callers do reach agents");
});
