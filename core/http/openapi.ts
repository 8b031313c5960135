// The API's description, made from the same schemas that check it: OpenAPI 3.1.
import type { z } from "zod";
import { jsonSchemaOf, type AnyRoute, type StreamRoute } from "./api-route.js";
import { PROBLEM_TYPE, problemSchema } from "./problem.js";

type Json = Record<string, unknown>;

const KEY_PARAMETER: Json = { name: "Idempotency-Key", in: "header", required: true, schema: { type: "string", minLength: 1, maxLength: 128 } };

export function describeApi(routes: readonly AnyRoute[], streams: readonly StreamRoute[], version: string): Json {
  const paths: Record<string, Json> = {};
  const add = (route: AnyRoute | StreamRoute, content: Json): void => {
    const path = (paths[route.path.replace(/:(\w+)/g, "{$1}")] ??= {});
    path[route.method.toLowerCase()] = {
      summary: route.summary,
      parameters: [...parameters("path", route.params), ...parameters("query", "query" in route ? route.query : undefined), ...("idempotent" in route ? [KEY_PARAMETER] : [])],
      ...("body" in route && route.body !== undefined ? { requestBody: { required: true, content: { "application/json": { schema: plain(route.body, "input") } } } } : {}),
      responses: {
        200: { description: "As asked", content },
        default: { description: "A problem", content: { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } } },
      },
    };
  };
  for (const route of routes) add(route, { "application/json": { schema: plain(route.reply, "output") } });
  for (const route of streams) add(route, { [route.contentType]: {} });
  return {
    openapi: "3.1.0",
    info: { title: "Ringward", version },
    servers: [{ url: "/api/v1" }],
    security: [{ token: [] }],
    paths,
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } }, schemas: { Problem: plain(problemSchema, "output") } },
  };
}

function parameters(where: "path" | "query", schema: z.ZodType | undefined): readonly Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = plain(schema, "input") as { properties?: Record<string, Json>; required?: readonly string[] };
  return Object.entries(properties).map(([name, property]) => ({ name, in: where, required: where === "path" || required.includes(name), schema: property }));
}

function plain(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = jsonSchemaOf(schema, io);
  return rest;
}
