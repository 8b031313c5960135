// Runs the compiled tests under tap and closes with one plain line: "N passed, N failed" (assertions in test
// files count once each). Arguments narrow the run: `npm test -- protocol/sip` runs what is below that folder.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const wanted = process.argv.slice(2);
/** Tests that own ports or both cores run one at a time, after the others. */
const alone = ["test/interop/", "test/sim/", "test/soak/"];

const sources = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  .filter((path) => !/(^|\/)(node_modules|dist|data|\.tap)\//.test(path))
  .filter((path) => wanted.length === 0 || wanted.some((want) => path.startsWith(want.replace(/^dist\//, ""))))
  .sort();
const files = sources.map((source) => join("dist", source.replace(/\.ts$/, ".js")));
const missing = files.filter((file) => !existsSync(join(root, file)));
if (files.length === 0 || missing.length > 0) {
  console.error(files.length === 0 ? "no test matches " + wanted.join(" ") : "not compiled: " + missing.join(", "));
  console.log("0 passed, 1 failed");
  process.exit(1);
}

const isAlone = (file) => alone.some((folder) => file.startsWith(join("dist", folder)));
let passed = 0;
let failed = 0;
const unrun = [];
let status = 0;
for (const [batch, jobs] of [[files.filter((file) => !isAlone(file)), 2], [files.filter(isAlone), 1]]) {
  if (batch.length > 0) status ||= await runTap(batch, jobs);
}
for (const line of unrun) console.log(line);
if (process.env.CI === "true" && unrun.length > 0) failed += unrun.length;
if (status !== 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** Runs tap over `batch` and counts the leaf assertions of its output. */
async function runTap(batch, jobs) {
  const tap = join(root, "node_modules", ".bin", "tap");
  const child = spawn(tap, ["run", "--disable-coverage", "--allow-empty-coverage", "--reporter=tap", `--jobs=${jobs}`, "--timeout=600", ...batch], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) readLine(line);
  return new Promise((resolve) => (child.exitCode !== null ? resolve(child.exitCode) : child.once("close", resolve)));
}

/** A parent's point only repeats what its subtests said, so points that close a subtest are left out. */
function readLine(line) {
  const point = /^(\s*)(not ok|ok) \d+( - .*?)?( # (SKIP|TODO).*| # time=.*)?( \{)?$/.exec(line);
  if (point) {
    const isSubtest = point[4]?.startsWith(" # time=") ?? false;
    const isFile = point[1] === "";
    const skipped = point[4] !== undefined && !isSubtest;
    if (skipped) unrun.push("not run:" + line.trim().replace(/^ok \d+ -/, ""));
    else if (point[2] === "not ok" && !isSubtest) failed += 1;
    else if (!isSubtest) passed += 1;
    if (isFile) console.log(line);
  }
  if (!point || (point[2] === "not ok" && point[1] !== "")) if (!/^\s*(# Subtest|1\.\.\d+|# time=|\.\.\.)/.test(line) && line.trim() !== "") console.log(line);
}
