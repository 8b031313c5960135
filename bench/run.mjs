// Runs the compiled benches and prints one table each: `npm run bench`, `npm run bench -- sip rtp`.
// A line whose reference it does not at least match is marked, and makes the exit code 1.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist", "bench");
const wanted = process.argv.slice(2);
const files = (existsSync(dist) ? readdirSync(dist, { recursive: true }) : [])
  .filter((file) => file.endsWith(".bench.js"))
  .filter((file) => wanted.length === 0 || wanted.some((want) => file.includes(want.replace(/^bench\//, ""))))
  .sort();
if (files.length === 0) {
  console.error("no bench matches " + wanted.join(" "));
  process.exit(1);
}

let slower = 0;
for (const file of files) {
  const { run } = await import(pathToFileURL(join(dist, file)).href);
  const rows = await run();
  console.log(`\n${relative(".", file).replace(/\.bench\.js$/, "")}`);
  print(rows);
}
if (slower > 0) console.error(`\n${slower} slower than the reference`);
process.exit(slower > 0 ? 1 : 0);

function print(rows) {
  const cells = rows.map((row) => {
    const ratio = row.reference === undefined ? undefined : row.ours / row.reference.value;
    if (ratio !== undefined && ratio > 1) slower += 1;
    return [row.name, format(row.ours), row.reference === undefined ? "" : format(row.reference.value), row.unit, ratio === undefined ? "" : ratio.toFixed(2) + (ratio > 1 ? " slower" : ""), row.reference?.name ?? ""];
  });
  const table = [["what", "ours", "reference", "unit", "ratio", "reference is"], ...cells];
  const widths = table[0].map((_, column) => Math.max(...table.map((line) => line[column].length)));
  for (const line of table) console.log("  " + line.map((cell, column) => ([1, 2, 4].includes(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join("  ").trimEnd());
}

function format(value) {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
