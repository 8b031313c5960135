// From a file's text and the environment to settings that everything else may trust.
import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { isLoopback } from "./address.js";
import { expandReferences, overlayEnvironment, variableOf, type Environment } from "./environment.js";
import { ConfigError } from "./error.js";
import { configSchema, type Config } from "./schema.js";

export interface ConfigSource {
  /** As errors name it. */
  readonly file: string;
  readonly text: string;
  readonly environment: Environment;
}

/** Settings whose value an error must not repeat. */
const SECRET = /(password|secret|token|pin|key)$/i;

/** YAML's types in an operator's words. */
const TYPES: Readonly<Record<string, string>> = { int: "a whole number", number: "a number", string: "a text (digits alone need quotes)", boolean: "true or false", object: "a mapping", record: "a mapping", array: "a list" };

/**
 * Parses, completes, checks and freezes the settings.
 * @throws ConfigError with one line that names file and setting.
 */
export function parseConfig(source: ConfigSource): Config {
  const tree = expandReferences(parseYaml(source), source.environment, { file: source.file, path: [] }) as Record<string, unknown>;
  overlayEnvironment(tree, source.environment);
  const result = configSchema.safeParse(tree);
  if (!result.success) throw invalid(result.error.issues[0]!, tree, source);
  const config = result.data as Config;
  refuseUnsafe(config, source);
  return deepFreeze(config);
}

/** A word for the first setting of a plugin's section that its own schema refuses; for the plugin host's start. */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown, path: readonly PropertyKey[]): string {
  const name = [...path, ...issue.path].map(String).join(".") || "the file";
  if (issue.code === "unrecognized_keys") return `${name === "the file" ? "" : `${name}.`}${issue.keys[0]} is not known`;
  const given = issue.path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined), value);
  const what = given === undefined ? "is missing" : SECRET.test(name) ? "is not accepted" : `is ${clip(JSON.stringify(given))}`;
  return `${name} ${what}; ${accepted(issue)}`;
}

function parseYaml({ file, text }: ConfigSource): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault !== undefined) throw new ConfigError("CONFIG_YAML", `${file}: line ${lines.linePos(fault.pos[0]).line}: ${fault.message}`);
  // Aliases can blow a small file up to any size; a config needs none.
  let tree: unknown;
  try {
    tree = document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch (error) {
    throw new ConfigError("CONFIG_YAML", `${file}: ${(error as Error).message}; accepted: YAML without aliases`);
  }
  if (typeof tree !== "object" || Array.isArray(tree)) throw new ConfigError("CONFIG_INVALID", `${file}: accepted: a mapping of settings`);
  return tree;
}

function invalid(issue: z.core.$ZodIssue, tree: unknown, { file, environment }: ConfigSource): ConfigError {
  const variable = variableOf(issue.path, environment);
  return new ConfigError("CONFIG_INVALID", `${variable === undefined ? file : `environment ${variable}`}: ${describeIssue(issue, tree, [])}`);
}

/** What this place takes, in an operator's words and without what was given. */
export function accepted(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `accepted: ${TYPES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `accepted: ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return `accepted: ${issue.origin === "array" ? "at least one" : `${issue.minimum} or more`}`;
    case "too_big":
      return `accepted: ${issue.maximum} or less`;
    case "not_multiple_of":
      return `accepted: a multiple of ${issue.divisor}`;
    default:
      return issue.message;
  }
}

/** What is published in the README lets nobody in from outside this machine. */
function refuseUnsafe(config: Config, { file }: ConfigSource): void {
  const outside = ([["sip.listen", config.sip.listen.address], ["rtp.address", config.rtp.address], ["http.listen", config.http.listen.address]] as const).find(([, address]) => !isLoopback(address));
  if (outside === undefined) return;
  const [setting, address] = outside;
  const weak = config.phones.findIndex((phone) => isWeak(phone.password, phone.extension));
  if (weak >= 0) throw new ConfigError("CONFIG_UNSAFE", `${file}: phones.${weak}.password (extension ${config.phones[weak]!.extension}) is empty or a default while ${setting} is ${address}; accepted: a password of your own, or 127.0.0.1 everywhere`);
}

/** Anybody would try it first. */
export const isWeak = (password: string, extension: string): boolean => password === "" || password === extension || password.startsWith("demo-");

const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}
