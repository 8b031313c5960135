// Which phone is where (RFC 3261 section 10.3): bindings in memory, kept in the store before a phone is told about them.
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import { formatEndpoint, sameEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import { BINDING_LIMITS, updateBindings, type Binding, type BindingLimits, type RegisterRequest } from "./binding.js";

/** What the registrar needs of `BindingStore`. */
export interface BindingKeeper {
  load(): Promise<ReadonlyMap<string, readonly Binding[]>>;
  save(extension: string, bindings: readonly Binding[]): Promise<void>;
}

export type RegistrarObservation =
  /** The set of contacts changed: how many there are now. A mere renewal is not told. */
  | { readonly type: "phone.registered" | "phone.unregistered" | "phone.expired" | "phone.lost"; readonly extension: string; readonly contacts: number }
  | { readonly type: "phone.unsaved"; readonly extension: string; readonly error: unknown };

export interface RegistrarOptions {
  readonly clock: Clock;
  readonly keeper: BindingKeeper;
  /** RFC 3261 section 19.1.4; what is no SIP URI equals itself only. */
  readonly sameUri: (a: string, b: string) => boolean;
  readonly limits?: BindingLimits;
  readonly observe?: (observation: RegistrarObservation) => void;
}

export interface RegisteredContact {
  readonly uri: string;
  readonly qMilli: number;
  readonly expiresS: number;
}

export type RegisterOutcome =
  /** 200: everything that is bound now, the seconds left of each. */
  | { readonly status: 200; readonly contacts: readonly RegisteredContact[] }
  | { readonly status: 423; readonly minExpiresS: number }
  /** 400, 500: see `updateBindings`. 500 also where the store failed; 503: too many at once of one extension. */
  | { readonly status: 400 | 500 | 503; readonly reason: string };

/** REGISTERs of one extension that wait for the one before; a phone sends one at a time. */
const WAITING_MAX = 16;

export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #limits: BindingLimits;
  readonly #bindings = new Map<string, readonly Binding[]>();
  readonly #bySource = new Map<string, string>();
  readonly #turns = new Map<string, { waiting: number; last: Promise<unknown> }>();
  #cancelExpiry: Cancel | undefined;
  #closed = false;

  constructor(options: RegistrarOptions) {
    this.#options = options;
    this.#limits = options.limits ?? BINDING_LIMITS;
  }

  /**
   * Takes up what an earlier process kept; to be called once, before the first REGISTER. A phone that was taken away meanwhile, or
   * just before that process was killed, is forgotten.
   */
  async restore(isPhone: (extension: string) => boolean): Promise<void> {
    for (const [extension, bindings] of await this.#options.keeper.load()) {
      if (isPhone(extension)) this.#replace(extension, bindings);
      else await this.#options.keeper.save(extension, []);
    }
    this.#armExpiry();
  }

  /** Extensions with at least one contact now. */
  get size(): number {
    return this.#bindings.size;
  }

  /** Where `extension` can be reached now, the preferred contact first; empty where nowhere. */
  contacts(extension: string): readonly Binding[] {
    const nowMs = this.#options.clock.monoMs();
    const live = (this.#bindings.get(extension) ?? []).filter((binding) => binding.expiresMonoMs > nowMs);
    return live.sort((a, b) => b.qMilli - a.qMilli);
  }

  /** The extension that has registered from exactly this address and port. */
  findBySource(source: Endpoint): string | undefined {
    const extension = this.#bySource.get(formatEndpoint(source));
    return extension !== undefined && this.contacts(extension).some((binding) => isFrom(binding, source)) ? extension : undefined;
  }

  /** One after the other per extension; resolves when what the phone is told survives a crash. */
  async register(request: RegisterRequest): Promise<RegisterOutcome> {
    if ((this.#turns.get(request.extension)?.waiting ?? 0) >= WAITING_MAX) return { status: 503, reason: "Too Many Registrations" };
    return this.#inTurn(request.extension, () => this.#register(request));
  }

  /**
   * A contact that registered over a connection which is gone, and that takes none from us (RFC 5626 section 5.3): from now on it is
   * nowhere until it registers again, which a phone does that finds its connection gone.
   */
  lost(extension: string, { uri, source }: Pick<Binding, "uri" | "source">): void {
    const before = this.#bindings.get(extension) ?? [];
    const left = before.filter((binding) => binding.uri !== uri || !isFrom(binding, source));
    if (left.length === before.length) return;
    this.#replace(extension, left);
    this.#armExpiry();
    this.#options.observe?.({ type: "phone.lost", extension, contacts: left.length });
    void this.#inTurn(extension, () => this.#options.keeper.save(extension, this.#bindings.get(extension) ?? [])).catch((error: unknown) => this.#options.observe?.({ type: "phone.unsaved", extension, error }));
  }

  /** The phone is none of ours any more: all its contacts go. What it talks goes on. */
  forget(extension: string): Promise<void> {
    return this.#inTurn(extension, async () => {
      const before = this.#bindings.get(extension)?.length ?? 0;
      if (before === 0) return;
      this.#replace(extension, []);
      this.#armExpiry();
      this.#observeChange(extension, before, 0);
      await this.#options.keeper.save(extension, []);
    });
  }

  /** Ends the one timer; what is bound stays in the store. */
  close(): void {
    this.#closed = true;
    this.#cancelExpiry?.();
    this.#cancelExpiry = undefined;
  }

  async #inTurn<T>(extension: string, work: () => Promise<T>): Promise<T> {
    const turn = this.#turns.get(extension) ?? { waiting: 0, last: Promise.resolve() };
    this.#turns.set(extension, turn);
    turn.waiting += 1;
    const outcome = turn.last.then(work);
    turn.last = outcome.catch(() => undefined); // whoever waits next starts from what stands
    try {
      return await outcome;
    } finally {
      turn.waiting -= 1;
      if (turn.waiting === 0) this.#turns.delete(extension);
    }
  }

  async #register(request: RegisterRequest): Promise<RegisterOutcome> {
    const { extension } = request;
    const before = this.#bindings.get(extension) ?? [];
    const update = updateBindings(before, request, { limits: this.#limits, nowMonoMs: this.#options.clock.monoMs(), sameUri: this.#options.sameUri });
    if (update.kind === "refused") return update;
    if (request.contacts === "all" || request.contacts.length > 0) {
      try {
        await this.#options.keeper.save(extension, update.bindings);
      } catch (error) {
        // Not told, not kept: the phone tries again and the bindings from before go on.
        this.#options.observe?.({ type: "phone.unsaved", extension, error });
        return { status: 500, reason: "Registration Not Kept" };
      }
      this.#replace(extension, update.bindings);
      this.#armExpiry();
      this.#observeChange(extension, before.length, update.bindings.length);
    }
    const nowMs = this.#options.clock.monoMs();
    const contacts = this.contacts(extension).map(({ uri, qMilli, expiresMonoMs }) => ({ uri, qMilli, expiresS: Math.ceil((expiresMonoMs - nowMs) / 1000) }));
    return { status: 200, contacts };
  }

  #observeChange(extension: string, before: number, contacts: number): void {
    if (contacts > before) this.#options.observe?.({ type: "phone.registered", extension, contacts });
    if (contacts < before) this.#options.observe?.({ type: "phone.unregistered", extension, contacts });
  }

  #replace(extension: string, bindings: readonly Binding[]): void {
    for (const binding of this.#bindings.get(extension) ?? []) {
      const key = formatEndpoint(binding.source);
      if (this.#bySource.get(key) === extension) this.#bySource.delete(key);
    }
    if (bindings.length === 0) this.#bindings.delete(extension);
    else this.#bindings.set(extension, bindings);
    for (const binding of bindings) this.#bySource.set(formatEndpoint(binding.source), extension);
  }

  /** One timer for the binding that ends next, whosever it is. */
  #armExpiry(): void {
    this.#cancelExpiry?.();
    this.#cancelExpiry = undefined;
    if (this.#closed || this.#bindings.size === 0) return;
    let nextMs = Infinity;
    for (const bindings of this.#bindings.values()) for (const binding of bindings) nextMs = Math.min(nextMs, binding.expiresMonoMs);
    this.#cancelExpiry = this.#options.clock.after(Math.max(0, nextMs - this.#options.clock.monoMs()), () => this.#expire());
  }

  /** Takes out what has expired; the store's row is skipped when it is next read, and replaced by the next REGISTER. */
  #expire(): void {
    const nowMs = this.#options.clock.monoMs();
    for (const [extension, bindings] of [...this.#bindings]) {
      const live = bindings.filter((binding) => binding.expiresMonoMs > nowMs);
      if (live.length === bindings.length) continue;
      this.#replace(extension, live);
      this.#options.observe?.({ type: "phone.expired", extension, contacts: live.length });
    }
    this.#armExpiry();
  }
}

const isFrom = (binding: Binding, source: Endpoint): boolean => sameEndpoint(binding.source, source);
