// `npm run answers`: how often a person is taken for a machine and the other way round, by voices that the classifier was tuned on
// and by others. Ends with status 1 where one in ten of the others is judged wrongly.
import { mkdirSync } from "node:fs";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { classify, describeConfusion, recorded, synthetic } from "./answers.js";
import { corpusFolder, fetchCorpus } from "./corpus.js";

fetchCorpus();
mkdirSync(corpusFolder(), { recursive: true });
for (const half of ["tuned", "measured"] as const)
  for (const [kind, answers] of [
    ["synthetic voices", synthetic(half, corpusFolder(), new SimRandom(1))],
    ["recorded voices", recorded(half, new SimRandom(2))],
  ] as const) {
    const confusion = classify(answers);
    const { counts, wrong } = confusion;
    console.log(`${half}, ${kind}\n${describeConfusion(confusion)}`);
    for (const line of wrong) console.log(`  ${line}`);
    const all = Object.values(counts).flatMap((row) => Object.values(row)).reduce((a, b) => a + b, 0);
    if (half === "measured" && wrong.length > all / 10) process.exitCode = 1;
  }
