// A consistent copy of an embedded store while another process writes to it: LMDB's readers see one commit, whatever follows.
import { chmodSync, closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import { syncToDisk } from "../../crypto/private-file.js";
import { StoreError } from "../fault.js";
import { STORE_FILE, STORE_OPTIONS } from "./lmdb-backend.js";

/** MDB_MAGIC, behind the head of the first page and its flags, in the machine's byte order. */
const MAGIC = 0xbeefc0de;
const MAGIC_AT = 24;

/**
 * Writes the store of `directory` as it stands now into the new file `target`, for its owner alone, synced when it resolves. Its server
 * may go on meanwhile, and what it told anybody before is in the copy. Rejects with StoreError "STORE_IO".
 */
export async function copyLmdbStore(directory: string, target: string): Promise<void> {
  const path = join(directory, STORE_FILE);
  if (!existsSync(path)) throw new StoreError("STORE_IO", "there is no store in this folder", { directory });
  if (!isDatabase(path)) throw new StoreError("STORE_IO", "this file is no store", { path });
  try {
    const database = open({ ...STORE_OPTIONS, path, readOnly: true });
    try {
      // Compact: without the pages that are free.
      await database.backup(target, true);
    } finally {
      await database.close();
    }
    chmodSync(target, 0o600);
    syncToDisk(target);
  } catch (error) {
    throw new StoreError("STORE_IO", "the store can't be copied", { directory, target }).causedBy(error);
  }
}

/** LMDB itself ends the process where it opens another file for reading. */
function isDatabase(path: string): boolean {
  const head = new Uint32Array(1);
  const file = openSync(path, "r");
  try {
    return readSync(file, head, 0, head.byteLength, MAGIC_AT) === head.byteLength && head[0] === MAGIC;
  } finally {
    closeSync(file);
  }
}
