// The demo hospital with carriers of a test's own.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface CarrierConfig {
  readonly path: string;
  remove(): void;
}

/** @param carriers YAML in place of the demo's trunks and outgoing rules */
export function writeCarrierConfig(carriers: string): CarrierConfig {
  const folder = mkdtempSync(join(tmpdir(), "ringward-carrier-"));
  const path = join(folder, "config.yaml");
  const demo = readFileSync(resolve("examples/demo-hospital/config.yaml"), "utf8").replace("./seed.yaml", resolve("examples/demo-hospital/seed.yaml"));
  const kept = demo.replace(/^trunks:\n(?: .*\n)+/m, "").replace(/^outgoing:\n(?: .*\n)+/m, "");
  writeFileSync(path, `${kept}\n${carriers}\n`);
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
