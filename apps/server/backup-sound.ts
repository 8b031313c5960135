// The recordings' files in a backup: always listed, copied where asked.
import { constants, existsSync } from "node:fs";
import { copyFile, mkdir, open, opendir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncToDisk } from "../../core/crypto/private-file.js";
import { isMissing } from "./backup-folder.js";

/** As the recorder names them: two letters, then the id with its kind. What it has not finished naming is left out. */
const SHELF = /^[A-Za-z0-9_-]{2}$/;
const FILE = /^[A-Za-z0-9_-]{2,128}\.[a-z0-9]{1,8}$/;

/**
 * Lists each file below `recordings` in `index`, a line of JSON each; copies it below `target` where given, as far as it is written.
 * Resolves with how many there are.
 */
export async function keepSound(recordings: string, where: { readonly index: string; readonly target?: string }): Promise<number> {
  const index = await open(where.index, "wx", 0o600);
  let count = 0;
  try {
    for await (const file of filesOf(recordings)) {
      if (where.target !== undefined) await copyPrivate(join(recordings, file), join(where.target, file));
      const { size } = await stat(join(where.target ?? recordings, file));
      await index.write(`${JSON.stringify({ file, bytes: size })}\n`);
      count++;
    }
    if (where.target !== undefined) await syncShelves(where.target);
    await index.sync();
  } finally {
    await index.close();
  }
  return count;
}

/** All of it, to where the recorder looks; synced when it resolves. */
export async function bringSoundBack(from: string, recordings: string): Promise<void> {
  for await (const file of filesOf(from)) await copyPrivate(join(from, file), join(recordings, file));
  await syncShelves(recordings);
}

/** Which files there are outlives the end of the power; what they hold was synced when they were copied. */
async function syncShelves(folder: string): Promise<void> {
  for await (const shelf of entriesOf(folder)) syncToDisk(join(folder, shelf.name));
  if (existsSync(folder)) syncToDisk(folder);
}

async function* filesOf(folder: string): AsyncGenerator<string> {
  for await (const shelf of entriesOf(folder)) {
    if (!shelf.isDirectory() || !SHELF.test(shelf.name)) continue;
    for await (const file of entriesOf(join(folder, shelf.name))) if (file.isFile() && FILE.test(file.name)) yield join(shelf.name, file.name);
  }
}

async function* entriesOf(folder: string): AsyncGenerator<{ readonly name: string; isFile(): boolean; isDirectory(): boolean }> {
  const opened = await opendir(folder).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (opened !== undefined) yield* opened;
}

async function copyPrivate(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, to, constants.COPYFILE_EXCL);
  syncToDisk(to);
}
