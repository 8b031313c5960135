// The environment's settings: they win over the file's.
import { parsePortRange } from "./address.js";
import { ConfigError } from "./error.js";

export type Environment = Readonly<Record<string, string | undefined>>;
type Tree = Record<string, unknown>;

/** Where each variable goes; `RINGWARD_CONFIG` and `RINGWARD_API_TOKEN` are read by the composition root. */
const SETTINGS: Readonly<Record<string, (tree: Tree, value: string) => void>> = {
  RINGWARD_SIP: (tree, value) => set(tree, ["sip", "listen"], value),
  RINGWARD_HTTP: (tree, value) => set(tree, ["http", "listen"], value),
  RINGWARD_DATA: (tree, value) => set(tree, ["data"], value),
  RINGWARD_CARRIER: (tree, value) => {
    const trunk: unknown = Array.isArray(tree["trunks"]) ? tree["trunks"][0] : undefined;
    if (typeof trunk !== "object" || trunk === null) throw new ConfigError("CONFIG_INVALID", "environment: RINGWARD_CARRIER is the address of the first trunk, and there is none; accepted: a trunk in the settings");
    (trunk as Tree)["address"] = value;
  },
  RINGWARD_MEDIA_NET: (tree, value) => set(tree, ["media", "net"], value),
  RINGWARD_MEDIA_WORKERS: (tree, value) => set(tree, ["media", "workers"], /^\d+$/.test(value) ? Number(value) : value),
  RINGWARD_MEDIA_PLACEMENT: (tree, value) => set(tree, ["media", "placement"], value),
  RINGWARD_MEDIA_CODECS: (tree, value) => set(tree, ["media", "codecs"], value.split(",").map((name) => name.trim())),
  RINGWARD_RTP: (tree, value) => {
    const range = parsePortRange(value);
    if (range === undefined) throw new ConfigError("CONFIG_INVALID", `environment: RINGWARD_RTP is ${JSON.stringify(value)}; accepted: min-max, e.g. 20000-29999`);
    set(tree, ["rtp", "portMin"], range.portMin);
    set(tree, ["rtp", "portMax"], range.portMax);
  },
};

/** The variable that gave the setting at `path`, for the error to name instead of the file. */
export function variableOf(path: readonly PropertyKey[], environment: Environment): string | undefined {
  const section = path[0];
  if (section === "trunks" && path[1] === 0 && path[2] === "address" && (environment["RINGWARD_CARRIER"] ?? "") !== "") return "RINGWARD_CARRIER";
  const name = section === "data" ? "RINGWARD_DATA" : section === "sip" ? "RINGWARD_SIP" : section === "http" ? "RINGWARD_HTTP" : section === "rtp" && String(path[1]).startsWith("port") ? "RINGWARD_RTP" : section === "media" ? `RINGWARD_MEDIA_${String(path[1]).toUpperCase()}` : undefined;
  return name !== undefined && (environment[name] ?? "") !== "" ? name : undefined;
}

/** Lays the environment over what the file said. An empty variable is as good as none. */
export function overlayEnvironment(tree: Tree, environment: Environment): void {
  for (const [name, apply] of Object.entries(SETTINGS)) {
    const value = environment[name] ?? "";
    if (value !== "") apply(tree, value);
  }
}

/** Puts the environment's value where a text is exactly `${NAME}`, at any depth. */
export function expandReferences(value: unknown, environment: Environment, place: { readonly file: string; readonly path: readonly string[] }): unknown {
  if (typeof value === "string") {
    const name = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(value)?.[1];
    if (name === undefined) return value;
    const found = environment[name];
    if (found === undefined) throw new ConfigError("CONFIG_ENVIRONMENT", `${place.file}: ${place.path.join(".")} is taken from the environment variable ${name}, which is not set`);
    return found;
  }
  if (typeof value !== "object" || value === null) return value;
  const inner = (key: string, child: unknown): unknown => expandReferences(child, environment, { file: place.file, path: [...place.path, key] });
  if (Array.isArray(value)) return value.map((child, i) => inner(String(i), child));
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, inner(key, child)]));
}

function set(tree: Tree, path: readonly [string, string?], value: unknown): void {
  const [section, key] = path;
  if (key === undefined) tree[section] = value;
  else {
    const old = tree[section];
    // A section that is no mapping stays as it is: the schema says so with its path.
    if (old === undefined || old === null) tree[section] = { [key]: value };
    else if (typeof old === "object") (old as Tree)[key] = value;
  }
}
