// All recordings by language and prompt name, as calls ask for them and as the media engine knows them.
import type { MediaCommand } from "../../media/engine/command.js";
import type { PlayedSound } from "../../media/player/played-sound.js";
import { LANGUAGES, type PromptResolver } from "../speech/announcement.js";
import type { Language } from "../speech/part.js";

/** `<language>/<owner>/<name>`: what the media engine calls a recording. */
export type PromptId = string;

export const promptId = (language: Language, name: string): PromptId => `${language}/${name}`;

export interface PromptLibraryContents {
  readonly recordings: ReadonlyMap<PromptId, PlayedSound>;
  /** What ought to have a recording. */
  readonly expected: ReadonlySet<PromptId>;
  /** Recordings of a hospital that replace nothing: most likely a name is misspelt. */
  readonly strangers?: readonly PromptId[];
}

export class PromptLibrary implements PromptResolver {
  readonly #contents: PromptLibraryContents;

  constructor(contents: PromptLibraryContents) {
    this.#contents = contents;
  }

  get size(): number {
    return this.#contents.recordings.size;
  }

  get strangers(): readonly PromptId[] {
    return this.#contents.strangers ?? [];
  }

  /**
   * The recording in `language`, else in the first language that has it. Where none has, the id that was asked for:
   * the media engine ends its playback as `unknown-prompt`.
   */
  resolve(language: Language, name: string): PromptId {
    const asked = promptId(language, name);
    if (this.#contents.recordings.has(asked)) return asked;
    const other = LANGUAGES.find((candidate) => this.#contents.recordings.has(promptId(candidate, name)));
    return other === undefined ? asked : promptId(other, name);
  }

  has(language: Language, name: string): boolean {
    return this.#contents.recordings.has(promptId(language, name));
  }

  durationMs(id: PromptId): number | undefined {
    const sound = this.#contents.recordings.get(id);
    return sound === undefined ? undefined : sound.samples.length / 8;
  }

  /** Expected, but without a recording; in order. */
  missing(): readonly PromptId[] {
    return [...this.#contents.expected].filter((id) => !this.#contents.recordings.has(id)).sort();
  }

  /** What a worker must be told before its first leg. The samples are shared, not copied. */
  loadCommands(): readonly MediaCommand[] {
    return [...this.#contents.recordings].map(([prompt, sound]) => ({ type: "prompt.load", prompt, ...sound }));
  }
}
