// `ringward call` in a process of its own.
import { spawn } from "node:child_process";

const CALL_MS_MAX = 45_000;

export interface Softphone {
  /** What it has said so far. */
  readonly output: () => string;
  readonly code: Promise<number | null>;
}

export function softphone(...words: string[]): Softphone {
  const child = spawn(process.execPath, ["dist/apps/cli/main.js", "call", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const limit = setTimeout(() => child.kill("SIGKILL"), CALL_MS_MAX);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => void (text += chunk.toString("utf8")));
  return {
    output: () => text,
    code: new Promise((resolve) => {
      child.once("close", (code) => {
        clearTimeout(limit);
        resolve(code);
      });
    }),
  };
}
