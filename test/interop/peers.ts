// Programs that we did not write, found on the machine or said to be missing. With CI=true a missing one is a failure.
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export type PeerName = "sipp" | "baresip" | "sipsak" | "sox" | "ffmpeg" | "espeak-ng" | "kamailio";

export function findPeer(name: PeerName): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      continue; // not in this folder
    }
  }
  return undefined;
}

/** The reason to give to tap's `skip` when a peer lacks and the run may go on without it. */
export function missingPeers(...names: PeerName[]): string | false {
  const missing = names.filter((name) => findPeer(name) === undefined);
  if (missing.length === 0) return false;
  if (process.env["CI"] === "true") throw new Error(`not installed: ${missing.join(", ")} (npm run peers)`);
  return `not installed: ${missing.join(", ")} (npm run peers)`;
}

export interface PeerRun {
  readonly exitCode: number | null;
  readonly output: string;
}

/** A running peer: bounded in time, its output kept (the last 64 KiB), ended by its own process id. */
export class Peer {
  #output = "";
  readonly #child: ChildProcess;
  readonly ended: Promise<PeerRun>;

  constructor(name: PeerName, args: readonly string[], options: { readonly timeoutMs: number; readonly cwd?: string }) {
    this.#child = spawn(findPeer(name) ?? name, [...args], { stdio: ["ignore", "pipe", "pipe"], ...(options.cwd === undefined ? {} : { cwd: options.cwd }) });
    const keep = (chunk: Buffer): void => void (this.#output = (this.#output + chunk.toString("utf8")).slice(-65_536));
    this.#child.stdout!.on("data", keep);
    this.#child.stderr!.on("data", keep);
    const limit = setTimeout(() => this.#child.kill("SIGKILL"), options.timeoutMs);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (exitCode) => {
        clearTimeout(limit);
        resolve({ exitCode, output: this.#output });
      });
    });
  }

  get output(): string {
    return this.#output;
  }

  kill(): Promise<PeerRun> {
    this.#child.kill("SIGKILL");
    return this.ended;
  }

  async stop(): Promise<PeerRun> {
    this.#child.kill("SIGTERM");
    const force = setTimeout(() => this.#child.kill("SIGKILL"), 3000);
    const run = await this.ended;
    clearTimeout(force);
    return run;
  }
}

/** Looks every 50 ms until `look` gives something, or fails after `timeoutMs` saying what was waited for. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined> | T | undefined, timeoutMs = 10_000): Promise<T> {
  const untilMs = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > untilMs) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((resolve) => void setTimeout(resolve, 50));
  }
}
