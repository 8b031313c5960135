// `ringward backup` and `ringward restore`: the data folder to another one and back. The server may run during the first, and not during the second.
import { constants, existsSync } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { loadKey, saveKey } from "../../core/crypto/key-file.js";
import { syncToDisk } from "../../core/crypto/private-file.js";
import { makePrivateFolder } from "../../core/crypto/private-folder.js";
import { STORE_FILE } from "../../core/store/lmdb/lmdb-backend.js";
import { copyLmdbStore } from "../../core/store/lmdb/lmdb-copy.js";
import { BackupError } from "./backup-error.js";
import { fillFolder, isUnfinished } from "./backup-folder.js";
import { BACKUP_FILES, BACKUP_NAMES, keyCheckOf, readManifest, sha256Of, writeManifest, type BackupManifest } from "./backup-manifest.js";
import { bringSoundBack, keepSound } from "./backup-sound.js";
import { dataFolder } from "./data-folder.js";

export interface BackupOptions {
  /** The setting `data`. */
  readonly data: string;
  /** An empty folder, or none yet. */
  readonly target: string;
  readonly hospital: string;
  readonly version: string;
  readonly nowUtcMs: number;
  /** Copies the recordings too; else they are listed alone. */
  readonly sound: boolean;
  /** Copies the key that PINs are tried with. Without it whoever finds the backup can try none. */
  readonly key: boolean;
}

/**
 * Copies what the server knows at this moment, for the owner alone. Rejects with BackupError, StoreError "STORE_IO" or KeyFileError;
 * `target` is empty then. Killed midway it leaves a folder that is no backup, which the next run begins anew.
 */
export async function backup(options: BackupOptions): Promise<BackupManifest> {
  const data = dataFolder(options.data);
  const target = resolve(options.target);
  const key = existsSync(join(data.store, STORE_FILE)) && !isUnfinished(data.path) ? loadKey(data.key) : undefined;
  if (key === undefined) throw new BackupError("BACKUP_SOURCE", `${data.path} is no server's data folder: it holds no store with its key, or a restore into it was not finished`);
  return fillFolder(target, BACKUP_NAMES, async (inside) => {
    const at = (name: keyof typeof BACKUP_FILES): string => join(inside, BACKUP_FILES[name]);
    // The store first: recordings that it knows are there when they are looked for.
    await copyLmdbStore(data.store, at("store"));
    const recordings = await keepSound(data.recordings, { index: at("index"), ...(options.sound ? { target: at("recordings") } : {}) });
    if (options.key) saveKey(at("key"), key);
    const { hospital, version, nowUtcMs: utcMs, sound } = options;
    writeManifest(inside, { version, utcMs, hospital, storeSha256: await sha256Of(at("store")), keyCheck: keyCheckOf(key), recordings, sound });
    return readManifest(inside);
  });
}

export interface RestoreOptions {
  /** What `backup` wrote. */
  readonly source: string;
  /** The setting `data`: an empty folder, or none yet. */
  readonly data: string;
  /** The file of the key, where the backup has none. */
  readonly keyFile?: string | undefined;
}

/**
 * Fills an empty data folder. Rejects with BackupError, StoreError or KeyFileError; `data` is empty then. Killed midway it leaves a
 * folder that no server starts in, which the next run begins anew.
 */
export async function restore(options: RestoreOptions): Promise<BackupManifest> {
  const source = resolve(options.source);
  const data = dataFolder(options.data);
  const manifest = readManifest(source);
  const store = join(source, BACKUP_FILES.store);
  const key = loadKey(options.keyFile === undefined ? join(source, BACKUP_FILES.key) : resolve(options.keyFile));
  if (key === undefined) throw new BackupError("BACKUP_KEY", "the key is not in the backup: name its file (--key), the data folder's pepper; without it no PIN is right");
  if (keyCheckOf(key) !== manifest.keyCheck) throw new BackupError("BACKUP_KEY", "this key is another one than the backed up store was used with: no PIN would be right");
  if (!existsSync(store) || (await sha256Of(store)) !== manifest.storeSha256) throw new BackupError("BACKUP_DAMAGED", `${store} is not what was written`);
  const names = [data.key, data.recordings, data.store].map((path) => basename(path));
  return fillFolder(data.path, names, async (path) => {
    const inside = dataFolder(path);
    saveKey(inside.key, key);
    await bringSoundBack(join(source, BACKUP_FILES.recordings), inside.recordings);
    makePrivateFolder(inside.store);
    await placeStore(store, inside.store);
    return manifest;
  });
}

async function placeStore(from: string, folder: string): Promise<void> {
  const file = join(folder, STORE_FILE);
  await copyFile(from, file, constants.COPYFILE_EXCL);
  await chmod(file, 0o600);
  syncToDisk(file);
  syncToDisk(folder);
}
