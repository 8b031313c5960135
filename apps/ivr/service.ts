import { service, type CallHandler } from "../../core/sdk/index.js";

export type MenuKey = "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";

export interface MainMenuEntry {
  readonly key: MenuKey;
  /** What it is, up to the key: the menu says the key itself. */
  readonly prompt: string;
  /** When it returns, the caller is back in the main menu. */
  readonly handler: CallHandler;
}

/** The menu that a caller of the hospital's numbers comes to, made of what the installed plugins contribute. */
export interface MainMenu {
  /** Throws where the key is another's. Returns what takes the entry away again. */
  contribute(entry: MainMenuEntry): () => void;
}

export const mainMenu = service<MainMenu>("ivr/main-menu");
