// 200 calls between phones over real sockets of the loopback, set up by SIP through the shipped server, on the C library's
// sockets (with io_uring where the kernel has it) and on Node's, beside a C relay in the same run. What is compared is CPU time a relayed packet of the whole
// process, signalling and journal of the standing calls included, after the compiler has seen the packets for a while.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { BenchRow } from "../measure.js";
import { Phones } from "./phones.js";
import { startServer } from "./server.js";

const LEGS = 400;
const WARM_S = 5;
const SECONDS = 6;
/** By turns, and the median: a machine that does something else for a while spoils one round. */
const ROUNDS = 3;
const LOAD_PORT = 40_000;
const RELAY_PORT = 50_000;
/** Linux counts a process's CPU time in hundredths of a second. */
const US_PER_TICK = 10_000;
const C_SOURCES = dirname(fileURLToPath(import.meta.url)).replace(`${"/"}dist${"/"}bench`, "/bench");

interface Outcome {
  readonly us: number;
  /** Part of the packets sent that did not come out again. */
  readonly lost: number;
}

/** utime and stime, fields 14 and 15 of proc(5)'s stat; the name before them may contain anything. */
function cpuUs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * US_PER_TICK;
}

const linesOf = (child: ChildProcess): AsyncIterator<string> => createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
const nextOf = async (lines: AsyncIterator<string>): Promise<string> => ((await lines.next()).value as string | undefined) ?? "";
const ended = (child: ChildProcess): Promise<void> => new Promise((resolve) => void child.once("exit", () => resolve()));

/** Sends every leg's sound to its port and asks what it cost process `pid` to send it on. */
async function measure(load: string, pid: number, ports: readonly number[]): Promise<Outcome> {
  const child = spawn(load, [String(LOAD_PORT), String(LEGS), String(WARM_S), String(SECONDS)], { stdio: ["pipe", "pipe", "inherit"] });
  const over = ended(child);
  const lines = linesOf(child);
  child.stdin.write(`${ports.join("\n")}\n`);
  const mark = async (): Promise<readonly number[]> => [...(await nextOf(lines)).split(" ").map(Number), cpuUs(pid)];
  const [before, after] = [await mark(), await mark()];
  const [sent, received, us] = before.map((count, i) => after[i]! - count) as [number, number, number];
  child.stdin.end();
  await over;
  return { us: us / received, lost: 1 - received / sent };
}

async function measureC(folder: string): Promise<Outcome> {
  const child = spawn(join(folder, "relay"), [String(RELAY_PORT), String(LOAD_PORT), String(LEGS)], { stdio: ["pipe", "pipe", "inherit"] });
  const over = ended(child);
  const lines = linesOf(child);
  const ports: number[] = [];
  while (ports.length < LEGS) ports.push(Number(await nextOf(lines)));
  const outcome = await measure(join(folder, "load"), child.pid!, ports);
  child.stdin.end();
  await over;
  return outcome;
}

async function measureServer(folder: string, way: { readonly net: "libc" | "dgram"; readonly recorded: boolean }): Promise<Outcome> {
  const server = await startServer({ ...way, phones: LEGS, rtpPort: RELAY_PORT, folder: mkdtempSync(join(folder, "server-")) });
  const phones = new Phones({ server: server.sip, phones: LEGS, rtpPort: LOAD_PORT });
  try {
    return await measure(join(folder, "load"), server.pid, await phones.talk());
  } finally {
    await phones.stop();
    await server.stop();
  }
}

const WAYS = [
  { name: "relayed, C library's sockets", net: "libc", recorded: false },
  { name: "relayed and both sides recorded, C library's sockets", net: "libc", recorded: true },
  { name: "relayed, Node's sockets", net: "dgram", recorded: false },
  { name: "relayed and both sides recorded, Node's sockets", net: "dgram", recorded: true },
] as const;

const median = (outcomes: readonly Outcome[]): Outcome => [...outcomes].sort((a, b) => a.us - b.us)[Math.floor(outcomes.length / 2)]!;

export async function run(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "ringward-relay-"));
  try {
    for (const name of ["relay", "load"]) execFileSync("cc", ["-O2", "-o", join(folder, name), join(C_SOURCES, `${name}.c`)]);
    const reference: Outcome[] = [];
    const outcomes: Outcome[][] = WAYS.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      reference.push(await measureC(folder));
      for (const [i, way] of WAYS.entries()) outcomes[i]!.push(await measureServer(folder, way));
    }
    return WAYS.map(({ name }, i) => {
      const { us, lost } = median(outcomes[i]!);
      return { name: `${name} (${(lost * 100).toFixed(1)} % lost)`, ours: us, reference: { name: "C, epoll", value: median(reference).us }, unit: "µs CPU a packet" };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
