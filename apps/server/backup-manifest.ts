// What a backup says of itself. It is written last: a folder without it is no backup.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { readPrivateFile, writePrivateFile } from "../../core/crypto/private-file.js";
import { BackupError } from "./backup-error.js";

const FORMAT = 1;

export const BACKUP_FILES = {
  manifest: "backup.json",
  store: "store.mdb",
  key: "pepper",
  /** A line of JSON for each file of a recording: `{"file", "bytes"}`. */
  index: "recordings.jsonl",
  recordings: "recordings",
} as const;

/** In the order in which they come to be seen. */
export const BACKUP_NAMES: readonly string[] = [BACKUP_FILES.key, BACKUP_FILES.recordings, BACKUP_FILES.index, BACKUP_FILES.store, BACKUP_FILES.manifest];

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  /** Of the program that wrote it. */
  version: z.string(),
  utcMs: z.number().int(),
  hospital: z.string(),
  storeSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Tells the right key from another, and nothing about it. */
  keyCheck: z.string().regex(/^[0-9a-f]{32}$/),
  /** Files of recordings that the index lists. */
  recordings: z.number().int().nonnegative(),
  /** Their sound is in the backup. */
  sound: z.boolean(),
});
export type BackupManifest = z.infer<typeof manifestSchema>;

export const writeManifest = (folder: string, manifest: Omit<BackupManifest, "format">): void => writePrivateFile(join(folder, BACKUP_FILES.manifest), `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`);

/** @throws BackupError "BACKUP_DAMAGED" */
export function readManifest(folder: string): BackupManifest {
  const text = readPrivateFile(join(folder, BACKUP_FILES.manifest));
  if (text === undefined) throw new BackupError("BACKUP_DAMAGED", `${folder} holds no ${BACKUP_FILES.manifest}: it is no backup, or one that was not finished`);
  const read = manifestSchema.safeParse(jsonOf(text));
  if (!read.success) throw new BackupError("BACKUP_DAMAGED", `${folder}: ${BACKUP_FILES.manifest} can't be read by this version`);
  return read.data;
}

/** Hexadecimal. Reads the file in pieces, for a store may be larger than memory. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** The key is 32 random bytes: nobody finds it by trying. */
export const keyCheckOf = (key: Uint8Array): string => createHash("sha256").update("ringward backup key check\n").update(key).digest("hex").slice(0, 32);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
