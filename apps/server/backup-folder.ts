// Folders that a backup or a restore fills: empty before, and empty again where it fails.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { KeyFileError } from "../../core/crypto/key-file.js";
import { makePrivateFolder } from "../../core/crypto/private-folder.js";
import { StoreError } from "../../core/store/fault.js";
import { BackupError } from "./backup-error.js";

/** Makes `folder` where absent and has `fill` fill it. What `fill` wrote is removed where it throws. @throws BackupError "BACKUP_TARGET", "BACKUP_IO", and its own */
export async function fillFolder<T>(folder: string, fill: () => Promise<T>): Promise<T> {
  if (namesIn(folder).length > 0) throw new BackupError("BACKUP_TARGET", `${folder} is not empty: nothing was written`);
  try {
    makePrivateFolder(folder);
    return await fill();
  } catch (error) {
    // What somebody else put there in the meantime is theirs.
    if (!isTaken(error)) for (const name of namesIn(folder)) rmSync(join(folder, name), { recursive: true, force: true });
    if (error instanceof BackupError || error instanceof StoreError || error instanceof KeyFileError) throw error;
    throw new BackupError("BACKUP_IO", `${folder} can't be filled: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const isTaken = (error: unknown): boolean => error instanceof Error && "code" in error && (error.code === "EEXIST" || error.code === "STORE_LOCKED");

export const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw new BackupError("BACKUP_IO", `${folder} can't be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
