// Brings plugins up in the order of their needs, hands each its context, and takes back what it registered when it goes.
import type { Clock } from "../../protocol/base/clock.js";
import { randomToken, type Random } from "../../protocol/base/random.js";
import type { ServeQueue } from "../call/call-ports.js";
import { DailyJob, type DailyJobOptions } from "../jobs/daily-job.js";
import type { Journal } from "../journal/journal.js";
import type { AnyPlugin, CallHandler, PluginContext, PluginLog, ServiceToken } from "../sdk/plugin.js";
import type { Store } from "../store/store.js";
import { routeOf } from "./action.js";
import type { AnyRoute } from "./any-route.js";
import { pluginClock } from "./calendar.js";
import { readSection } from "./config-section.js";
import { PluginError } from "./error.js";
import { dependentsOf, loadOrder } from "./load-order.js";
import { pluginStore } from "./plugin-store.js";
import { Registry } from "./registry.js";
import { Scope } from "./scope.js";
import { fillOnce, type Seed } from "./seed.js";

const ID_LENGTH = 16;
const VIPS_MAX = 100_000;
/** A setup that waits for something that never comes must not keep the server from starting, or from saying why it does not. */
const SETUP_MS_MAX = 30_000;

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

interface NumberHandlers {
  readonly handler: CallHandler;
  readonly resumed: CallHandler | undefined;
}

/** What was there when a reload began: it is waited for, not missed. */
interface Reloading {
  readonly numbers: ReadonlySet<string>;
  readonly answering: ReadonlySet<string>;
  readonly queues: ReadonlySet<string>;
  readonly operator: boolean;
  readonly done: Promise<void>;
}

export class PluginHost {
  readonly #options: PluginHostOptions;
  readonly #plugins = new Map<string, { readonly plugin: AnyPlugin; readonly scope: Scope; readonly section: unknown }>();
  readonly #services = new Registry<unknown>("service");
  readonly #numbers = new Registry<NumberHandlers>("number");
  readonly #queues = new Registry<ServeQueue>("queue");
  readonly #operators = new Registry<CallHandler>("place of");
  readonly #routes = new Registry<AnyRoute>("route");
  readonly #jobs = new Registry<string>("job");
  readonly #seeds = new Registry<Seed>("seed of");
  /** By plugin. */
  readonly #vips = new Map<string, ReadonlySet<string>>();
  /** Taken away by the operator, to come back with the same settings. */
  readonly #unloaded = new Map<string, { readonly plugin: AnyPlugin; readonly section: unknown }>();
  #reloading: Reloading | undefined;

  constructor(options: PluginHostOptions) {
    this.#options = options;
  }

  /** Who handles calls to this number: of `plugin` where it is named, else of the one that registered for it. */
  handlerOf(number: string, plugin?: string): CallHandler | undefined {
    const found = this.#handlersOf(number, plugin)?.handler;
    const reloading = this.#reloading;
    if (found !== undefined || reloading === undefined || !(plugin === undefined ? reloading.numbers.has(number) : reloading.answering.has(plugin))) return found;
    return async (call) => {
      await reloading.done;
      const handler = this.#handlersOf(number, plugin)?.handler;
      return handler === undefined ? call.reject("unavailable") : handler(call);
    };
  }

  /** Where a call to this number goes on that another process had; undefined where its plugin doesn't say. */
  resumedOf(number: string, plugin?: string): CallHandler | undefined {
    return this.#handlersOf(number, plugin)?.resumed;
  }

  /** Plugins that take calls to some number; while one is reloaded, also what it was. */
  get answering(): ReadonlySet<string> {
    return new Set([...(this.#reloading?.answering ?? []), ...this.#numbers.values().map(({ plugin }) => plugin)]);
  }

  /** Numbers that a plugin handles. */
  get numbers(): readonly string[] {
    return this.#numbers.names();
  }

  queue(name: string): ServeQueue | undefined {
    const found = this.#queues.get(name)?.value;
    const reloading = this.#reloading;
    if (found !== undefined || reloading?.queues.has(name) !== true) return found;
    return async (call, options) => {
      await reloading.done;
      return this.#queues.get(name)?.value(call, options) ?? "nobody-there";
    };
  }

  operator(): CallHandler | undefined {
    const found = this.#operators.get("operator")?.value;
    const reloading = this.#reloading;
    if (found !== undefined || reloading?.operator !== true) return found;
    return async (call) => {
      await reloading.done;
      return this.#operators.get("operator")?.value(call);
    };
  }

  /** A caller whom some plugin wants admitted whatever the limits say. */
  isVip(number: string): boolean {
    for (const numbers of this.#vips.values()) if (numbers.has(number)) return true;
    return false;
  }

  /** All routes, each with whose it is. */
  get routes(): readonly { readonly plugin: string; readonly value: AnyRoute }[] {
    return this.#routes.values();
  }

  /**
   * Starts plugins, each with its section of the config, beside those that run. Where one fails, what it registered is taken back.
   * @throws PluginError
   */
  async start(plugins: readonly AnyPlugin[], sections: Readonly<Record<string, unknown>>): Promise<void> {
    for (const plugin of loadOrder(plugins, new Set(this.#plugins.keys()))) {
      if (plugin.sdk !== 1) throw new PluginError("PLUGIN_SDK", plugin.name, `was written for SDK ${String(plugin.sdk)}; this server has 1`);
      const config = readSection(plugin, sections[plugin.name]);
      const scope = new Scope(plugin.name);
      this.#plugins.set(plugin.name, { plugin, scope, section: sections[plugin.name] });
      try {
        this.#lift(plugin);
        await this.#fillIndexes(plugin);
        await this.#within(plugin.name, plugin.setup(this.#context(plugin, scope, config)));
      } catch (error) {
        this.close(plugin.name);
        if (error instanceof PluginError) throw error;
        throw new PluginError("PLUGIN_SETUP", plugin.name, `setup failed: ${error instanceof Error ? error.message : String(error)}`).because(error);
      }
    }
  }

  /** Fills what is still empty, once in the store's life. @throws PluginError "PLUGIN_SEED" */
  async seed(parts: Readonly<Record<string, unknown>>): Promise<void> {
    const { store, hospital } = this.#options;
    for (const { plugin, value } of this.#seeds.values()) {
      if (parts[plugin] !== undefined) await fillOnce(plugin, value, { store, hospital: hospital.id, part: parts[plugin] });
    }
  }

  /** What it registered is gone for new calls; calls that it handles go on. Unknown names are ignored. */
  close(name: string): void {
    const failures = this.#plugins.get(name)?.scope.close() ?? [];
    this.#plugins.delete(name);
    for (const error of failures) this.#options.log.error({ plugin: name, error: error instanceof Error ? error.message : String(error) }, "taking back what a plugin had registered failed");
  }

  /** What runs under this name. */
  definition(name: string): AnyPlugin | undefined {
    return this.#plugins.get(name)?.plugin;
  }

  /**
   * Puts `plugin` in the place of the one of its name, with the same settings; those that need it or profit from it are set up anew around it.
   * Calls that they handle go on; what comes meanwhile waits. Where a setup fails, what ran before runs again. Returns the names, in the order of their start.
   * @throws PluginError "PLUGIN_UNKNOWN", "PLUGIN_BUSY", and as `start`
   */
  async reload(plugin: AnyPlugin): Promise<readonly string[]> {
    if (!this.#plugins.has(plugin.name)) throw new PluginError("PLUGIN_UNKNOWN", plugin.name, "does not run");
    const old = this.#around(plugin.name);
    return this.#exchange(plugin.name, old, old.map((one) => (one.name === plugin.name ? plugin : one)));
  }

  /**
   * Takes the plugin away until `load`; calls that it handles go on. Those that profit from it are set up anew without it: their names are returned.
   * @throws PluginError "PLUGIN_UNKNOWN", "PLUGIN_NEEDED", "PLUGIN_BUSY", and as `start`
   */
  async unload(name: string): Promise<readonly string[]> {
    const running = this.#plugins.get(name);
    if (running === undefined) throw new PluginError("PLUGIN_UNKNOWN", name, "does not run");
    const needing = [...this.#plugins.values()].find(({ plugin }) => plugin.requires?.includes(name) === true);
    if (needing !== undefined) throw new PluginError("PLUGIN_NEEDED", name, `is needed by ${needing.plugin.name}`);
    const old = this.#around(name);
    const names = await this.#exchange(name, old, old.filter((one) => one.name !== name));
    this.#unloaded.set(name, { plugin: running.plugin, section: running.section });
    return names;
  }

  /** What `unload` took away, with the settings that it had. Returns the names that were set up. @throws PluginError "PLUGIN_UNKNOWN", "PLUGIN_BUSY", and as `start` */
  async load(plugin: AnyPlugin): Promise<readonly string[]> {
    if (!this.#unloaded.has(plugin.name)) throw new PluginError("PLUGIN_UNKNOWN", plugin.name, "was not taken away");
    const old = this.#around(plugin.name);
    const names = await this.#exchange(plugin.name, old, [plugin, ...old]);
    this.#unloaded.delete(plugin.name);
    return names;
  }

  /** What `unload` took away under this name. */
  unloaded(name: string): AnyPlugin | undefined {
    return this.#unloaded.get(name)?.plugin;
  }

  /** A number that was given to a plugin which did not ask for it comes to what it registered first. */
  #handlersOf(number: string, plugin: string | undefined): NumberHandlers | undefined {
    const own = this.#numbers.get(number);
    if (plugin === undefined || own?.plugin === plugin) return own?.value;
    return this.#numbers.values().find((other) => other.plugin === plugin)?.value;
  }

  #around(name: string): readonly AnyPlugin[] {
    return dependentsOf(name, [...this.#plugins.values()].map((running) => running.plugin));
  }

  /** `next` in the place of `old`, each with the settings it had; what comes meanwhile waits. Returns the names of `next`. */
  async #exchange(name: string, old: readonly AnyPlugin[], next: readonly AnyPlugin[]): Promise<readonly string[]> {
    if (this.#reloading !== undefined) throw new PluginError("PLUGIN_BUSY", name, "a reload is going on; ask again when it is done");
    const sections = Object.fromEntries([...old, ...next].map((one) => [one.name, (this.#plugins.get(one.name) ?? this.#unloaded.get(one.name))?.section]));
    const close = (plugins: readonly AnyPlugin[]): void => [...plugins].reverse().forEach((one) => this.close(one.name));
    let done = (): void => undefined;
    this.#reloading = {
      numbers: new Set(this.#numbers.names()),
      answering: this.answering,
      queues: new Set(this.#queues.names()),
      operator: this.operator() !== undefined,
      done: new Promise<void>((resolve) => void (done = resolve)),
    };
    try {
      close(old);
      await this.start(next, sections).catch(async (error: unknown) => {
        close(next);
        await this.start(old, sections);
        throw error;
      });
      return next.map((one) => one.name);
    } finally {
      this.#reloading = undefined;
      done();
    }
  }

  closeAll(): void {
    for (const name of [...this.#plugins.keys()].reverse()) this.close(name);
  }

  /** Kept when the plugin is closed: its entries are still read. */
  #lift({ name, upcasters = [] }: AnyPlugin): void {
    const foreign = upcasters.find(({ type }) => !type.startsWith(`${name}.`));
    if (foreign !== undefined) throw new PluginError("PLUGIN_NAME", name, `lifts entries of the kind ${name}. alone, not ${foreign.type}`);
    this.#options.journal.upcasters.set(name, upcasters);
  }

  /** However long it takes: before there are calls to wait for it. */
  async #fillIndexes({ name, collections = [] }: AnyPlugin): Promise<void> {
    const { store, log } = this.#options;
    for (const collection of collections) {
      const rows = await store.prepare(collection);
      if (rows > 0) log.info({ plugin: name, collection: collection.name, rows }, "rows were written into indexes that were added since");
    }
  }

  async #within(plugin: string, setup: void | Promise<void>): Promise<void> {
    if (setup === undefined) return;
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = this.#options.clock.after(SETUP_MS_MAX, () => reject(new PluginError("PLUGIN_SETUP", plugin, `setup was not done after ${SETUP_MS_MAX} ms`)));
    });
    await Promise.race([setup, late]).finally(cancel);
  }

  #context(plugin: AnyPlugin, scope: Scope, config: never): PluginContext<never> {
    const { hospital, clock, random, store, journal, secrets, log, phones } = this.#options;
    const named = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> => ({ plugin: plugin.name, ...fields });
    const calendar = pluginClock(clock, hospital.timeZone);
    const kept = pluginStore(plugin.name, { store, journal, hospital: hospital.id });
    return {
      config,
      hospital,
      calls: {
        onIncoming: (numbers, handler, options = {}) => {
          for (const number of typeof numbers === "string" ? [numbers] : numbers) this.#numbers.add(scope, number, { handler, resumed: options.resumed });
        },
        onOperator: (handler) => this.#operators.add(scope, "operator", handler),
        provideQueue: (name, serve) => this.#queues.add(scope, name, serve),
        admitAlways: (numbers) => this.#admitAlways(scope, numbers),
        phones,
      },
      services: {
        publish: (token, implementation) => this.#publish(scope, token, implementation),
        use: (token) => {
          const found = this.#find(token, plugin.requires ?? []);
          if (found === undefined) throw new PluginError("PLUGIN_SERVICE_MISSING", plugin.name, `uses the service ${token.name}; its plugin has to stand in requires and to publish it in its setup`);
          return found;
        },
        find: (token) => this.#find(token, [...(plugin.requires ?? []), ...(plugin.optional ?? [])]),
      },
      store: kept,
      http: {
        route: (definition) => this.#routes.add(scope, `${definition.method} ${definition.path}`, definition as unknown as AnyRoute),
        action: (definition) => this.#routes.add(scope, `${definition.method} ${definition.path}`, routeOf(definition, kept, clock)),
      },
      clock: calendar,
      jobs: { daily: (name, run) => this.#daily(scope, name, { run, store: kept, clock: calendar }) },
      secrets,
      newId: (length = ID_LENGTH) => randomToken(random, length),
      log: {
        info: (fields, message) => log.info(named(fields), message),
        warn: (fields, message) => log.warn(named(fields), message),
        error: (fields, message) => log.error(named(fields), message),
      },
      onClose: (undo) => scope.add(undo),
      onSeed: (fill) => this.#seeds.add(scope, plugin.name, fill),
    };
  }

  #admitAlways(scope: Scope, numbers: readonly string[]): void {
    if (numbers.length > VIPS_MAX) throw new PluginError("PLUGIN_LIMIT", scope.plugin, `wants ${numbers.length} callers admitted whatever the limits say; at most ${VIPS_MAX}`);
    if (!this.#vips.has(scope.plugin)) scope.add(() => void this.#vips.delete(scope.plugin));
    this.#vips.set(scope.plugin, new Set(numbers));
  }

  #daily(scope: Scope, name: string, job: Pick<DailyJobOptions, "run" | "store" | "clock">): void {
    const { node, log } = this.#options;
    const full = `${scope.plugin}/${name}`;
    const onFault = (error: unknown): void => log.error({ plugin: scope.plugin, job: full, err: error }, "a job failed; it is tried again in a minute");
    this.#jobs.add(scope, full, full);
    const daily = new DailyJob({ ...job, name: full, node, onFault });
    scope.add(() => daily.close());
  }

  #publish<T>(scope: Scope, token: ServiceToken<T>, implementation: T): void {
    if (token.name !== scope.plugin && !token.name.startsWith(`${scope.plugin}/`))
      throw new PluginError("PLUGIN_NAME", scope.plugin, `a service is named after its plugin, ${scope.plugin} or ${scope.plugin}/..., not ${token.name}`);
    this.#services.add(scope, token.name, implementation);
  }

  #find<T>(token: ServiceToken<T>, declared: readonly string[]): T | undefined {
    const found = this.#services.get(token.name);
    return found !== undefined && declared.includes(found.plugin) ? (found.value as T) : undefined;
  }
}
