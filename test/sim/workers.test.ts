import t from "tap";
import { config, loadPrompts, plugins, seedData } from "./hospital.js";
import { runWorld, type WorldReport } from "./world.js";

const SEEDS = 8;

for (const way of ["libc", "dgram"] as const)
  t.test(`whole-system simulation with two media workers that die, legs apart, sockets like ${way}'s: nothing left over, all books right`, { timeout: 900_000 }, async (t) => {
    const prompts = await loadPrompts();
    const reports: WorldReport[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const report = await runWorld({ seed, config, plugins: plugins(), seedData, prompts, workers: { count: 2, way } });
      reports.push(report);
      const { deaths, revived, lost, moved } = report.workers;
      t.same([...report.violations, ...report.faults], [], `seed ${seed}, ${deaths} workers died, ${moved} legs moved, ${revived} came back, ${lost} did not`);
      t.same([lost, report.silenced], [0, 0], "nobody lost the call");
    }
    const sum = (count: (report: WorldReport) => number): number => reports.reduce((total, report) => total + count(report), 0);
    t.comment(`${sum((report) => report.answered)} callers answered, ${sum((report) => report.booked)} numbers booked, ${sum((report) => report.agentsReached)} times an agent answered, ${sum((report) => report.silenced)} calls without sound`);
    t.ok(sum((report) => report.booked) >= SEEDS / 2, "callers do book");
    t.ok(sum((report) => report.agentsReached) >= SEEDS / 4, "callers do reach agents");
    t.ok(sum((report) => report.workers.moved) >= SEEDS / 5, "legs do move");
    t.ok(sum((report) => report.workers.deaths) >= SEEDS, "workers do die");
    t.ok(sum((report) => report.workers.revived) >= SEEDS / 2, "legs do come back");
  });
