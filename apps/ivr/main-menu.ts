import type { MainMenu, MainMenuEntry, MenuKey } from "./service.js";

export class MenuEntries implements MainMenu {
  readonly #entries = new Map<MenuKey, MainMenuEntry>();

  /** In the order of their keys. */
  get inOrder(): readonly MainMenuEntry[] {
    return [...this.#entries.values()].sort((a, b) => Number(a.key) - Number(b.key));
  }

  contribute(entry: MainMenuEntry): () => void {
    if (this.#entries.has(entry.key)) throw new Error(`the main menu's key ${entry.key} is taken by ${this.#entries.get(entry.key)!.prompt}; ${entry.prompt} needs another`);
    this.#entries.set(entry.key, entry);
    return () => {
      if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    };
  }
}
