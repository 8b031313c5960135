// Runs the compiled tests and closes with one plain line: "N passed, N failed" (assertions in test files count once each).
// Arguments narrow the run: `npm test -- protocol/sip` runs what is below that folder. A test file is a `tap` program of its
// own; it is started here and not by `tap run`, which loads what compiles TypeScript for each of them anew: 0.9 s of CPU a file.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism, setPriority } from "node:os";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const wanted = process.argv.slice(2);
const FILE_MS_MAX = 600_000;
/** What talks and listens in real time waits more than it works: two at once, before all that works. */
const REAL_TIME_LANES = 2;
const NICE = 10;
const UNRUN = "not run:";
/** Begun first, so that no long one is left over at the end. */
const LONGEST = ["test/sim/mutation", "test/soak/", "test/sim/seeds", "test/interop/talk", "test/interop/codecs", "test/interop/backup", "test/interop/restart", "test/interop/matrix"];

const sources = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  .filter((path) => !/(^|\/)(node_modules|dist|data|\.tap)\//.test(path))
  .filter((path) => wanted.length === 0 || wanted.some((want) => path.startsWith(want.replace(/^dist\//, ""))))
  .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
const files = sources.map((source) => join("dist", source.replace(/\.ts$/, ".js")));
const missing = files.filter((file) => !existsSync(join(root, file)));
if (files.length === 0 || missing.length > 0) {
  console.error(files.length === 0 ? "no test matches " + wanted.join(" ") : "not compiled: " + missing.join(", "));
  console.log("0 passed, 1 failed");
  process.exit(1);
}

let passed = 0;
let failed = 0;
const unrun = [];
const inRealTime = files.filter((file) => file.startsWith(join("dist", "test/interop/")));
const others = files.filter((file) => !inRealTime.includes(file));
const lanes = Array.from({ length: REAL_TIME_LANES + Math.max(1, availableParallelism() - 1) }, (_, lane) => (lane < REAL_TIME_LANES ? [inRealTime, others] : [others]));
await Promise.all(lanes.map((queues, lane) => runAll(queues, lane)));

for (const line of unrun) console.log(line);
if (process.env.CI === "true") failed += unrun.length;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function rank(path) {
  const at = LONGEST.findIndex((begin) => path.startsWith(begin));
  return at === -1 ? LONGEST.length : at;
}

/** Takes from the queues that it shares with the other lanes, one file after the other. */
async function runAll(queues, lane) {
  for (const queue of queues) for (let file = queue.shift(); file !== undefined; file = queue.shift()) await run(file, lane);
}

/** Counts the leaf assertions of one file's output; prints what failed, and one line for the file. */
async function run(file, lane) {
  const fromMs = performance.now();
  // Ports of their own for those that run at once: test/interop/ports.ts.
  const env = { ...process.env, TAP_TIMEOUT: String(FILE_MS_MAX / 1000), RINGWARD_TEST_BLOCK: String(process.pid * lanes.length + lane) };
  const child = spawn(process.execPath, [file], { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  if (!file.startsWith(join("dist", "test/interop/"))) yieldTo(child);
  const limit = setTimeout(() => child.kill("SIGKILL"), FILE_MS_MAX + 30_000);
  const ended = new Promise((resolve) => void child.once("close", (code) => resolve(code)));
  const said = [];
  const counts = { passed: 0, failed: 0 };
  for await (const line of createInterface({ input: child.stdout })) readLine(line, counts, said);
  const code = await ended;
  clearTimeout(limit);
  // Ended badly, or without a word.
  if ((code !== 0 && counts.failed === 0) || (code === 0 && counts.passed + counts.failed === 0 && !said.some((line) => line.startsWith(UNRUN)))) counts.failed += 1;
  passed += counts.passed;
  failed += counts.failed;
  unrun.push(...said.filter((line) => line.startsWith(UNRUN)));
  for (const line of said) if (!line.startsWith(UNRUN)) console.log(`    ${line}`);
  console.log(`${counts.failed === 0 ? "ok" : "not ok"} - ${file} # ${((performance.now() - fromMs) / 1000).toFixed(1)} s`);
}

function yieldTo(child) {
  try {
    setPriority(child.pid, NICE);
  } catch {
    // Over already, or the system has no priorities: only slower.
  }
}

/** A parent's point only repeats what its subtests said, so points that close a subtest are left out. */
function readLine(line, counts, said) {
  const point = /^(\s*)(not ok|ok) \d+( - .*?)?( # (SKIP|TODO).*| # time=.*)?( \{)?$/.exec(line);
  const isSubtest = point?.[4]?.startsWith(" # time=") ?? false;
  if (point === null) {
    if (!/^\s*(TAP version|# Subtest|1\.\.\d+|# time=|# \{ total|\.\.\.)/.test(line) && line.trim() !== "") said.push(line);
  } else if (point[4] !== undefined && !isSubtest) said.push(UNRUN + line.trim().replace(/^ok \d+ -/, ""));
  else if (point[2] === "not ok") {
    said.push(line);
    if (!isSubtest) counts.failed += 1;
  } else if (!isSubtest) counts.passed += 1;
}
