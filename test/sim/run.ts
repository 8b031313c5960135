// `npm run sim -- 0-999`: that many seeds of the whole-system simulation, with kills and restarts; ends with 1 where one fails.
import { config, loadPrompts, plugins, seedData } from "./hospital.js";
import { Summary } from "./summary.js";
import { runWorld } from "./world.js";

const [from = 0, to = from] = (process.argv[2] ?? "0-999").split("-").map(Number);
/** A line of progress every so many seeds. */
const PROGRESS = 100;

const prompts = await loadPrompts();
const summary = new Summary();
for (let seed = from; seed <= to; seed++) {
  const report = await runWorld({ seed, config, plugins: plugins(), seedData, prompts });
  summary.add(report);
  for (const fault of [...report.violations, ...report.faults]) console.log(`seed ${seed}: ${fault}`);
  if (summary.seeds % PROGRESS === 0 && seed < to) console.log(`... ${summary.seeds} seeds`);
}
const lines = summary.lines();
lines.forEach((line) => console.log(line));
process.exitCode = lines[0]!.includes(" 0 failed") ? 0 : 1;
