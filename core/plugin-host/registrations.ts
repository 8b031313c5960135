// What plugins have registered with the server, each until its plugin goes. While plugins are exchanged, what was there before
// is waited for, not missed.
import type { ServeQueue } from "../call/call-ports.js";
import type { CallHandler, ServiceToken } from "../sdk/plugin.js";
import type { AnyRoute } from "./any-route.js";
import { PluginError } from "./error.js";
import { Registry } from "./registry.js";
import type { Scope } from "./scope.js";
import type { Seed } from "./seed.js";

const VIPS_MAX = 100_000;

export interface NumberHandlers {
  readonly handler: CallHandler;
  readonly resumed: CallHandler | undefined;
}

/** What was there when an exchange of plugins began. */
interface Expected {
  readonly numbers: ReadonlySet<string>;
  readonly answering: ReadonlySet<string>;
  readonly queues: ReadonlySet<string>;
  readonly operator: boolean;
  readonly done: Promise<void>;
}

export class Registrations {
  readonly routes = new Registry<AnyRoute>("route");
  readonly jobs = new Registry<string>("job");
  readonly seeds = new Registry<Seed>("seed of");
  readonly numbers = new Registry<NumberHandlers>("number");
  readonly queues = new Registry<ServeQueue>("queue");
  readonly operators = new Registry<CallHandler>("place of");
  readonly #services = new Registry<unknown>("service");
  /** By plugin. */
  readonly #vips = new Map<string, ReadonlySet<string>>();
  #expected: Expected | undefined;

  /** Who handles calls to this number: of `plugin` where it is named, else of the one that registered for it. */
  handlerOf(number: string, plugin?: string): CallHandler | undefined {
    const found = this.#handlersOf(number, plugin)?.handler;
    const expected = this.#expected;
    if (found !== undefined || expected === undefined || !(plugin === undefined ? expected.numbers.has(number) : expected.answering.has(plugin))) return found;
    return async (call) => {
      await expected.done;
      const handler = this.#handlersOf(number, plugin)?.handler;
      return handler === undefined ? call.reject("unavailable") : handler(call);
    };
  }

  /** Where a call to this number goes on that another process had; undefined where its plugin doesn't say. */
  resumedOf(number: string, plugin?: string): CallHandler | undefined {
    return this.#handlersOf(number, plugin)?.resumed;
  }

  /** Plugins that take calls to some number; during an exchange, also what it was. */
  get answering(): ReadonlySet<string> {
    return new Set([...(this.#expected?.answering ?? []), ...this.numbers.values().map(({ plugin }) => plugin)]);
  }

  /** Undefined where no plugin provides it. */
  queue(name: string): ServeQueue | undefined {
    const found = this.queues.get(name)?.value;
    const expected = this.#expected;
    if (found !== undefined || expected?.queues.has(name) !== true) return found;
    return async (call, options) => {
      await expected.done;
      return this.queues.get(name)?.value(call, options) ?? "nobody-there";
    };
  }

  /** Where callers are led who want a person; undefined where no plugin says. */
  operator(): CallHandler | undefined {
    const found = this.operators.get("operator")?.value;
    const expected = this.#expected;
    if (found !== undefined || expected?.operator !== true) return found;
    return async (call) => {
      await expected.done;
      return this.operators.get("operator")?.value(call);
    };
  }

  /** A caller whom some plugin wants admitted whatever the limits say. */
  isVip(number: string): boolean {
    for (const numbers of this.#vips.values()) if (numbers.has(number)) return true;
    return false;
  }

  /** Replaces those whom the plugin wants admitted. @throws PluginError "PLUGIN_LIMIT" */
  admitAlways(scope: Scope, numbers: readonly string[]): void {
    if (numbers.length > VIPS_MAX) throw new PluginError("PLUGIN_LIMIT", scope.plugin, `wants ${numbers.length} callers admitted whatever the limits say; at most ${VIPS_MAX}`);
    if (!this.#vips.has(scope.plugin)) scope.add(() => void this.#vips.delete(scope.plugin));
    this.#vips.set(scope.plugin, new Set(numbers));
  }

  /** @throws PluginError "PLUGIN_NAME" where the service is not named after its plugin */
  publish<T>(scope: Scope, token: ServiceToken<T>, implementation: T): void {
    if (token.name !== scope.plugin && !token.name.startsWith(`${scope.plugin}/`))
      throw new PluginError("PLUGIN_NAME", scope.plugin, `a service is named after its plugin, ${scope.plugin} or ${scope.plugin}/..., not ${token.name}`);
    this.#services.add(scope, token.name, implementation);
  }

  /** The service, where it is one of a plugin in `declared`. */
  service<T>(token: ServiceToken<T>, declared: readonly string[]): T | undefined {
    const found = this.#services.get(token.name);
    return found !== undefined && declared.includes(found.plugin) ? (found.value as T) : undefined;
  }

  /** An exchange goes on. */
  get isExpecting(): boolean {
    return this.#expected !== undefined;
  }

  /** From now until the returned function is called, who asks for what is here now and gone meanwhile waits for it. */
  expect(): () => void {
    let done = (): void => undefined;
    this.#expected = {
      numbers: new Set(this.numbers.names()),
      answering: this.answering,
      queues: new Set(this.queues.names()),
      operator: this.operator() !== undefined,
      done: new Promise<void>((resolve) => void (done = resolve)),
    };
    return () => {
      this.#expected = undefined;
      done();
    };
  }

  /** A number that was given to a plugin which did not ask for it comes to what it registered first. */
  #handlersOf(number: string, plugin: string | undefined): NumberHandlers | undefined {
    const own = this.numbers.get(number);
    if (plugin === undefined || own?.plugin === plugin) return own?.value;
    return this.numbers.values().find((other) => other.plugin === plugin)?.value;
  }
}
