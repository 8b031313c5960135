import type { Actor } from "../journal/entry.js";
import type { RouteDefinition } from "../sdk/plugin.js";

/** What a request is known by when it is sent again. */
export interface Repeatable {
  readonly key: string;
  /** Of all that was asked under the key; another one is another request. */
  readonly digest: string;
}

/** A route whatever it takes and gives: the HTTP server checks both against the definition's own schemas. */
export interface AnyRoute extends Omit<RouteDefinition<never, never, unknown, never>, "handle"> {
  /** Asks for an Idempotency-Key, and is handed it. */
  readonly idempotent?: true;
  handle(request: { readonly params: never; readonly query: never; readonly body: never; readonly actor: Actor; readonly repeatable: Repeatable | undefined }): Promise<unknown>;
}
