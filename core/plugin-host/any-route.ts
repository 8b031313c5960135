import type { RouteDefinition } from "../sdk/plugin.js";

/** A route whatever it takes and gives: the HTTP server checks both against the definition's own schemas. */
export type AnyRoute = RouteDefinition<never, never, unknown>;
