// The hospital's own apps, by the names that the settings know them by.
export const BUILTIN_PLUGINS: Readonly<Record<string, () => Promise<unknown>>> = {
  acd: () => import("../acd/plugin.js"),
  billing: () => import("../billing/plugin.js"),
  ivr: () => import("../ivr/plugin.js"),
  registration: () => import("../registration/plugin.js"),
};
