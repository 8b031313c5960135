import t from "tap";
import { config, loadPrompts, plugins, seedData } from "./hospital.js";
import { runWorld, type WorldOptions, type WorldReport } from "./world.js";

const [from = 1, to = 12] = (process.env["SEEDS"] ?? "1-6").split("-").map(Number);

for (const { title, options } of [
  { title: "killed where the seed has it", options: { waiters: 3 } },
  { title: "restarted in the middle, as planned", options: { waiters: 3, killPoint: "none", restart: "always" } },
  { title: "with two media workers that die, legs apart", options: { waiters: 3, workers: { count: 2, way: "libc" } } },
] as const satisfies readonly { readonly title: string; readonly options: Partial<WorldOptions> }[])
  t.test(`seeds ${from} to ${to}: desk phones put their callers through; the server is ${title}`, { timeout: 900_000 }, async (t) => {
    const prompts = await loadPrompts();
    const reports: WorldReport[] = [];
    for (let seed = from; seed <= to; seed++) {
      const report = await runWorld({ seed, config, plugins: plugins(), seedData, prompts, transfers: true, ...options });
      reports.push(report);
      t.same([...report.violations, ...report.faults], [], `seed ${seed}: phones were told ${report.transfers.join(", ") || "nothing"}`);
    }
    const told = reports.flatMap(({ transfers }) => transfers);
    const attended = reports.flatMap((report) => report.attended);
    const done = (statuses: readonly number[]): number => statuses.filter((status) => status === 200).length;
    t.comment(`${told.length} transfers were decided, ${done(told)} came about (${done(attended)} of ${attended.length} attended), ${told.filter((status) => status === 503).length} were cut off`);
    if (reports.length >= 6) t.ok(done(told) >= 3, "phones do put callers through");
    if (reports.length >= 6) t.ok(done(attended) >= 1, "and ask whom they put them through to");
  });
