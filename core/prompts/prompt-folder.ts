// Recordings on disk: each owner's folder first, then the hospital's own, which replace them by name.
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { PlayedSound } from "../../media/player/played-sound.js";
import { LANGUAGES } from "../speech/announcement.js";
import { PromptError } from "./error.js";
import { promptId, PromptLibrary, type PromptId } from "./prompt-library.js";
import { readRecording } from "./recording.js";

/** A folder `<language>/<name>.wav`, with `<language>.yaml` beside where texts are kept; played as `<owner>/<name>`. */
export interface PromptSource {
  readonly owner: string;
  /** Absolute path. */
  readonly folder: string;
  /** Each language needs other recordings; otherwise what one has, all need. */
  readonly differs?: boolean;
}

export interface PromptFolders {
  readonly sources: readonly PromptSource[];
  /** A hospital's own: `<language>/<owner>/<name>.wav`. */
  readonly override?: string;
}

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/**
 * Where a plugin's `prompts` URL leads. A compiled plugin's URL points below `dist`, into which the compiler copies no
 * sound; the recordings stand in the source folder of the same name.
 */
export function promptFolder(url: string): string {
  const folder = fileURLToPath(url);
  if (existsSync(folder)) return folder;
  const parts = folder.split(sep);
  const dist = parts.lastIndexOf("dist");
  return dist < 0 ? folder : parts.toSpliced(dist, 1).join(sep);
}

/** The recordings that come with the core: spoken parts, and what every call may hear. */
export const coreSources = (): readonly PromptSource[] => [
  { owner: "speech", folder: promptFolder(new URL("../speech/prompts/", import.meta.url).href), differs: true },
  { owner: "core", folder: promptFolder(new URL("../call/prompts/", import.meta.url).href) },
];

/** Reads everything. @throws PromptError naming the file */
export async function loadPrompts(folders: PromptFolders): Promise<PromptLibrary> {
  const recordings = new Map<PromptId, PlayedSound>();
  const expected = new Set<PromptId>();
  for (const source of folders.sources) {
    await requireFolder(source.folder);
    for (const language of LANGUAGES) {
      const { owner, folder, differs } = source;
      const recorded = await wavNames(join(folder, language));
      for (const name of recorded) recordings.set(promptId(language, `${owner}/${name}`), await read(join(folder, language, `${name}.wav`)));
      const needing = differs === true ? [language] : LANGUAGES;
      for (const name of [...recorded, ...(await textNames(join(folder, `${language}.yaml`)))]) for (const need of needing) expected.add(promptId(need, `${owner}/${name}`));
    }
  }
  const strangers = folders.override === undefined ? [] : await overrideWith(folders.override, { recordings, expected });
  return new PromptLibrary({ recordings, expected, strangers });
}

async function overrideWith(folder: string, { recordings, expected }: { recordings: Map<PromptId, PlayedSound>; expected: ReadonlySet<PromptId> }): Promise<PromptId[]> {
  await requireFolder(folder);
  const strangers: PromptId[] = [];
  for (const language of LANGUAGES)
    for (const owner of await folderNames(join(folder, language)))
      for (const name of await wavNames(join(folder, language, owner))) {
        const id = promptId(language, `${owner}/${name}`);
        recordings.set(id, await read(join(folder, language, owner, `${name}.wav`)));
        if (!expected.has(id)) strangers.push(id);
      }
  return strangers;
}

async function read(file: string): Promise<PlayedSound> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new PromptError("PROMPT_READ", `${file}: ${(error as Error).message}`, { cause: error });
  });
  return readRecording(bytes, file);
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new PromptError("PROMPT_READ", `${folder}: no such folder of prompts`);
}

/** A language that is not there is none; anything else is said. */
async function entries(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  try {
    const found = await readdir(folder, { withFileTypes: true });
    return found.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new PromptError("PROMPT_READ", `${folder}: ${(error as Error).message}`, { cause: error });
  }
}

const wavNames = async (folder: string): Promise<string[]> => (await entries(folder)).flatMap(({ name, isFolder }) => (!isFolder && name.endsWith(".wav") && NAME.test(name.slice(0, -4)) ? [name.slice(0, -4)] : []));

const folderNames = async (folder: string): Promise<string[]> => (await entries(folder)).flatMap(({ name, isFolder }) => (isFolder && NAME.test(name) ? [name] : []));

async function textNames(file: string): Promise<string[]> {
  if (!existsSync(file)) return [];
  try {
    return Object.keys((parse(await readFile(file, "utf8")) as Record<string, unknown> | null) ?? {});
  } catch (error) {
    throw new PromptError("PROMPT_READ", `${file}: ${(error as Error).message}`, { cause: error });
  }
}
