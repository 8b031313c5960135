// Folders for their owner alone.
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Mode 0700, its parents made where absent. Throws the system's error. Node's own recursive mkdir never returns where the
 * system says of a folder below one that is there that it is not (below /proc), so each is made for itself here.
 */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST" && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (code !== "ENOENT" || parent === path || existsSync(parent)) throw error;
    makePrivateFolder(parent);
    mkdirSync(path, { mode: 0o700 });
  }
}
