import type { Readable } from "node:stream";
import { z } from "zod";
import type { Actor, Subject } from "../journal/entry.js";
import type { AnyRoute } from "../plugin-host/any-route.js";
import type { RouteDefinition } from "../sdk/plugin.js";

export type { AnyRoute };

/** A route whose answer is no JSON. */
export interface StreamRoute {
  readonly method: "GET";
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodType<Readonly<Record<string, string>>>;
  readonly contentType: string;
  /** The answer tells of persons: each read is written to the journal under this subject. */
  subject(params: Readonly<Record<string, string>>): Subject;
  handle(request: { readonly params: Readonly<Record<string, string>>; readonly actor: Actor }): Promise<Readable>;
}

export const defineRoute = <P, Q, R, B>(route: RouteDefinition<P, Q, R, B>): AnyRoute => route as unknown as AnyRoute;

/** The schema as JSON Schema 2020-12. What can't be said in it is left open. */
export const jsonSchemaOf = (schema: z.ZodType, io: "input" | "output"): Record<string, unknown> => z.toJSONSchema(schema, { io, unrepresentable: "any" });

/** Whether a field of it is marked `.meta({ personal: true })`. */
export function holdsPersonalData(schema: z.ZodType): boolean {
  return JSON.stringify(jsonSchemaOf(schema, "output")).includes('"personal":true');
}
