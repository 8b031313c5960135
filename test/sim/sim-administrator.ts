// Changes settings while calls run, as somebody with the API's token does: one request after the other, each sent again until
// it is answered, to whatever process there is then. What it was told must hold when all is over.
import { REALM } from "../../apps/server/access.js";
import { SimCrypto } from "../../core/crypto/sim-crypto.js";
import type { AnyRoute } from "../../core/http/api-route.js";
import type { Entry } from "../../core/journal/entry.js";
import { HttpProblem } from "../../core/sdk/plugin.js";
import type { SettingKind, Shown } from "../../core/settings/setting.js";
import { settingsRoutes } from "../../core/settings/settings-routes.js";
import { show } from "../../core/settings/setting-form.js";
import type { Clock } from "../../protocol/base/clock.js";
import type { SimRandom } from "../../protocol/base/sim-random.js";
import type { SimProcess } from "./sim-process.js";

export interface AdministratorWorld {
  readonly clock: Clock;
  readonly random: SimRandom;
  /** The one that runs now. */
  process(): SimProcess;
  /** A phone was added, with this password; or it is gone. */
  onPhone(extension: string, password: string | undefined): void;
}

interface Told {
  readonly version: number;
  /** Undefined: it is gone. */
  readonly shown: Shown | undefined;
}

interface Request {
  readonly method: "PUT" | "PATCH" | "DELETE";
  readonly kind: SettingKind;
  readonly name: string;
  readonly body: Record<string, unknown>;
  /** It must be refused, and change nothing. */
  readonly contradicts?: true;
}

const PARAMS: { readonly [K in SettingKind]?: string } = { phone: "extension", trunk: "trunk", number: "number", vip: "number" };
const ANSWER_MS_MAX = 2000;
const PAUSE_MS_MAX = 900;
const WAIT_MS = 150;
const ACTOR = { kind: "administrator", id: "api-token" } as const;

export class SimAdministrator {
  readonly #world: AdministratorWorld;
  readonly #told = new Map<string, Told>();
  readonly violations: string[] = [];
  /** Requests that were done, those that had to be sent again, and those that were refused as they must. */
  readonly counts = { done: 0, again: 0, refused: 0 };

  constructor(world: AdministratorWorld) {
    this.#world = world;
  }

  /** Resolves when the last request that began before `untilMs` is answered. */
  async work(untilMs: number): Promise<void> {
    const { clock, random } = this.#world;
    while (clock.monoMs() < untilMs) {
      await this.#sleep(random.next() * PAUSE_MS_MAX);
      await this.#ask(this.#choose());
    }
  }

  /** What was told and does not hold in the last process, or not in the journal as often as it was done. */
  audit(process: SimProcess, entries: readonly Entry[]): readonly string[] {
    const faults = [...this.violations];
    for (const [key, { version, shown }] of this.#told) {
      const [kind, name] = key.split("/") as [SettingKind, string];
      const now = process.server!.settings.snapshot[kind].get(name);
      const text = now === undefined ? undefined : JSON.stringify({ ...show(kind, now.value), version: now.version });
      const expected = shown === undefined ? undefined : JSON.stringify({ ...shown, version });
      if (text !== expected) faults.push(`${key} is ${text ?? "gone"}; told was ${expected ?? "that it is gone"}`);
      const changes = entries.filter((entry) => entry.type === "setting.changed" && entry.subject.id === key);
      if (changes.length !== version) faults.push(`${key} has version ${version}, and the journal has ${changes.length} changes of it`);
    }
    return faults;
  }

  #choose(): Request {
    const { random } = this.#world;
    const one = <T>(of: readonly T[]): T => of[Math.floor(random.next() * of.length)]!;
    const [at, what] = [random.next(), random.next()];
    const [kind, name] = one([["phone", one(["2001", "2002"])], ["phone", "1003"], ["trunk", one(["spare-a", "spare-b"])], ["trunk", "carrier"], ["number", "95003"], ["vip", one(["13900000001", "13900000002"])], ["routing", "calls"]] as const);
    const known = this.#told.get(`${kind}/${name}`);
    const there = known === undefined ? ["1003", "carrier", "calls"].includes(name) : known.shown !== undefined;
    if (there && !["carrier", "calls"].includes(name) && at < 0.3) return { method: "DELETE", kind, name, body: {} };
    switch (kind) {
      case "phone":
        if (!there || at < 0.5) return { method: "PUT", kind, name, body: { password: `secret-${name}`, displayName: `Ward ${Math.floor(what * 100)}` } };
        return { method: "PATCH", kind, name, body: { displayName: what < 0.3 ? null : `Room ${Math.floor(what * 100)}` } };
      case "trunk":
        if (name === "carrier") return { method: "PATCH", kind, name, body: { maxCalls: 2 + Math.floor(what * 20) } };
        if (at > 0.8) return { method: "PUT", kind, name, body: { sources: ["198.51.100.1"] }, contradicts: true };
        return { method: "PUT", kind, name, body: { sources: [`198.51.100.${name === "spare-a" ? 7 : 8}`], maxCalls: 1 + Math.floor(what * 5) } };
      case "number":
        return { method: "PUT", kind, name, body: { language: what < 0.5 ? "en" : "zh-CN", plugin: "ivr" } };
      case "vip":
        return { method: "PUT", kind, name, body: what < 0.5 ? {} : { displayName: "Somebody" } };
      case "routing":
        return { method: "PATCH", kind, name, body: { emergencyNumbers: what < 0.5 ? ["120"] : ["110", "120"] } };
      default:
        return kind satisfies never;
    }
  }

  async #ask(request: Request): Promise<void> {
    const { kind, name, method } = request;
    const key = `${kind}/${name}`;
    const known = this.#told.get(key);
    const there = known === undefined ? ["1003", "carrier", "calls"].includes(name) : known.shown !== undefined;
    const version = there ? (known?.version ?? 0) : undefined;
    for (;;) {
      const answer = await this.#send(request, version);
      if (answer === undefined) {
        this.counts.again += 1;
        await this.#sleep(WAIT_MS);
        continue;
      }
      if (answer instanceof HttpProblem) {
        if (request.contradicts === true && answer.code === "SETTINGS_CONFLICT") this.counts.refused += 1;
        else this.violations.push(`${method} ${key} is refused: ${answer.message}`);
        return;
      }
      if (request.contradicts === true) this.violations.push(`${method} ${key} contradicts what is there and is done`);
      this.counts.done += 1;
      const { version: now, origin: _origin, ...shown } = answer as { readonly version: number; readonly origin: string };
      this.#told.set(key, method === "DELETE" ? { version: version! + 1, shown: undefined } : { version: now, shown });
      if (kind === "phone" && name !== "1003") this.#world.onPhone(name, method === "DELETE" ? undefined : `secret-${name}`);
      return;
    }
  }

  /** Undefined where nothing was answered: the process is dead, on its way down or not up yet. */
  async #send({ method, kind, name, body }: Request, version: number | undefined): Promise<Shown | HttpProblem | undefined> {
    const process = this.#world.process();
    if (process.server === undefined || !process.boundaries.alive) return undefined;
    const param = PARAMS[kind];
    const path = param === undefined ? "/settings/routing" : `/settings/${kind}s/:${param}`;
    const routes: readonly AnyRoute[] = settingsRoutes({ book: process.server.settings, phones: { crypto: new SimCrypto(), realm: REALM }, signOut: async () => undefined });
    const route = routes.find((one) => one.method === method && one.path === path)!;
    const answer = route.handle({ params: param === undefined ? {} : { [param]: name }, query: { version }, body: { ...body, ...(version === undefined ? {} : { version }) }, actor: ACTOR } as never) as Promise<Shown>;
    return Promise.race([
      // What fails otherwise has no answer: a store that is closed under it, for one.
      answer.catch((error: unknown) => (error instanceof HttpProblem ? error : undefined)),
      this.#sleep(ANSWER_MS_MAX).then(() => undefined),
    ]);
  }

  #sleep(forMs: number): Promise<void> {
    return new Promise((resolve) => void this.#world.clock.after(forMs, resolve));
  }
}
