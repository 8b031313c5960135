// The whole server out of its ports: no socket, file or clock of its own, so that a simulation builds the same one.
import { CALL_UPCASTERS } from "../../core/call/entries.js";
import { CallManager } from "../../core/call/call-manager.js";
import { CallTracer } from "../../core/trace/call-tracer.js";
import { cdrs as cdrRows } from "../../core/cdr/cdr.js";
import { CdrKeeper } from "../../core/cdr/cdr-keeper.js";
import { SecretHash } from "../../core/crypto/secret-hash.js";
import type { HttpServer } from "../../core/http/http-server.js";
import { Journal } from "../../core/journal/journal.js";
import { loadNode } from "../../core/journal/node.js";
import { answers } from "../../core/plugin-host/action.js";
import { PluginHost } from "../../core/plugin-host/plugin-host.js";
import type { TextReader } from "../../core/tts/reader.js";
import { announce, textsToRead, type Voice } from "../../core/speech/announcement.js";
import type { Language } from "../../core/speech/part.js";
import type { ServerState } from "../../core/suspension/server-state.js";
import { saveState, takeState } from "../../core/suspension/suspension-store.js";
import type { CollectionDefinition } from "../../core/store/store.js";
import { formatEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import { randomToken } from "../../protocol/base/random.js";
import type { SettingsBook } from "../../core/settings/settings-book.js";
import { valuesOf } from "../../core/settings/setting.js";
import { Registrations } from "../../core/trunks/registrations.js";
import { openAccess } from "./access.js";
import { matchNumbers, routeCalls } from "./call-routes.js";
import { journalRegistration, registeringTrunks } from "./carriers.js";
import { followSettings } from "./live-settings.js";
import { ServerError } from "./error.js";
import { buildHttp } from "./http.js";
import { LogObserver } from "./log-observer.js";
import type { Parts } from "./parts.js";
import { pluginSections } from "./plugin-section.js";
import type { Server, ServerLoad, ServerOptions } from "./ports.js";
import { buildTelephony } from "./telephony.js";

const CALL_ID_LENGTH = 16;
/** Far sides that heard nothing for longer have hung up. */
const SUSPENDED_MS_MAX = 60_000;
/** A carrier's registrar that has not taken our binding back by then keeps it until it runs out. */
const UNREGISTER_MS_MAX = 2000;

/** The core's own collections that have indexes, filled where a release added one. */
const INDEXED: readonly CollectionDefinition<unknown>[] = [cdrRows, answers];

/** Parts that may be reached. */
interface OpenParts extends Parts {
  readonly http: HttpServer;
}

/**
 * Opens what is kept, closes the calls that a killed server left open, starts the plugins, and takes calls.
 * @throws ServerError "SERVER_ADDRESS", "SERVER_NUMBER"; PluginError, StoreError. The ports are still the caller's to close.
 */
export async function createServer(options: ServerOptions): Promise<Server> {
  const parts = await build(options);
  const { telephony, calls, plugins } = parts;
  try {
    for (const command of options.ports.prompts.loadCommands()) options.ports.media.send(command);
    await plugins.start(options.plugins, pluginSections(options.config));
    await plugins.seed(options.seed ?? {});
    matchNumbers(parts);
    const http = buildHttp(options, parts);
    // Now: until here it took its time.
    const elapsedMs = Math.max(0, options.ports.clock.utcMs() - (parts.past?.utcMs ?? 0));
    const sip = await bind(parts, elapsedMs);
    telephony.switchboard.onIncoming((leg, called, instead) => calls.accept(leg, called, instead));
    goOn(parts, elapsedMs);
    parts.registrations.start();
    return new RunningServer({ ...parts, http }, sip);
  } catch (error) {
    await close(parts);
    throw error;
  }
}

class RunningServer implements Server {
  readonly sip: Endpoint;
  readonly http: HttpServer;
  readonly #parts: OpenParts;
  #stopped: Promise<void> | undefined;

  constructor(parts: OpenParts, sip: Endpoint) {
    this.#parts = parts;
    this.http = parts.http;
    this.sip = sip;
  }

  get settings(): SettingsBook {
    return this.#parts.access.settings;
  }

  load(): ServerLoad {
    const { calls, telephony } = this.#parts;
    const { transactions, sessions } = telephony.signaling.snapshot();
    return { calls: calls.counters.open, legs: telephony.switchboard.legs.length, transactions: transactions.clients + transactions.servers, sessions };
  }

  stop(drainMs = this.#parts.options.config.drainMs): Promise<void> {
    if (this.#stopped !== undefined && drainMs === 0) this.#parts.calls.hangupAll();
    return (this.#stopped ??= this.#stop(drainMs));
  }

  async suspend(): Promise<ServerState> {
    const { options, calls: manager, telephony, registrations, http, trace } = this.#parts;
    const { store, clock } = options.ports;
    // All in one step: nothing may happen between what calls, legs and dialogs say of themselves.
    const utcMs = clock.utcMs();
    const calls = manager.suspend();
    const writing = telephony.switchboard.suspend();
    const signaling = telephony.signaling.suspend();
    // The signalling is gone: no carrier hears of it, its binding is taken up by the next server.
    registrations.close();
    const legs = await writing;
    await http.close();
    await closeBooks(this.#parts);
    // Now the journal has told of every call, and with it whose dialogs are whose.
    const state = { utcMs, calls, legs, signaling, trace: trace.save(new Set(calls.map(({ id }) => id))) };
    await saveState(store, state);
    await store.close();
    return state;
  }

  async #stop(drainMs: number): Promise<void> {
    // At once: the carrier sends its calls elsewhere while ours end.
    const unregistered = this.#parts.registrations.stop(UNREGISTER_MS_MAX);
    await this.#parts.calls.drain(drainMs);
    await unregistered;
    await this.#parts.http.close();
    await close(this.#parts);
    await this.#parts.options.ports.store.close();
  }
}

async function build(options: ServerOptions): Promise<Parts> {
  const { config, ports, pepper } = options;
  const { clock, random, crypto, store, prompts, log } = ports;
  const observer = new LogObserver(log);
  const node = await loadNode(store, random);
  const journal = new Journal({ store, clock, node, onFault: (error) => observer.onFault("journal", error) });
  journal.upcasters.set("core", CALL_UPCASTERS);
  await fillIndexes(options);
  const cdrs = new CdrKeeper({ store, journal, onFault: (error) => observer.onFault("records", error) });
  const past = await takePast(options);
  await cdrs.start(new Set(past?.calls.map(({ id }) => id)));
  const access = await openAccess(options, { journal, observe: (observation) => observer.onAccess(observation), isVip: (number) => plugins.registered.isVip(number), onFault: (where, error) => observer.onFault(where, error) });
  const tracer = new CallTracer({ utcMs: () => clock.utcMs(), ...(options.traceBytesMax === undefined ? {} : { bytesMax: options.traceBytesMax }) });
  journal.listen((entry) => tracer.onEntry(entry));
  tracer.trace.restore(past?.trace ?? []);
  const telephony = buildTelephony(options, access, {
    node,
    observer: {
      onFault: (where, error) => observer.onFault(where, error),
      onLeg: (observation) => {
        tracer.onLeg(observation);
        observer.onLeg(observation);
      },
      onMessage: (...message) => tracer.trace.observe(...message),
    },
  });
  const registrations = new Registrations({
    clock,
    random,
    signaling: telephony.signaling,
    trunks: registeringTrunks(valuesOf(access.settings.snapshot.trunk), access.trunks),
    observe: (observation) => {
      observer.onRegistration(observation);
      journalRegistration(journal, config, observation);
    },
  });
  followSettings({ access, registrations, onFault: (error) => observer.onFault("settings", error) });
  const plugins = new PluginHost({
    hospital: config.hospital,
    clock,
    random,
    node,
    store,
    journal,
    secrets: new SecretHash({ crypto, random, pepper }),
    log,
    phones: (extensions, state) => extensions.filter((extension) => access.registrar.contacts(extension).length > 0 && (state === "registered" || calls.callOf(extension) === undefined)),
  });
  const voice = voiceOf(options);
  const calls: CallManager = new CallManager({
    ports: {
      clock,
      journal,
      switchboard: telephony.switchboard,
      records: config.recording.calls === "all",
      announce: (what, language) => announce(what, language, voice),
      prepare: (what, language) => readTexts(ports.texts, textsToRead(what, language, prompts), language),
      queue: (name) => plugins.registered.queue(name),
    },
    newCallId: () => `${node}-${randomToken(random, CALL_ID_LENGTH)}`,
    route: routeCalls(options, { plugins, access, isRegistered: (extension) => access.registrar.contacts(extension).length > 0 }),
    operator: () => plugins.registered.operator(),
    onFault: (call, error) => log.error({ call, err: error }, "a call's handler failed; the caller was led to the operators"),
  });
  return { options, journal, cdrs, trace: tracer.trace, access, telephony, registrations, plugins, calls, past };
}

async function fillIndexes({ ports: { store, log } }: ServerOptions): Promise<void> {
  for (const collection of INDEXED) {
    const rows = await store.prepare<unknown>(collection);
    if (rows > 0) log.info({ collection: collection.name, rows }, "rows were written into indexes that were added since");
  }
}

function voiceOf({ config, ports: { prompts, texts } }: ServerOptions): Voice {
  return {
    resolve: (language, name) => prompts.resolve(language, name),
    has: (language, name) => prompts.has(language, name),
    sound: (text, language) => texts?.sound(text, language),
    country: config.tones,
  };
}

function readTexts(reader: TextReader | undefined, texts: readonly string[], language: Language): Promise<unknown> | undefined {
  return reader === undefined || texts.length === 0 ? undefined : Promise.all(texts.map((text) => reader.read(text, language)));
}

async function takePast({ ports }: ServerOptions): Promise<ServerState | undefined> {
  const { store, clock, log } = ports;
  const { state, refused } = await takeState(store, { nowUtcMs: clock.utcMs(), ageMsMax: SUSPENDED_MS_MAX });
  if (refused !== undefined) log.error({ why: refused }, "the calls of the server before can't be gone on with and are closed");
  return state;
}

/** With what the process before was doing: sessions are back already, legs and calls follow in the same step. */
function goOn({ past, telephony, calls, options }: Parts, elapsedMs: number): void {
  if (past === undefined) return;
  const legs = telephony.switchboard.restore(past.legs);
  calls.restore({ states: past.calls, legs, elapsedMs });
  options.ports.log.info({ calls: past.calls.length, legs: legs.size, downMs: elapsedMs }, "going on with the calls of the server before");
}

async function bind({ options, telephony, past }: Parts, elapsedMs: number): Promise<Endpoint> {
  try {
    return await telephony.signaling.start(past && { state: past.signaling, elapsedMs });
  } catch (error) {
    throw new ServerError("SERVER_ADDRESS", `sip.listen: UDP ${formatEndpoint(options.config.sip.listen)} can't be bound (${(error as Error).message}); accepted: a free port of this machine (RINGWARD_SIP)`, { cause: error });
  }
}

/** In the order in which each part may still need the next. The store stays open. */
async function close({ telephony, registrations, access, plugins, cdrs, journal }: Parts): Promise<void> {
  await registrations.stop(UNREGISTER_MS_MAX);
  await telephony.switchboard.shutdown();
  await telephony.signaling.stop();
  await closeBooks({ access, plugins, cdrs, journal });
}

async function closeBooks({ access, plugins, cdrs, journal }: Pick<Parts, "access" | "plugins" | "cdrs" | "journal">): Promise<void> {
  access.registrar.close();
  plugins.closeAll();
  await cdrs.close();
  await journal.close();
}
