import type { AnyPlugin } from "../sdk/plugin.js";
import { PluginError } from "./error.js";

/**
 * Every plugin behind those it needs, and behind those it merely profits from where they are installed; otherwise as given.
 * Those that run already serve as needed ones.
 * @throws PluginError "PLUGIN_DUPLICATE", "PLUGIN_REQUIRES", "PLUGIN_CYCLE"
 */
export function loadOrder(plugins: readonly AnyPlugin[], running: ReadonlySet<string> = new Set()): readonly AnyPlugin[] {
  const byName = new Map<string, AnyPlugin>();
  for (const plugin of plugins) {
    if (byName.has(plugin.name) || running.has(plugin.name)) throw new PluginError("PLUGIN_DUPLICATE", plugin.name, "installed twice");
    byName.set(plugin.name, plugin);
  }
  const ordered: AnyPlugin[] = [];
  const path: string[] = [];
  const visit = (plugin: AnyPlugin): void => {
    if (ordered.includes(plugin)) return;
    const circle = path.indexOf(plugin.name);
    if (circle >= 0) throw new PluginError("PLUGIN_CYCLE", plugin.name, `needs itself: ${[...path.slice(circle), plugin.name].join(" -> ")}`);
    path.push(plugin.name);
    for (const name of plugin.requires ?? []) {
      const needed = byName.get(name);
      if (needed === undefined && running.has(name)) continue;
      if (needed === undefined) throw new PluginError("PLUGIN_REQUIRES", plugin.name, `needs the plugin ${name}, which is not installed`);
      visit(needed);
    }
    for (const name of plugin.optional ?? []) {
      const wanted = byName.get(name);
      if (wanted !== undefined) visit(wanted);
    }
    path.pop();
    ordered.push(plugin);
  };
  for (const plugin of plugins) visit(plugin);
  return ordered;
}

/** The plugin of this name and all of `running` that need it or profit from it, also by way of others; in the order given. */
export function dependentsOf(name: string, running: readonly AnyPlugin[]): readonly AnyPlugin[] {
  const found = new Set([name]);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const plugin of running) if ([...(plugin.requires ?? []), ...(plugin.optional ?? [])].some((needed) => found.has(needed))) found.add(plugin.name);
  }
  return running.filter((plugin) => found.has(plugin.name));
}
