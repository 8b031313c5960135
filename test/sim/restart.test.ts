import t from "tap";
import { config, loadPrompts, plugins, seedData } from "./hospital.js";
import { CALL_PHASES, runWorld, type WorldReport } from "./world.js";

const [from = 1, to = 20] = (process.env["SEEDS"] ?? "1-20").split("-").map(Number);

t.test(`seeds ${from} to ${to}: the server is restarted in the middle of calls, and they go on`, { timeout: 900_000 }, async (t) => {
  const prompts = await loadPrompts();
  const reports: WorldReport[] = [];
  for (let seed = from; seed <= to; seed++) {
    const report = await runWorld({ seed, config, plugins: plugins(), seedData, prompts, killPoint: "none", restart: "always", waiters: 4 });
    reports.push(report);
    t.same([...report.violations, ...report.faults], [], `seed ${seed}: ${report.restarted?.join(", ") ?? "not restarted"}`);
  }
  const phases = reports.flatMap(({ restarted }) => restarted ?? []);
  for (const phase of CALL_PHASES) {
    const count = phases.filter((one) => one === phase).length;
    t.comment(`${count} calls were restarted in the phase: ${phase}`);
    if (reports.length >= 20) t.ok(count >= 1, phase);
  }
});
