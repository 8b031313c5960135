// What the API does with plugins that come and go while it runs.
import { z } from "zod";
import { defineRoute, type AnyRoute } from "../../core/http/api-route.js";
import { PluginError } from "../../core/plugin-host/error.js";
import type { PluginHost } from "../../core/plugin-host/plugin-host.js";
import { HttpProblem } from "../../core/sdk/plugin.js";
import { ServerError } from "./error.js";
import type { Parts } from "./parts.js";
import type { ServerOptions } from "./ports.js";

const nameOf = ({ method, path }: AnyRoute): string => `${method} ${path}`;

/** Of the plugin that runs when it is asked, and not of the one that ran when the server began to listen. */
export function liveRoute(plugins: Pick<PluginHost, "routes">, first: AnyRoute): AnyRoute {
  const current = (): AnyRoute | undefined => plugins.routes.find(({ value }) => nameOf(value) === nameOf(first))?.value;
  const gone = (): never => {
    throw new HttpProblem(404, "HTTP_NOT_FOUND", "the plugin that answers here does not offer it any more");
  };
  return Object.defineProperties({ method: first.method, path: first.path, summary: first.summary } as AnyRoute, {
    params: { get: () => (current() ?? first).params },
    query: { get: () => (current() ?? first).query },
    body: { get: () => (current() ?? first).body },
    reply: { get: () => (current() ?? first).reply },
    ...(first.idempotent === true ? { idempotent: { value: true, enumerable: true } } : {}),
    handle: { value: (request: Parameters<AnyRoute["handle"]>[0]) => (current() ?? gone()).handle(request) },
  });
}

const replySchema = z.object({
  /** Set up anew, in this order: the plugin, and those that need it or profit from it. */
  reloaded: z.array(z.string()),
  /** Routes that it has now and that the API offers only after a restart. */
  afterRestart: z.array(z.string()),
});

/** The same settings, the module as it is now. Made when the plugins have started: what they offer then is what the API offers. */
export function reloadRoute(options: ServerOptions, { plugins, journal }: Parts): AnyRoute {
  const offered = new Set(plugins.routes.map(({ value }) => nameOf(value)));
  return defineRoute({
    method: "POST",
    path: "/plugins/:plugin/reload",
    summary: "Read a plugin's module anew and put it in the place of what runs; calls go on",
    params: z.object({ plugin: z.string().min(1).max(100) }),
    reply: replySchema,
    handle: async ({ params: { plugin: name }, actor }) => {
      const running = plugins.definition(name);
      if (running === undefined) throw new HttpProblem(404, "PLUGIN_UNKNOWN", "no plugin of this name runs");
      try {
        const reloaded = await plugins.reload((await options.loadPlugin?.(name)) ?? running);
        journal.append({ type: "plugin.reloaded", v: 1, hospital: options.config.hospital.id, subject: { kind: "plugin", id: name }, actor, data: { reloaded } });
        return { reloaded: [...reloaded], afterRestart: plugins.routes.map(({ value }) => nameOf(value)).filter((route) => !offered.has(route)) };
      } catch (error) {
        if (error instanceof PluginError || error instanceof ServerError) throw new HttpProblem(409, error.code, error.message);
        throw error;
      }
    },
  });
}
