// 200 calls relayed over real sockets of the loopback: the shipped engine on Node's sockets and on the C library's, beside
// a C relay, in one run. What is compared is CPU time a relayed packet, of the relaying process alone.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { BenchRow } from "../measure.js";

const LEGS = 400;
const SECONDS = 6;
const LOAD_PORT = 40_000;
const RELAY_PORT = 50_000;
const C_SOURCES = dirname(fileURLToPath(import.meta.url)).replace(`${"/"}dist${"/"}bench`, "/bench");
const ENGINE = fileURLToPath(new URL("./engine-process.js", import.meta.url));

interface Outcome {
  readonly relayed: number;
  readonly cpuUs: number;
}

/** Starts a relay, loads it, and asks it what it did. @param step between the ports of two legs */
async function measure(command: readonly [string, ...string[]], step: number, load: string): Promise<Outcome> {
  const [program, ...words] = command;
  const relay = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: relay.stdout })[Symbol.asyncIterator]();
  if (!/^ready/.test(((await lines.next()).value as string | undefined) ?? "")) throw new Error(`${program} did not start`);
  execFileSync("sh", ["-c", 'exec "$0" "$@"', load, String(LOAD_PORT), String(RELAY_PORT), String(step), String(LEGS), String(SECONDS)], { stdio: ["ignore", "ignore", "inherit"] });
  relay.stdin.end();
  const [relayed = 0, cpuUs = 0] = ((await lines.next()).value as string).split(" ").map(Number);
  return { relayed, cpuUs };
}

export async function run(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "ringward-relay-"));
  try {
    for (const name of ["relay", "load"]) execFileSync("cc", ["-O2", "-o", join(folder, name), join(C_SOURCES, `${name}.c`)]);
    const load = join(folder, "load");
    const reference = await measure([join(folder, "relay"), String(RELAY_PORT), String(LOAD_PORT), String(LEGS)], 1, load);
    const engine = (net: string, recordings?: string): Promise<Outcome> => measure([process.execPath, ENGINE, net, String(RELAY_PORT), String(LOAD_PORT), String(LEGS), ...(recordings === undefined ? [] : [recordings])], 2, load);
    const rows: BenchRow[] = [];
    for (const { name, outcome } of [
      { name: "relayed, C library's sockets", outcome: await engine("libc") },
      { name: "relayed and recorded, C library's sockets", outcome: await engine("libc", join(folder, "libc")) },
      { name: "relayed, Node's sockets", outcome: await engine("dgram") },
      { name: "relayed and recorded, Node's sockets", outcome: await engine("dgram", join(folder, "dgram")) },
    ]) {
      const lost = 1 - outcome.relayed / (LEGS * 50 * SECONDS);
      rows.push({ name: `${name} (${(lost * 100).toFixed(1)} % lost)`, ours: outcome.cpuUs / outcome.relayed, reference: { name: "C, epoll", value: reference.cpuUs / reference.relayed }, unit: "µs CPU a packet" });
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
