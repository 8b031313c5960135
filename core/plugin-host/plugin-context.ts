// What one plugin sees of the server: its settings, its store, its routes and jobs. What it registers is its scope's.
import type { Clock } from "../../protocol/base/clock.js";
import { randomToken, type Random } from "../../protocol/base/random.js";
import { DailyJob, type DailyJobOptions } from "../jobs/daily-job.js";
import type { Journal } from "../journal/journal.js";
import type { AnyPlugin, PluginContext, PluginLog } from "../sdk/plugin.js";
import type { Store } from "../store/store.js";
import { routeOf } from "./action.js";
import type { AnyRoute } from "./any-route.js";
import { pluginClock } from "./calendar.js";
import { PluginError } from "./error.js";
import { pluginStore } from "./plugin-store.js";
import type { Registrations } from "./registrations.js";
import type { Scope } from "./scope.js";

const ID_LENGTH = 16;

/** What all plugins of a server are given. */
export interface PluginHostOptions {
  readonly hospital: { readonly id: string; readonly timeZone: string; readonly currency: string };
  readonly clock: Clock;
  readonly random: Random;
  /** This store's node id. */
  readonly node: string;
  readonly store: Store;
  readonly journal: Pick<Journal, "append" | "appendIn" | "upcasters">;
  readonly secrets: PluginContext<unknown>["secrets"];
  readonly log: PluginLog;
  /** As `Calls.phones`. */
  phones(extensions: readonly string[], state: "registered" | "free"): readonly string[];
}

/** Whose door it is, and what stands behind it. */
export interface PluginDoor {
  readonly plugin: AnyPlugin;
  readonly scope: Scope;
  readonly registered: Registrations;
  readonly host: PluginHostOptions;
}

/** The door of one plugin, with its settings. */
export function pluginContext(door: PluginDoor, config: never): PluginContext<never> {
  const { plugin, scope, registered, host } = door;
  const { hospital, clock, random, store, journal, secrets, log, phones } = host;
  const named = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> => ({ plugin: plugin.name, ...fields });
  const calendar = pluginClock(clock, hospital.timeZone);
  const kept = pluginStore(plugin.name, { store, journal, hospital: hospital.id });
  return {
    config,
    hospital,
    calls: {
      onIncoming: (numbers, handler, options = {}) => {
        for (const number of typeof numbers === "string" ? [numbers] : numbers) registered.numbers.add(scope, number, { handler, resumed: options.resumed });
      },
      onOperator: (handler) => registered.operators.add(scope, "operator", handler),
      provideQueue: (name, serve) => registered.queues.add(scope, name, serve),
      admitAlways: (numbers) => registered.admitAlways(scope, numbers),
      phones,
    },
    services: {
      publish: (token, implementation) => registered.publish(scope, token, implementation),
      use: (token) => {
        const found = registered.service(token, plugin.requires ?? []);
        if (found === undefined) throw new PluginError("PLUGIN_SERVICE_MISSING", plugin.name, `uses the service ${token.name}; its plugin has to stand in requires and to publish it in its setup`);
        return found;
      },
      find: (token) => registered.service(token, [...(plugin.requires ?? []), ...(plugin.optional ?? [])]),
    },
    store: kept,
    http: {
      route: (definition) => registered.routes.add(scope, `${definition.method} ${definition.path}`, definition as unknown as AnyRoute),
      action: (definition) => registered.routes.add(scope, `${definition.method} ${definition.path}`, routeOf(definition, kept, clock)),
    },
    clock: calendar,
    jobs: { daily: (name, run) => daily(door, name, { run, store: kept, clock: calendar }) },
    secrets,
    newId: (length = ID_LENGTH) => randomToken(random, length),
    log: {
      info: (fields, message) => log.info(named(fields), message),
      warn: (fields, message) => log.warn(named(fields), message),
      error: (fields, message) => log.error(named(fields), message),
    },
    onClose: (undo) => scope.add(undo),
    onSeed: (fill) => registered.seeds.add(scope, plugin.name, fill),
  };
}

function daily({ scope, registered, host }: PluginDoor, name: string, job: Pick<DailyJobOptions, "run" | "store" | "clock">): void {
  const { node, log } = host;
  const full = `${scope.plugin}/${name}`;
  const onFault = (error: unknown): void => log.error({ plugin: scope.plugin, job: full, err: error }, "a job failed; it is tried again in a minute");
  registered.jobs.add(scope, full, full);
  const running = new DailyJob({ ...job, name: full, node, onFault });
  scope.add(() => running.close());
}
