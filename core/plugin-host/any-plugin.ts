import type { PluginDefinition, RouteDefinition } from "../sdk/plugin.js";

/** A plugin whatever its config's type is: the host checks the section against the definition's own schema. */
export type AnyPlugin = PluginDefinition<never>;

/** A route whatever it takes and gives: the HTTP server checks both against the definition's own schemas. */
export type AnyRoute = RouteDefinition<never, never, unknown>;
