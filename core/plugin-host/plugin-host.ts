// Brings plugins up in the order of their needs, hands each its context, and takes back what it registered when it goes.
import type { AnyPlugin } from "../sdk/plugin.js";
import { readSection } from "./config-section.js";
import { PluginError } from "./error.js";
import { dependentsOf, loadOrder } from "./load-order.js";
import { pluginContext, type PluginHostOptions } from "./plugin-context.js";
import { Registrations } from "./registrations.js";
import { Scope } from "./scope.js";
import { fillOnce } from "./seed.js";

/** A setup that waits for something that never comes must not keep the server from starting, or from saying why it does not. */
const SETUP_MS_MAX = 30_000;

export class PluginHost {
  readonly #options: PluginHostOptions;
  readonly #plugins = new Map<string, { readonly plugin: AnyPlugin; readonly scope: Scope; readonly section: unknown }>();
  /** What they have registered: how the server reaches them. */
  readonly registered = new Registrations();
  /** Taken away by the operator, to come back with the same settings. */
  readonly #unloaded = new Map<string, { readonly plugin: AnyPlugin; readonly section: unknown }>();

  constructor(options: PluginHostOptions) {
    this.#options = options;
  }

  /**
   * Starts plugins, each with its section of the config, beside those that run. Where one fails, what it registered is taken back.
   * @throws PluginError
   */
  async start(plugins: readonly AnyPlugin[], sections: Readonly<Record<string, unknown>>): Promise<void> {
    for (const plugin of loadOrder(plugins, new Set(this.#plugins.keys()))) {
      if (plugin.sdk !== 1) throw new PluginError("PLUGIN_SDK", plugin.name, `was written for SDK ${String(plugin.sdk)}; this server has 1`);
      const config = readSection(plugin, sections[plugin.name]);
      const scope = new Scope(plugin.name);
      this.#plugins.set(plugin.name, { plugin, scope, section: sections[plugin.name] });
      try {
        this.#lift(plugin);
        await this.#fillIndexes(plugin);
        await this.#within(plugin.name, plugin.setup(pluginContext({ plugin, scope, registered: this.registered, host: this.#options }, config)));
      } catch (error) {
        this.close(plugin.name);
        if (error instanceof PluginError) throw error;
        throw new PluginError("PLUGIN_SETUP", plugin.name, `setup failed: ${error instanceof Error ? error.message : String(error)}`).because(error);
      }
    }
  }

  /** Fills what is still empty, once in the store's life. @throws PluginError "PLUGIN_SEED" */
  async seed(parts: Readonly<Record<string, unknown>>): Promise<void> {
    const { store, hospital } = this.#options;
    for (const { plugin, value } of this.registered.seeds.values()) {
      if (parts[plugin] !== undefined) await fillOnce(plugin, value, { store, hospital: hospital.id, part: parts[plugin] });
    }
  }

  /** What it registered is gone for new calls; calls that it handles go on. Unknown names are ignored. */
  close(name: string): void {
    const failures = this.#plugins.get(name)?.scope.close() ?? [];
    this.#plugins.delete(name);
    for (const error of failures) this.#options.log.error({ plugin: name, error: error instanceof Error ? error.message : String(error) }, "taking back what a plugin had registered failed");
  }

  /** What runs under this name. */
  definition(name: string): AnyPlugin | undefined {
    return this.#plugins.get(name)?.plugin;
  }

  /**
   * Puts `plugin` in the place of the one of its name, with the same settings; those that need it or profit from it are set up anew around it.
   * Calls that they handle go on; what comes meanwhile waits. Where a setup fails, what ran before runs again. Returns the names, in the order of their start.
   * @throws PluginError "PLUGIN_UNKNOWN", "PLUGIN_BUSY", and as `start`
   */
  async reload(plugin: AnyPlugin): Promise<readonly string[]> {
    if (!this.#plugins.has(plugin.name)) throw new PluginError("PLUGIN_UNKNOWN", plugin.name, "does not run");
    const old = this.#around(plugin.name);
    return this.#exchange(plugin.name, old, old.map((one) => (one.name === plugin.name ? plugin : one)));
  }

  /**
   * Takes the plugin away until `load`; calls that it handles go on. Those that profit from it are set up anew without it: their names are returned.
   * @throws PluginError "PLUGIN_UNKNOWN", "PLUGIN_NEEDED", "PLUGIN_BUSY", and as `start`
   */
  async unload(name: string): Promise<readonly string[]> {
    const running = this.#plugins.get(name);
    if (running === undefined) throw new PluginError("PLUGIN_UNKNOWN", name, "does not run");
    const needing = [...this.#plugins.values()].find(({ plugin }) => plugin.requires?.includes(name) === true);
    if (needing !== undefined) throw new PluginError("PLUGIN_NEEDED", name, `is needed by ${needing.plugin.name}`);
    const old = this.#around(name);
    const names = await this.#exchange(name, old, old.filter((one) => one.name !== name));
    this.#unloaded.set(name, { plugin: running.plugin, section: running.section });
    return names;
  }

  /** What `unload` took away, with the settings that it had. Returns the names that were set up. @throws PluginError "PLUGIN_UNKNOWN", "PLUGIN_BUSY", and as `start` */
  async load(plugin: AnyPlugin): Promise<readonly string[]> {
    if (!this.#unloaded.has(plugin.name)) throw new PluginError("PLUGIN_UNKNOWN", plugin.name, "was not taken away");
    const old = this.#around(plugin.name);
    const names = await this.#exchange(plugin.name, old, [plugin, ...old]);
    this.#unloaded.delete(plugin.name);
    return names;
  }

  /** What `unload` took away under this name. */
  unloaded(name: string): AnyPlugin | undefined {
    return this.#unloaded.get(name)?.plugin;
  }

  #around(name: string): readonly AnyPlugin[] {
    return dependentsOf(name, [...this.#plugins.values()].map((running) => running.plugin));
  }

  /** `next` in the place of `old`, each with the settings it had; what comes meanwhile waits. Returns the names of `next`. */
  async #exchange(name: string, old: readonly AnyPlugin[], next: readonly AnyPlugin[]): Promise<readonly string[]> {
    if (this.registered.isExpecting) throw new PluginError("PLUGIN_BUSY", name, "a reload is going on; ask again when it is done");
    const sections = Object.fromEntries([...old, ...next].map((one) => [one.name, (this.#plugins.get(one.name) ?? this.#unloaded.get(one.name))?.section]));
    const close = (plugins: readonly AnyPlugin[]): void => [...plugins].reverse().forEach((one) => this.close(one.name));
    const done = this.registered.expect();
    try {
      close(old);
      await this.start(next, sections).catch(async (error: unknown) => {
        close(next);
        await this.start(old, sections);
        throw error;
      });
      return next.map((one) => one.name);
    } finally {
      done();
    }
  }

  closeAll(): void {
    for (const name of [...this.#plugins.keys()].reverse()) this.close(name);
  }

  /** Kept when the plugin is closed: its entries are still read. */
  #lift({ name, upcasters = [] }: AnyPlugin): void {
    const foreign = upcasters.find(({ type }) => !type.startsWith(`${name}.`));
    if (foreign !== undefined) throw new PluginError("PLUGIN_NAME", name, `lifts entries of the kind ${name}. alone, not ${foreign.type}`);
    this.#options.journal.upcasters.set(name, upcasters);
  }

  /** However long it takes: before there are calls to wait for it. */
  async #fillIndexes({ name, collections = [] }: AnyPlugin): Promise<void> {
    const { store, log } = this.#options;
    for (const collection of collections) {
      const rows = await store.prepare(collection);
      if (rows > 0) log.info({ plugin: name, collection: collection.name, rows }, "rows were written into indexes that were added since");
    }
  }

  async #within(plugin: string, setup: void | Promise<void>): Promise<void> {
    if (setup === undefined) return;
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#options.clock.after(SETUP_MS_MAX, () => reject(new PluginError("PLUGIN_SETUP", plugin, `setup was not done after ${SETUP_MS_MAX} ms`)));
    });
    await Promise.race([setup, late]).finally(cancel);
  }
}
