import t from "tap";
import { BOUNDARY_KINDS } from "./boundaries.js";
import { config, loadPrompts, plugins, seedData } from "./hospital.js";
import { Summary } from "./summary.js";
import { runWorld } from "./world.js";

/** `SEEDS=from-to npm test -- test/sim` runs others, or one again. */
const [from = 1, to = 100] = (process.env["SEEDS"] ?? "1-100").split("-").map(Number);

t.test(`whole-system simulation, seeds ${from} to ${to}: no number sold twice, no fee lost, nothing left over`, { timeout: 900_000 }, async (t) => {
  const prompts = await loadPrompts();
  const summary = new Summary();
  for (let seed = from; seed <= to; seed++) {
    const report = await runWorld({ seed, config, plugins: plugins(), seedData, prompts });
    summary.add(report);
    const killed = report.killedAt === undefined ? "not killed" : `killed at ${report.killedAt.kind} ${report.killedAt.nth}`;
    t.same([...report.violations, ...report.faults], [], `seed ${seed}, ${killed}, ${report.booked} booked`);
  }
  for (const line of summary.lines()) t.comment(line);
  const { seeds } = summary;
  for (const kind of BOUNDARY_KINDS) if (seeds >= 100) t.ok(summary.kills(kind) >= 3, `the server was killed at ${kind}`);
  // A simulation in which nothing succeeds would prove nothing.
  t.ok(summary.sum((report) => report.booked) >= seeds / 2, "callers do book");
  t.ok(summary.sum((report) => report.cancelled) >= seeds / 4, "callers do cancel");
  t.ok(summary.sum((report) => report.agentsReached) >= seeds / 4, "callers do reach agents");
  t.ok(summary.sum((report) => report.outsideCalls) >= seeds / 10, "phones do reach people outside");
});
