// Folders that a backup or a restore fills: whole, or nobody takes them for it. All is written into a folder inside, which may
// be a mount point's only writable place, and moved out at the end; while that inner folder is there, the outer one is unfinished.
import { existsSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { KeyFileError } from "../../core/crypto/key-file.js";
import { syncToDisk } from "../../core/crypto/private-file.js";
import { makePrivateFolder } from "../../core/crypto/private-folder.js";
import { StoreError } from "../../core/store/fault.js";
import { lockDirectory } from "../../core/store/lmdb/lock.js";
import { BackupError } from "./backup-error.js";

const INSIDE = ".unfinished";
const LOCK = "lock";

/** A backup or a restore into it was killed, or goes on. */
export const isUnfinished = (folder: string): boolean => existsSync(join(folder, INSIDE));

/**
 * Makes `folder` where absent and has `fill` write into a folder inside; what it wrote is then moved out in the order of `names`,
 * the last of which makes it whole, synced. What was written is removed where it fails. A run that was killed is begun anew by
 * the next one. @throws BackupError "BACKUP_TARGET", "BACKUP_IO", StoreError "STORE_LOCKED", and what `fill` throws
 */
export async function fillFolder<T>(folder: string, names: readonly string[], fill: (inside: string) => Promise<T>): Promise<T> {
  const again = isUnfinished(folder);
  refuseFilled(folder, again ? names : []);
  const inside = join(folder, INSIDE);
  try {
    makePrivateFolder(inside);
    const lock = lockDirectory(join(inside, LOCK));
    try {
      // Looked at once more: now no server begins in it, nor another run of ours.
      refuseFilled(folder, again ? names : []);
      empty(folder, INSIDE);
      empty(inside, LOCK);
      const filled = await fill(inside);
      moveOut(inside, folder, names);
      return filled;
    } finally {
      lock.release();
      if (namesIn(inside).length === 0) rmdirSync(inside);
      else rmSync(inside, { recursive: true, force: true });
      syncToDisk(folder);
    }
  } catch (error) {
    if (error instanceof BackupError || error instanceof StoreError || error instanceof KeyFileError) throw error;
    throw new BackupError("BACKUP_IO", `${folder} can't be filled: ${messageOf(error)}`, { cause: error });
  }
}

export const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

function moveOut(inside: string, folder: string, names: readonly string[]): void {
  syncToDisk(inside);
  const moved: string[] = [];
  try {
    for (const name of names.filter((one) => existsSync(join(inside, one)))) {
      if (existsSync(join(folder, name))) throw new BackupError("BACKUP_TARGET", `${folder}: somebody else put ${name} there meanwhile`);
      renameSync(join(inside, name), join(folder, name));
      moved.push(name);
      syncToDisk(folder);
    }
  } catch (error) {
    // What somebody else put there is theirs.
    for (const name of moved) rmSync(join(folder, name), { recursive: true, force: true });
    throw error;
  }
}

function refuseFilled(folder: string, known: readonly string[]): void {
  if (namesIn(folder).some((name) => name !== INSIDE && !known.includes(name))) throw new BackupError("BACKUP_TARGET", `${folder} is not empty: nothing was written`);
}

function empty(folder: string, except: string): void {
  for (const name of namesIn(folder)) if (name !== except) rmSync(join(folder, name), { recursive: true, force: true });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw new BackupError("BACKUP_IO", `${folder} can't be read: ${messageOf(error)}`, { cause: error });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
