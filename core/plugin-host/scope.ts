import { PluginError } from "./error.js";

/** What a plugin registered, taken back when it is closed, newest first. */
export class Scope {
  #undo: (() => void)[] = [];
  #closed = false;

  constructor(readonly plugin: string) {}

  /** @throws PluginError "PLUGIN_CLOSED" */
  add(undo: () => void): void {
    if (this.#closed) {
      undo();
      throw new PluginError("PLUGIN_CLOSED", this.plugin, "registers something after it was closed");
    }
    this.#undo.push(undo);
  }

  /** All of it is taken back, also where one thing fails; returns the failures. Idempotent. */
  close(): readonly unknown[] {
    this.#closed = true;
    const failures: unknown[] = [];
    for (const undo of this.#undo.splice(0).reverse()) {
      try {
        undo();
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }
}
