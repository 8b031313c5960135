// Small files for their owner alone: keys, tokens.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { makePrivateFolder } from "./private-folder.js";

/** Undefined where there is no such file. Throws the system's error otherwise. */
export function readPrivateFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Mode 0600, its folder made with 0700 where absent. Whole or not there at all, whenever the process or the power ends:
 * written beside, synced, renamed. For one writer at a time.
 */
export function writePrivateFile(path: string, text: string): void {
  makePrivateFolder(dirname(path));
  const beside = `${path}.new`;
  const file = openSync(beside, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
  syncToDisk(dirname(path));
}

/** What a file holds, or which files a folder names, survives the end of the power from here on. */
export function syncToDisk(path: string): void {
  const opened = openSync(path, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
