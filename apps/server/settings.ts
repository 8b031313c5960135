// What a start reads from files before anything is opened: settings, plugins, seed.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parse } from "yaml";
import { parseConfig } from "../../core/config/config.js";
import type { Environment } from "../../core/config/environment.js";
import { ConfigError } from "../../core/config/error.js";
import type { Config } from "../../core/config/schema.js";
import type { AnyPlugin } from "../../core/sdk/plugin.js";
import { readSection } from "../../core/plugin-host/config-section.js";
import { PluginError } from "../../core/plugin-host/error.js";
import { BUILTIN_PLUGINS } from "./builtin-plugins.js";
import { ServerError } from "./error.js";
import { pluginSection } from "./plugin-section.js";


export interface Settings {
  /** As errors name it. */
  readonly file: string;
  readonly config: Config;
  readonly plugins: readonly AnyPlugin[];
  readonly seed: Readonly<Record<string, unknown>>;
  /** Absolute, where the settings name one. */
  readonly promptsFolder?: string;
  /** A plugin's module, read anew where it is not built in. @throws ServerError "SERVER_PLUGIN" */
  loadPlugin(name: string): Promise<AnyPlugin>;
}

/** The package's folder, from dist/apps/server. */
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const DEMO = resolve(ROOT, "examples/demo-hospital/config.yaml");

/**
 * @param file of the settings; else RINGWARD_CONFIG, else the demo hospital
 * @throws ConfigError, ServerError: one line each
 */
export async function readSettings(file: string | undefined, environment: Environment): Promise<Settings> {
  const path = resolve(file ?? (environment["RINGWARD_CONFIG"] || DEMO));
  const shown = shorten(path);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new ConfigError("CONFIG_READ", `${shown}: ${reason(error)}; accepted: a file of settings (--config, RINGWARD_CONFIG)`);
  });
  const config = parseConfig({ file: shown, text, environment });
  const plugins = await Promise.all(Object.entries(config.plugins).map(([name, section]) => loadPlugin({ file: path, name, module: section.module })));
  plugins.forEach((plugin) => checkSection(plugin, config, shown));
  const seed = config.seed === undefined ? {} : await readSeed(resolve(dirname(path), config.seed), plugins);
  let loads = 0;
  const again = (name: string): Promise<AnyPlugin> => loadPlugin({ file: path, name, module: config.plugins[name]?.module, version: ++loads });
  return { file: shown, config, plugins, seed, loadPlugin: again, ...(config.prompts === undefined ? {} : { promptsFolder: resolve(dirname(path), config.prompts) }) };
}

/** @param version Node keeps what it has imported under its address, so that a module that is read anew needs another one. */
async function loadPlugin({ file, name, module, version }: { file: string; name: string; module: string | undefined; version?: number }): Promise<AnyPlugin> {
  const shown = shorten(file);
  const builtin = Object.hasOwn(BUILTIN_PLUGINS, name) ? BUILTIN_PLUGINS[name] : undefined;
  if (module === undefined && builtin === undefined)
    throw new ServerError("SERVER_PLUGIN", `${shown}: plugins.${name} is not known; accepted: ${Object.keys(BUILTIN_PLUGINS).join(", ")}, or a module of your own (plugins.${name}.module)`);
  let loaded: unknown;
  try {
    loaded = await (module === undefined ? builtin!() : import(pathToFileURL(resolve(dirname(file), module)).href + (version === undefined ? "" : `?reload=${version}`)));
  } catch (error) {
    throw new ServerError("SERVER_PLUGIN", `${shown}: plugins.${name} can't be loaded: ${reason(error)}`, { cause: error });
  }
  const definition = (loaded as { default?: Partial<AnyPlugin> }).default;
  if (definition === undefined || typeof definition.setup !== "function" || definition.sdk !== 1) throw new ServerError("SERVER_PLUGIN", `${shown}: plugins.${name} is no plugin; accepted: a module whose default export is made by definePlugin, sdk 1`);
  if (definition.name !== name) throw new ServerError("SERVER_PLUGIN", `${shown}: plugins.${name} is the plugin ${JSON.stringify(definition.name)}; accepted: its own name as the key`);
  return definition as AnyPlugin;
}

/** Here already, so that nothing is opened for a setting that a plugin refuses, and the file is named. */
function checkSection(plugin: AnyPlugin, config: Config, file: string): void {
  try {
    readSection(plugin, pluginSection(config, plugin.name));
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    throw new ServerError("SERVER_PLUGIN_CONFIG", `${file}: ${error.message}`, { cause: error });
  }
}

async function readSeed(path: string, plugins: readonly AnyPlugin[]): Promise<Record<string, unknown>> {
  const shown = shorten(path);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new ServerError("SERVER_SEED", `${shown}: ${reason(error)}; named by the setting seed`, { cause: error });
  });
  let tree: unknown;
  try {
    tree = parse(text, { maxAliasCount: 0 }) ?? {};
  } catch (error) {
    throw new ServerError("SERVER_SEED", `${shown}: ${reason(error)}`, { cause: error });
  }
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) throw new ServerError("SERVER_SEED", `${shown}: accepted: a mapping of plugins' names`);
  const stranger = Object.keys(tree).find((name) => !plugins.some((plugin) => plugin.name === name));
  if (stranger !== undefined) throw new ServerError("SERVER_SEED", `${shown}: ${stranger} is no plugin of the settings; accepted: ${plugins.map((plugin) => plugin.name).join(", ")}`);
  return tree as Record<string, unknown>;
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** As an operator would write it, where that is shorter. */
function shorten(path: string): string {
  const near = relative(process.cwd(), path);
  return isAbsolute(near) || near.startsWith("..") || !existsSync(path) ? path : near;
}
