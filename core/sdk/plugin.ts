// The door: what a plugin is and what it is handed. The hospital's own apps come through it too.
import type { z } from "zod";
import type { CollectionDefinition, Key, RangeQuery } from "../store/store.js";
import type { Actor, Subject } from "../journal/entry.js";
import type { Upcaster } from "../journal/upcaster.js";
import type { Call, QueueOutcome } from "./call.js";

/** A published service's name and type, exported by the plugin that publishes it. */
export interface ServiceToken<T> {
  readonly name: string;
  readonly type?: T;
}
export const service = <T>(name: string): ServiceToken<T> => ({ name });

export interface Services {
  publish<T>(token: ServiceToken<T>, implementation: T): void;
  /** Of a plugin in `requires`; throws PluginError "PLUGIN_SERVICE_MISSING" otherwise. */
  use<T>(token: ServiceToken<T>): T;
  /** Of a plugin in `optional`; undefined where it is not installed. */
  find<T>(token: ServiceToken<T>): T | undefined;
}

export type CallHandler = (call: Call) => Promise<void>;

export interface Calls {
  /**
   * Calls to these numbers come here. A number has one handler. Numbers that the hospital's settings give to this plugin come
   * to what it registers first. `resumed` takes a call that was in the handler's hands, and
   * in no queue, when the server was restarted: whom it had reached is in `call.others`. Without it people talk on, all
   * other callers are told, and `handler` begins anew.
   */
  onIncoming(numbers: string | readonly string[], handler: CallHandler, options?: { readonly resumed?: CallHandler }): void;
  /** Where OperatorWanted and the apology of a failed handler lead. One plugin registers it. */
  onOperator(handler: CallHandler): void;
  /**
   * Serves `call.enqueue`; one plugin. A call that waited or talked when the server was restarted comes again with
   * `waitedMs`, how long ago it joined: its place is behind those who have waited longer, and a first `dial` goes on with `call.others`.
   */
  provideQueue(name: string, serve: (call: Call, options: { readonly priority: number; readonly waitedMs?: number }) => Promise<QueueOutcome>): void;
  /**
   * Callers that no limit turns away: their numbers as the carrier tells them (a trunk's `callerFrom`), at most 100,000.
   * Replaces what this plugin said before; forgotten when it is closed.
   */
  admitAlways(numbers: readonly string[]): void;
  /** Of these extensions, those that are registered now; `free`: and that neither ring nor talk. In the order given. */
  phones(extensions: readonly string[], state: "registered" | "free"): readonly string[];
}

/** A transaction with the hospital filled in. It may run again: no other effect inside. */
export interface PluginTransaction extends PluginReader {
  put<T>(collection: CollectionDefinition<T>, value: T): void;
  delete<T>(collection: CollectionDefinition<T>, key: Key): void;
  /** Stands or falls with the transaction. Returns nothing: its sequence is known only at commit. */
  journal(entry: { readonly type: string; readonly v: number; readonly subject: Subject; readonly actor: Actor; readonly data: Readonly<Record<string, unknown>> }): void;
}

export interface PluginReader {
  get<T>(collection: CollectionDefinition<T>, key: Key): Promise<T | undefined>;
  range<T, I extends string>(collection: CollectionDefinition<T, I>, query: RangeQuery & { readonly index?: I }): Promise<readonly T[]>;
}

export interface PluginStore extends PluginReader {
  /** Resolves when durable. */
  transact<T>(body: (tx: PluginTransaction) => Promise<T>): Promise<T>;
}

export interface RouteDefinition<Params, Query, Reply, Body = unknown> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`, `:name` for parameters: `/cards/:card`. */
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  /** JSON that comes with it, at most 64 KiB; what comes without a schema is left unread. */
  readonly body?: z.ZodType<Body>;
  readonly reply: z.ZodType<Reply>;
  /** Throw HttpProblem for 4xx. */
  handle(request: { readonly params: Params; readonly query: Query; readonly body: Body; readonly actor: Actor }): Promise<Reply>;
}

/** A request that changes something. It carries an `Idempotency-Key`: sent again, it gets the answer that it got, and nothing is done twice. */
export interface ActionDefinition<Params, Body, Reply> {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  /** As a route's. */
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodType<Params>;
  readonly body?: z.ZodType<Body>;
  readonly reply: z.ZodType<Reply>;
  /** All that it does, it does in `tx`, in which the answer is kept as well. Throw HttpProblem for 4xx, or for 503 where the same may be sent again: then nothing is done or kept. */
  act(tx: PluginTransaction, request: { readonly params: Params; readonly body: Body; readonly actor: Actor }): Promise<Reply>;
}

/** An answer other than 200, in RFC 9457's form. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  constructor(
    readonly status: 400 | 403 | 404 | 409 | 422 | 503,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** One day's run of a job. */
export interface DailyRun {
  /** The hospital's calendar day that has begun, `YYYY-MM-DD`. */
  readonly day: string;
  /** Aborts when the plugin is closed. */
  readonly signal: AbortSignal;
  /** First in each of the run's transactions: rejects with JobError where the run is not the job's any more, keeps it for another minute otherwise. */
  hold(tx: PluginTransaction): Promise<void>;
}

export interface Jobs {
  /**
   * Runs `run` once for each day of the hospital's calendar, within a minute of its beginning or when the server comes up
   * later; days in which it was down are not made up for one by one. A run that fails is logged and tried again a minute later.
   */
  daily(name: string, run: (job: DailyRun) => Promise<void>): void;
}

export interface PluginLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface PluginContext<Config> {
  readonly config: Config;
  readonly hospital: { readonly id: string; readonly timeZone: string; readonly currency: string };
  readonly calls: Calls;
  readonly services: Services;
  readonly store: PluginStore;
  readonly http: {
    route<P, Q, R, B>(definition: RouteDefinition<P, Q, R, B>): void;
    action<P, B, R>(definition: ActionDefinition<P, B, R>): void;
  };
  readonly clock: {
    /** Calendar time, ms since 1970 UTC. */
    now(): number;
    /** Milliseconds that never jump, for durations. */
    monoMs(): number;
    /** The hospital's calendar day, `YYYY-MM-DD`, `plusDays` from today. */
    today(plusDays?: number): string;
    /** The hospital's time of day, `HH:MM`. */
    timeOfDay(): string;
    sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  };
  readonly jobs: Jobs;
  /** Secrets: scrypt with the pepper kept outside the store. Slow on purpose (tens of ms, off the main thread). */
  readonly secrets: {
    hash(secret: string): Promise<string>;
    /** Takes as long for a malformed `hash` as for a wrong secret, so that an unknown account is no oracle. */
    verify(secret: string, hash: string | undefined): Promise<boolean>;
  };
  /** A token fit for ids, `length` characters of a-z2-7. */
  newId(length?: number): string;
  readonly log: PluginLog;
  /** Runs when the plugin is closed, newest first: takes back what it gave to other plugins. */
  onClose(undo: () => void): void;
  /** Fills an empty store once: `seed.yaml`'s part under the plugin's name, before any call. */
  onSeed(fill: (seed: unknown) => Promise<void>): void;
}

export interface PluginDefinition<Config> {
  /** Lower-case words joined by hyphens. */
  readonly name: string;
  readonly sdk: 1;
  readonly requires?: readonly string[];
  /** Profited from where installed. */
  readonly optional?: readonly string[];
  /** Checks and completes the plugin's section of the config; unknown keys are refused. */
  readonly config?: z.ZodType<Config>;
  /** Folder of recordings, `<language>/<name>.wav`, as a file URL: `new URL("./prompts/", import.meta.url).href`. Played as `<plugin>/<name>`. */
  readonly prompts?: string;
  /** Of the plugin's own, those that have indexes: what an index lacks that was added since rows were written is filled before any call. */
  readonly collections?: readonly CollectionDefinition<unknown>[];
  /** How journal entries that earlier releases of the plugin wrote are read today, one version at a step. */
  readonly upcasters?: readonly Upcaster[];
  setup(context: PluginContext<Config>): void | Promise<void>;
}

/** A plugin whatever its config's type is: the host checks the section against the definition's own schema. */
export type AnyPlugin = Omit<PluginDefinition<never>, "config"> & { readonly config?: z.ZodType };

export const definePlugin = <Config>(definition: PluginDefinition<Config>): PluginDefinition<Config> => Object.freeze(definition);
