import type { Config } from "../../core/config/schema.js";

/** A plugin's section of the settings without what is the server's own: `module`. */
export function pluginSection(config: Config, name: string): Readonly<Record<string, unknown>> {
  const { module: _module, ...section } = config.plugins[name] ?? {};
  return section;
}

/** All of them, by plugin. */
export const pluginSections = (config: Config): Readonly<Record<string, unknown>> => Object.fromEntries(Object.keys(config.plugins).map((name) => [name, pluginSection(config, name)]));
