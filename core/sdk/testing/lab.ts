// A whole call centre without network, sound or real time: shipped call control and plugin host, legs made of names.
import { SimClock } from "../../../protocol/base/sim-clock.js";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { CallManager } from "../../call/call-manager.js";
import { SecretHash } from "../../crypto/secret-hash.js";
import { SimCrypto } from "../../crypto/sim-crypto.js";
import type { Entry } from "../../journal/entry.js";
import { Journal } from "../../journal/journal.js";
import { loadNode } from "../../journal/node.js";
import type { DialogLeg, DialTarget, Leg } from "../../leg/leg.js";
import { PluginHost } from "../../plugin-host/plugin-host.js";
import { phoneCallHandler } from "../../routing/phone-call.js";
import { announce } from "../../speech/announcement.js";
import type { Language } from "../../speech/part.js";
import { MemoryStore } from "../../store/memory/memory-store.js";
import type { Store } from "../../store/store.js";
import type { AnyPlugin, PluginLog } from "../plugin.js";
import { LabLeg } from "./lab-leg.js";
import { LabPatient } from "./lab-patient.js";
import { LabPhone } from "./lab-phone.js";

export interface LabOptions {
  readonly plugins: readonly AnyPlugin[];
  /** By plugin, as under `plugins:` in the config file. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** By plugin, as in `seed.yaml`. */
  readonly seed?: Readonly<Record<string, unknown>>;
  /** Languages that calls to a number begin in; zh-CN unless told. */
  readonly languages?: Readonly<Record<string, Language>>;
  /** Desk phones, registered from the start. */
  readonly phones?: readonly string[];
  /** When it is, ms since 1970 UTC; 2026-01-05 09:00 in Shanghai unless told. */
  readonly utcMs?: number;
  /** A lab that was killed: this one starts on what it had stored, where its clock stood unless `utcMs` tells otherwise. */
  readonly after?: Lab;
  /** Of all that is random; 1 unless told. */
  readonly seedNumber?: number;
}

export interface CallOptions {
  /** Number that the caller calls from; 13900000001 unless told. */
  readonly from?: string;
  readonly displayName?: string;
  /** From a desk phone instead of the carrier's trunk. */
  readonly phone?: string;
}

const HOSPITAL = { id: "lab", timeZone: "Asia/Shanghai", currency: "CNY" };
const PEPPER = new Uint8Array(32).fill(7);
const TRUNK: Leg["origin"] = { kind: "trunk", name: "lab-carrier" };

export class Lab {
  readonly clock: SimClock;
  readonly store: Store;
  readonly hospital = HOSPITAL;
  /** What plugins and calls logged as wrong. */
  readonly faults: unknown[] = [];
  readonly #journal: Journal;
  readonly #host: PluginHost;
  readonly #manager: CallManager;
  readonly #phones = new Map<string, LabPhone>();
  readonly #memory: MemoryStore;
  /** Legs so far, by id. */
  readonly #open = new Map<string, LabLeg>();
  #legs = 0;
  #requests = 0;
  #calls: number;

  private constructor(world: { readonly clock: SimClock; readonly store: MemoryStore; readonly random: SimRandom; readonly node: string }, options: LabOptions) {
    const { clock, store, random } = world;
    this.clock = clock;
    this.store = store;
    this.#memory = store;
    this.#calls = options.after === undefined ? 0 : options.after.#calls;
    for (const extension of options.phones ?? []) this.#phones.set(extension, new LabPhone(extension, clock));
    this.#journal = new Journal({ store, clock, node: world.node });
    const crypto = new SimCrypto();
    this.#host = new PluginHost({
      hospital: HOSPITAL,
      clock,
      random,
      node: world.node,
      store,
      journal: this.#journal,
      secrets: new SecretHash({ crypto, random, pepper: PEPPER }),
      log: this.#log(),
      phones: (extensions, state) => extensions.filter((extension) => this.#phones.get(extension)?.registered === true && (state === "registered" || this.#manager.callOf(extension) === undefined)),
    });
    this.#manager = new CallManager({
      ports: {
        clock,
        journal: this.#journal,
        switchboard: { dial: (target, { from }) => this.#dial(target, from), bridge, dialog: ({ callId }) => this.#dialog(callId) },
        records: true,
        // A text is heard as itself.
        announce: (what, language) => announce(typeof what === "string" ? what : what.map((part) => (part.say === "text" ? { say: "prompt", name: part.text } : part)), language, { resolve: (spoken, name) => `${spoken}/${name}` }),
        queue: (name) => this.#host.registered.queue(name),
      },
      newCallId: () => `${world.node}-${++this.#calls}`,
      route: (called, origin) => this.#route(called, origin, options.languages ?? {}),
      operator: () => this.#host.registered.operator(),
      onFault: (_call, error) => void this.faults.push(error),
    });
  }

  /** Use `createLab`. */
  static async create(options: LabOptions): Promise<Lab> {
    const { after } = options;
    const clock = new SimClock(options.utcMs ?? after?.clock.utcMs());
    // Another life draws other ids.
    const random = new SimRandom((options.seedNumber ?? 1) + (after === undefined ? 0 : after.#calls));
    const store = after === undefined ? new MemoryStore() : new MemoryStore({ image: after.#memory.crash() });
    const lab = new Lab({ clock, store, random, node: await loadNode(store, random) }, options);
    await lab.#host.start(options.plugins, options.config ?? {});
    await lab.#host.seed(options.seed ?? {});
    return lab;
  }

  /** Somebody dials `number`. */
  call(number: string, options: CallOptions = {}): LabPatient {
    const { phone, displayName } = options;
    const remote = { number: phone ?? options.from ?? "13900000001", ...(displayName === undefined ? {} : { displayName }) };
    const leg = new LabLeg({ id: this.#legId(), clock: this.clock, direction: "incoming", remote, origin: phone === undefined ? TRUNK : { kind: "phone", name: phone } });
    this.#open.set(leg.id, leg);
    this.#manager.accept(leg, number);
    return new LabPatient(leg, this.clock);
  }

  /** One of `phones`. */
  phone(extension: string): LabPhone {
    const phone = this.#phones.get(extension);
    if (phone === undefined) throw new Error(`the lab has no phone ${extension}; name it in createLab's phones`);
    return phone;
  }

  /** Puts a plugin in the place of the one of its name while calls run, as the server does. Returns the names of all that were set up anew. */
  reload(plugin: AnyPlugin): Promise<readonly string[]> {
    return this.#host.reload(plugin);
  }

  /** Simulated time goes by. */
  passes(durationMs: number): Promise<void> {
    return this.clock.runMs(durationMs);
  }

  /** The journal's entries so far, of one type or of all. */
  async journal(type?: string): Promise<readonly Entry[]> {
    await this.#journal.flush();
    const entries: Entry[] = [];
    for (let page = await this.#journal.read({ limit: 1000 }); page.length > 0; page = await this.#journal.read({ after: page.at(-1)!.nodeSeq, limit: 1000 })) entries.push(...page);
    return entries.filter((entry) => type === undefined || entry.type === type);
  }

  /** Calls a plugin's route as an administrator: what is sent is checked by its schemas, so is the reply. An action without a key is one of its own. */
  async request(method: string, path: string, input: { readonly params?: unknown; readonly query?: unknown; readonly body?: unknown; readonly idempotencyKey?: string } = {}): Promise<unknown> {
    const route = this.#host.registered.routes.values().find(({ value }) => value.method === method && value.path === path)?.value;
    if (route === undefined) throw new Error(`no plugin has the route ${method} ${path}`);
    const [params, query, body] = [route.params?.parse(input.params ?? {}), route.query?.parse(input.query ?? {}), route.body?.parse(input.body)] as never[];
    const repeatable = { key: input.idempotencyKey ?? `lab-${++this.#requests}`, digest: JSON.stringify([method, path, input.params, input.body]) };
    return route.reply.parse(await route.handle({ params: params!, query: query!, body: body!, actor: { kind: "administrator" }, repeatable }));
  }

  /** Takes a plugin away, as an administrator would while calls run. */
  unload(plugin: string): void {
    this.#host.close(plugin);
  }

  /** Calls that are not over. */
  get openCalls(): number {
    return this.#manager.counters.open;
  }

  #route(called: string, origin: Leg["origin"], languages: Readonly<Record<string, Language>>): ReturnType<ConstructorParameters<typeof CallManager>[0]["route"]> {
    const shared = { hospital: HOSPITAL.id, language: languages[called] ?? "zh-CN" };
    const handler = this.#host.registered.handlerOf(called);
    if (handler !== undefined) return { ...shared, handler };
    return origin.kind === "phone" && this.#phones.has(called) ? { ...shared, handler: phoneCallHandler(called), reaches: [{ kind: "phone", extension: called }] } : undefined;
  }

  #dial(target: DialTarget, _from: Leg["remote"]): readonly Leg[] {
    const phone = target.kind === "phone" ? this.#phones.get(target.extension) : undefined;
    if (target.kind !== "phone" || phone?.registered !== true) return [];
    const leg = new LabLeg({ id: this.#legId(), clock: this.clock, direction: "outgoing", remote: { number: target.extension }, origin: { kind: "phone", name: target.extension } });
    this.#open.set(leg.id, leg);
    phone.offer(leg);
    return [leg];
  }

  /** A lab leg's dialog is named by the leg. */
  #dialog(id: string): DialogLeg | undefined {
    const leg = this.#open.get(id);
    return leg === undefined || leg.state === "ended" ? undefined : { leg, state: leg.state === "answered" ? "confirmed" : leg.direction === "incoming" ? "ringing" : "rung" };
  }

  #legId(): string {
    return `leg-${++this.#legs}`;
  }

  #log(): PluginLog {
    const fault = (fields: unknown, message: string): void => void this.faults.push({ fields, message });
    return { info: () => undefined, warn: () => undefined, error: fault };
  }
}

/** A lab with these plugins installed, seeded and ready for calls. */
export const createLab = (options: LabOptions): Promise<Lab> => Lab.create(options);

function bridge(a: Leg, b: Leg): () => void {
  if (!(a instanceof LabLeg) || !(b instanceof LabLeg)) throw new Error("a lab bridges the lab's own legs");
  a.bridgedTo = b;
  b.bridgedTo = a;
  return () => {
    if (a.bridgedTo === b) a.bridgedTo = undefined;
    if (b.bridgedTo === a) b.bridgedTo = undefined;
  };
}
