// What the API does with plugins that come and go while it runs.
import { z } from "zod";
import { defineRoute, type AnyRoute } from "../../core/http/api-route.js";
import { PluginError } from "../../core/plugin-host/error.js";
import type { PluginHost } from "../../core/plugin-host/plugin-host.js";
import { HttpProblem, type AnyPlugin } from "../../core/sdk/plugin.js";
import { ServerError } from "./error.js";
import type { Parts } from "./parts.js";
import type { ServerOptions } from "./ports.js";

const nameOf = ({ method, path }: AnyRoute): string => `${method} ${path}`;

/** Of the plugin that runs when it is asked, and not of the one that ran when the server began to listen. */
export function liveRoute(plugins: Pick<PluginHost, "registered">, first: AnyRoute): AnyRoute {
  const current = (): AnyRoute | undefined => plugins.registered.routes.values().find(({ value }) => nameOf(value) === nameOf(first))?.value;
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

const paramsSchema = z.object({ plugin: z.string().min(1).max(100) });

const replySchema = z.object({
  /** Set up anew, in this order: the plugin where it runs now, and those that need it or profit from it. */
  reloaded: z.array(z.string()),
  /** Routes that it has now and that the API offers only after a restart. */
  afterRestart: z.array(z.string()),
});

interface Change {
  readonly verb: "reload" | "unload" | "load";
  readonly summary: string;
  readonly entry: string;
  change(name: string): Promise<readonly string[]>;
}

/** Made when the plugins have started: what they offer then is what the API offers. */
export function pluginRoutes(options: ServerOptions, { plugins, journal }: Pick<Parts, "plugins" | "journal">): readonly AnyRoute[] {
  const offered = new Set(plugins.registered.routes.values().map(({ value }) => nameOf(value)));
  const anew = async (name: string, running: AnyPlugin | undefined): Promise<AnyPlugin> => {
    if (running === undefined) throw new PluginError("PLUGIN_UNKNOWN", name, "no such plugin runs, or was unloaded");
    return (await options.loadPlugin?.(name)) ?? running;
  };
  const changes: readonly Change[] = [
    { verb: "reload", summary: "Read a plugin's module anew and put it in the place of what runs; calls go on", entry: "plugin.reloaded", change: async (name) => plugins.reload(await anew(name, plugins.definition(name))) },
    { verb: "unload", summary: "Take a plugin away until it is loaded again; calls that it handles go on", entry: "plugin.unloaded", change: (name) => plugins.unload(name) },
    { verb: "load", summary: "Bring a plugin back that was taken away, its module read anew, with its settings", entry: "plugin.loaded", change: async (name) => plugins.load(await anew(name, plugins.unloaded(name))) },
  ];
  return changes.map(({ verb, summary, entry, change }) =>
    defineRoute({
      method: "POST",
      path: `/plugins/:plugin/${verb}`,
      summary,
      params: paramsSchema,
      reply: replySchema,
      handle: async ({ params: { plugin: name }, actor }) => {
        try {
          const reloaded = await change(name);
          journal.append({ type: entry, v: 1, hospital: options.config.hospital.id, subject: { kind: "plugin", id: name }, actor, data: { reloaded } });
          return { reloaded: [...reloaded], afterRestart: plugins.registered.routes.values().map(({ value }) => nameOf(value)).filter((route) => !offered.has(route)) };
        } catch (error) {
          if (error instanceof PluginError || error instanceof ServerError) throw new HttpProblem(error.code === "PLUGIN_UNKNOWN" ? 404 : 409, error.code, error.message);
          throw error;
        }
      },
    }),
  );
}
