// What all plugins registered, by name; each thing belongs to the scope of its plugin.
import { PluginError } from "./error.js";
import type { Scope } from "./scope.js";

export interface Owned<T> {
  readonly plugin: string;
  readonly value: T;
}

/** Names that only one plugin may hold: services, numbers, queues. */
export class Registry<T> {
  readonly #items = new Map<string, Owned<T>>();

  constructor(readonly what: string) {}

  /** @throws PluginError "PLUGIN_TAKEN", "PLUGIN_CLOSED" */
  add(scope: Scope, name: string, value: T): void {
    const taken = this.#items.get(name);
    if (taken !== undefined) throw new PluginError("PLUGIN_TAKEN", scope.plugin, `the ${this.what} ${name} is already ${taken.plugin}'s`);
    this.#items.set(name, { plugin: scope.plugin, value });
    scope.add(() => void this.#items.delete(name));
  }

  get(name: string): Owned<T> | undefined {
    return this.#items.get(name);
  }

  names(): readonly string[] {
    return [...this.#items.keys()];
  }

  values(): readonly Owned<T>[] {
    return [...this.#items.values()];
  }
}
