import { coreSources, loadPrompts, promptFolder } from "../../core/prompts/prompt-folder.js";
import type { PromptLibrary } from "../../core/prompts/prompt-library.js";
import type { AnyPlugin } from "../../core/sdk/plugin.js";

/** Everything that can be heard: the core's recordings, each plugin's, and the hospital's own over them. @throws PromptError */
export function loadAllPrompts(plugins: readonly AnyPlugin[], overrideFolder: string | undefined): Promise<PromptLibrary> {
  const owned = plugins.flatMap(({ name, prompts }) => (prompts === undefined ? [] : [{ owner: name, folder: promptFolder(prompts) }]));
  return loadPrompts({ sources: [...coreSources(), ...owned], ...(overrideFolder === undefined ? {} : { override: overrideFolder }) });
}
