import t from "tap";
import { config, loadPrompts, plugins, seedData } from "./hospital.js";
import { runWorld } from "./world.js";

t.test("one seed run twice gives the same trace, byte for byte; another seed another one", { timeout: 300_000 }, async (t) => {
  const prompts = await loadPrompts();
  const run = (seed: number) => runWorld({ seed, config, plugins: plugins(), seedData, prompts });
  for (const seed of [7, 42, 77]) {
    const [first, second] = [await run(seed), await run(seed)];
    t.equal(first.trace, second.trace, `seed ${seed}: ${first.packets} packets and the journal`);
    t.notSame(first.trace, (await run(seed + 1000)).trace);
  }
});
