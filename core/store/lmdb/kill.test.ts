import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import type { CollectionStore } from "../collection-store.js";
import { halves, rounds } from "./killed-writer.js";
import { openLmdbStore } from "./lmdb-store.js";

const WRITER = new URL("./killed-writer.js", import.meta.url).pathname;

interface Writer {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** Resolves when it has said `count` lines, or has ended. */
  said(count: number): Promise<void>;
}

function startWriter(directory: string): Writer {
  const child = spawn(process.execPath, [WRITER, directory], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  let rest = "";
  let over = false;
  // One listener for all who wait: one more for each look would pile up where the writer says little at a time.
  let wake = (): void => undefined;
  child.stdout.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop()!;
    lines.push(...parts);
    wake();
  });
  child.once("close", () => {
    over = true;
    wake();
  });
  const said = async (count: number): Promise<void> => {
    while (lines.length < count && !over) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { child, lines, said };
}

/** The last round, or what is not whole. */
async function check(store: CollectionStore, told: readonly string[]): Promise<number> {
  const read = async (query: { readonly index?: "group"; readonly prefix: readonly (string | number)[] }): Promise<number[]> => {
    const found: number[] = [];
    for (let after: readonly (string | number)[] | undefined; ; ) {
      const page = await store.range(halves, "h", { ...query, ...(after === undefined ? {} : { after }), limit: 1000 });
      found.push(...page.map((h) => h.round));
      const last = page.at(-1);
      if (last === undefined || page.length < 1000) return found;
      after = query.index === undefined ? [last.side, last.round] : [last.group, last.side, last.side, last.round];
    }
  };
  const left = await read({ prefix: ["left"] });
  if (String(left) !== String(await read({ prefix: ["right"] }))) throw new Error("a pair was torn");
  const indexed = [];
  for (const group of [0, 1, 2, 9]) indexed.push(...(await read({ index: "group", prefix: [group, "left"] })));
  if (String(indexed.sort((a, b) => a - b)) !== String(left)) throw new Error("the index is not that of the rows");
  const log: number[] = [];
  for (let page = await store.readLog(rounds, { limit: 1000 }); page.length > 0; page = await store.readLog(rounds, { afterSequence: log.length, limit: 1000 })) {
    for (const { sequence, value } of page) if (log.push(value.round) !== sequence) throw new Error("the log has a hole");
  }
  if (String(log.sort((a, b) => a - b)) !== String(left)) throw new Error("the log is not that of the rows");
  const kept = new Set(left);
  const lost = told.filter((round) => !kept.has(Number(round)));
  if (lost.length > 0) throw new Error(`told and lost: ${lost.join(" ")}`);
  return left.length;
}

t.test("killed with SIGKILL again and again, every commit that was told is there, and nothing is torn", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "ringward-kill-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const seed = process.pid;
  const random = new SimRandom(seed);
  t.comment(`seed ${seed}`);
  const told: string[] = [];
  for (let kill = 1; kill <= 8; kill++) {
    const writer = startWriter(directory);
    await writer.said(1 + Math.floor(random.next() * 150));
    writer.child.kill("SIGKILL");
    await once(writer.child, "close");
    t.match(writer.lines[0] ?? "nothing", /^\d+$/, "it opened what the killed one left, and wrote on");
    told.push(...writer.lines);
    const store = openLmdbStore(directory);
    const rows = await check(store, told);
    await store.close();
    t.pass(`kill ${kill}: ${told.length} told, ${rows} there`);
  }
});

t.test("one process per directory", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "ringward-lock-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const store = openLmdbStore(directory);
  t.throws(() => openLmdbStore(directory), { code: "STORE_LOCKED", context: { pid: process.pid } }, "nor twice in one process");
  const second = startWriter(directory);
  await once(second.child, "close");
  t.strictSame(second.lines, ["STORE_LOCKED"]);
  await store.close();
  const third = startWriter(directory);
  await third.said(1);
  t.throws(() => openLmdbStore(directory), { code: "STORE_LOCKED", context: { pid: third.child.pid } });
  third.child.kill("SIGKILL");
  await once(third.child, "close");
  await openLmdbStore(directory).close();
  for (const stale of ["", "garbage", "999999999 boot 1", `${process.pid} another-boot 1`]) {
    writeFileSync(join(directory, "lock"), stale);
    await openLmdbStore(directory).close();
    t.pass(`a lock of nobody alive is taken over: "${stale}"`);
  }
});

t.test("a disk that is full: refused with a code, nothing told is lost, nothing is torn", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "ringward-full-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  // Files of at most 400 KiB: the write behind that fails as on a full disk.
  const child = spawn("bash", ["-c", 'trap "" XFSZ; ulimit -f 400; exec "$@"', "bash", process.execPath, WRITER, join(directory, "db")], { stdio: ["ignore", "pipe", "ignore"] });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  await once(child, "close");
  const lines = Buffer.concat(output).toString().trim().split("\n");
  t.equal(lines.at(-1), "STORE_IO");
  const store = openLmdbStore(join(directory, "db"));
  const told = lines.slice(0, -1);
  t.ok(told.length > 10, `${told.length} told`);
  t.ok((await check(store, told)) >= told.length);
  await store.close();
});

t.test("a directory that can't be made is a coded error", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "ringward-io-"));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, "file"), "");
  t.throws(() => openLmdbStore(join(directory, "file", "below")), { code: "STORE_IO" });
});
