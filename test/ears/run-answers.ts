// `npm run answers`: how often a person is taken for a machine and the other way round: by voices that the classifier was tuned
// on, by others, and by those held out, these over each codec, clean and noisy. Ends with status 1 where one in twenty of either
// side is judged wrongly by voices that it was not tuned on.
import { mkdirSync } from "node:fs";
import { openCatalog } from "../../media/codec/open-catalog.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { classify, describeConfusion, recorded, synthetic, worstShare, type Confusion } from "./answers.js";
import { carried } from "./carried.js";
import { corpusFolder, fetchCorpus } from "./corpus.js";

const CODECS = [
  ["PCMA", ""],
  ["G729", ""],
  ["opus", "maxplaybackrate=16000"],
] as const;
const SNRS_DB = [40, 20, 10];

function show(name: string, confusion: Confusion, counts: boolean): void {
  console.log(`${name}\n${describeConfusion(confusion)}`);
  for (const line of confusion.wrong) console.log(`  ${line}`);
  if (counts && worstShare(confusion) > 0.05) process.exitCode = 1;
}

fetchCorpus();
mkdirSync(corpusFolder(), { recursive: true });
for (const part of ["tuned", "measured"] as const) {
  show(`${part}, synthetic voices`, classify(synthetic(part, corpusFolder(), { random: new SimRandom(1) })), part === "measured");
  show(`${part}, recorded voices`, classify(recorded(part, new SimRandom(2))), part === "measured");
}
const { codecs } = await openCatalog();
for (const [name, fmtp] of CODECS) {
  const codec = codecs(name, fmtp);
  if (codec === undefined) continue;
  for (const snrDb of SNRS_DB) show(`held out, synthetic voices over ${name}, ${snrDb} dB over noise`, classify(synthetic("held", corpusFolder(), { random: new SimRandom(1), snrsDb: [snrDb] }), carried(codec)), true);
}
