// One process per data directory. The file names the process by pid and by when the kernel started it, so that
// neither a killed server's file nor a reused pid keeps the next start out.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { StoreError } from "../fault.js";

export interface DirectoryLock {
  release(): void;
}

const TRIES_MAX = 5;

/** Throws StoreError "STORE_LOCKED" with the holder's pid where another living process, or this one, holds `path`. */
export function lockDirectory(path: string): DirectoryLock {
  const mine = identity(process.pid) ?? String(process.pid);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (create(path, mine)) return { release: () => rmSync(path, { force: true }) };
    const holder = read(path);
    if (holder !== undefined && alive(holder)) throw new StoreError("STORE_LOCKED", "another process has the data directory open", { pid: pidOf(holder), lock: path });
    discard(path, `${path}.stale-${process.pid}`);
  }
  throw new StoreError("STORE_LOCKED", "the lock of the data directory changes hands all the time", { lock: path });
}

function create(path: string, holder: string): boolean {
  try {
    writeFileSync(path, holder, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw new StoreError("STORE_IO", "can't write into the data directory", { lock: path, cause: codeOf(error) }).causedBy(error);
  }
}

/** By renaming, for that succeeds for one of several who try. */
function discard(path: string, aside: string): void {
  try {
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

const pidOf = (holder: string): number => Number.parseInt(holder, 10);

function alive(holder: string): boolean {
  const pid = pidOf(holder);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  const now = identity(pid);
  return now === undefined ? true : now === holder;
}

/** `pid boot start`; undefined where there is no /proc. A process that is dead and not yet reaped has no identity of the living. */
function identity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in brackets may hold blanks and brackets: the fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return fields[0] === "Z" || fields[0] === "X" ? `${pid} gone` : `${pid} ${boot} ${fields[19] ?? ""}`;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "unknown");
