import { z } from "zod";
import type { AnyPlugin } from "../sdk/plugin.js";
import { PluginError } from "./error.js";

/**
 * A plugin's section of the config, checked, completed with defaults and frozen.
 * @throws PluginError "PLUGIN_CONFIG" naming each setting that is wrong.
 */
export function readSection(plugin: AnyPlugin, section: unknown): never {
  const schema = plugin.config === undefined ? z.strictObject({}) : strict(plugin.config);
  const read = schema.safeParse(section ?? {});
  if (read.success) return deepFreeze(read.data) as never;
  const faults = read.error.issues.map((issue) => `plugins.${[plugin.name, ...issue.path].map(String).join(".")}: ${issue.message}`);
  throw new PluginError("PLUGIN_CONFIG", plugin.name, faults.join("; "));
}

/** A setting that is misspelt must not be passed over in silence. Not by class: a plugin may bring its own copy of zod. */
const strict = (schema: z.ZodType): z.ZodType => ("strict" in schema && typeof schema.strict === "function" ? (schema.strict as () => z.ZodType)() : schema);

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
