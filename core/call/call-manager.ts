// All calls of this server: each new leg finds its handler, whatever the handler does the call comes to its end.
import type { LegId } from "../../media/engine/command.js";
import type { DialTarget, Leg } from "../leg/leg.js";
import { SERVER_FULL } from "../signaling/session.js";
import { CallEnded, OperatorWanted } from "../sdk/control.js";
import type { Language } from "../speech/part.js";
import type { CallPorts } from "./call-ports.js";
import type { CallState } from "./call-state.js";
import { LiveCall } from "./live-call.js";
import type { LiveCallOptions } from "./live-call-options.js";
import { CALL_PROMPTS } from "./prompts.js";
import { Referrals } from "./referrals.js";
import { resume } from "./resumption.js";
import type { CallSnapshot } from "./snapshot.js";

/** Longest a call may last, whatever happens in it. */
const CALL_MS_MAX = 4 * 3_600_000;
const OPEN_CALLS_MAX = 10_000;

/** A plugin's sees `Call` of it. */
export type CallHandler = (call: LiveCall) => Promise<void>;

/** Where a called number leads: a plugin's handler, or a built-in one for extensions. */
export interface CallRoute {
  readonly hospital: string;
  readonly language: Language;
  readonly handler: CallHandler;
  /** Whom the handler rings, where that is all that it does: a caller who is put through there is no new call. */
  readonly reaches?: readonly DialTarget[];
  /** Where a call goes on that was in the handler's hands in another process; without it see `resume`. */
  readonly resumed?: CallHandler | undefined;
}

/** Calls that another process had, and how long ago. */
export interface CallsPast {
  readonly states: readonly CallState[];
  readonly legs: ReadonlyMap<LegId, Leg>;
  readonly elapsedMs: number;
}

export interface CallManagerOptions {
  readonly ports: CallPorts;
  /** An id that names its node and no other call ever had. */
  newCallId(): string;
  /** Undefined where the number leads nowhere for this origin: 404. */
  route(called: string, origin: Leg["origin"]): CallRoute | undefined;
  /** Where OperatorWanted and the apology lead. */
  operator(): CallHandler | undefined;
  /** A handler failed; said once a call, without what the caller keyed. */
  onFault(callId: string, error: unknown): void;
  readonly callMsMax?: number;
  readonly openCallsMax?: number;
}

export interface CallCounters {
  readonly open: number;
  readonly started: number;
  readonly ended: number;
  readonly failed: number;
  readonly refused: number;
}

export class CallManager {
  readonly #options: CallManagerOptions;
  readonly #calls = new Map<string, LiveCall>();
  #counters = { started: 0, ended: 0, failed: 0, refused: 0 };
  readonly #referrals: Referrals;
  #draining = false;
  #whenEmpty: (() => void)[] = [];

  constructor(options: CallManagerOptions) {
    this.#options = options;
    const { route, onFault, ports } = options;
    this.#referrals = new Referrals({
      route: (called, origin) => route(called, origin),
      onFault: (call, error) => onFault(call, error),
      dialog: (named) => ports.switchboard.dialog(named),
      callOf: (leg) => this.#callOfLeg(leg),
    });
  }

  get counters(): CallCounters {
    return { open: this.#calls.size, ...this.#counters };
  }

  list(): readonly CallSnapshot[] {
    return [...this.#calls.values()].map((call) => call.life.snapshot());
  }

  /** The id of the call that this extension rings or talks in. */
  callOf(extension: string): string | undefined {
    for (const call of this.#calls.values()) if (call.life.extensions.includes(extension)) return call.id;
    return undefined;
  }

  /** A new incoming leg that passed the door. `instead`: it takes the place of that leg (RFC 3891), in its call. Refused: 404 for a number that leads nowhere, 503 with Retry-After while stopping or full. */
  accept(leg: Leg, called: string, instead?: Leg): void {
    if (instead !== undefined) return this.#replace(leg, instead);
    const route = this.#options.route(called, leg.origin);
    const full = this.#draining || this.#calls.size >= (this.#options.openCallsMax ?? OPEN_CALLS_MAX);
    if (!full && route !== undefined) return this.#start(leg, called, route);
    this.#counters.refused += 1;
    if (full) leg.reject(503, SERVER_FULL);
    else leg.reject(404);
  }

  /** Takes no new calls; resolves when the last one is over, or after `drainMs`, when the rest are hung up. */
  async drain(drainMs: number): Promise<void> {
    this.#draining = true;
    if (this.#calls.size === 0) return;
    const empty = new Promise<void>((resolve) => void this.#whenEmpty.push(resolve));
    const cancel = this.#options.ports.clock.after(drainMs, () => this.hangupAll());
    await empty;
    cancel();
  }

  hangupAll(): void {
    for (const call of this.#calls.values()) call.life.finish();
  }

  /** Takes no new calls and writes down those that another process can go on with; the others end here. */
  suspend(): readonly CallState[] {
    this.#draining = true;
    return [...this.#calls.values()].flatMap((call) => call.suspend() ?? []);
  }

  /** Goes on with the calls of another process: each in the queue or the talk where it was, else a handler begins anew. */
  restore({ states, legs, elapsedMs }: CallsPast): void {
    // Who waited longest comes first again.
    for (const state of [...states].sort((a, b) => a.startedUtcMs - b.startedUtcMs)) {
      const caller = legs.get(state.caller);
      if (caller === undefined) {
        this.#options.onFault(state.id, new Error("the caller's leg was not written down"));
        continue;
      }
      const others = state.others.flatMap(({ leg: id, ...other }) => {
        const leg = legs.get(id);
        return leg === undefined ? [] : [{ leg, ...other }];
      });
      const { id, hospital, called, language } = state;
      const route = this.#options.route(state.servedAs ?? called, caller.origin);
      this.#begin({ id, hospital, language, called, caller, past: { state, elapsedMs, others } }, (call) => resume(call, state, { route, operator: this.#options.operator() }));
    }
  }

  #callOfLeg(leg: Leg): LiveCall | undefined {
    // Asked for transfers alone.
    return [...this.#calls.values()].find((call) => call.life.has(leg));
  }

  /** Only our own phones take over what others talk about. */
  #replace(leg: Leg, instead: Leg): void {
    const replaced = leg.origin.kind === "phone" && this.#callOfLeg(instead)?.transfers.replace(leg, instead) === true;
    if (replaced) return;
    this.#counters.refused += 1;
    leg.reject(leg.origin.kind === "phone" ? 481 : 403);
  }

  #start(leg: Leg, called: string, { hospital, language, handler }: CallRoute): void {
    this.#counters.started += 1;
    this.#begin({ id: this.#options.newCallId(), hospital, language, called, caller: leg }, handler);
  }

  #begin(options: Omit<LiveCallOptions, "ports" | "route" | "onRefer" | "onReleased">, handler: CallHandler): void {
    const { ports, callMsMax } = this.#options;
    const onReleased = (): void => {
      cancelWatchdog();
      this.#remove(call);
    };
    const call = new LiveCall({
      ...options, ports, onReleased,
      route: (called, origin) => this.#options.route(called, origin),
      onRefer: (live, leg, refer) => this.#referrals.take(live, leg, refer),
    });
    const cancelWatchdog = ports.clock.after(Math.max(0, (callMsMax ?? CALL_MS_MAX) - call.life.log.offsetMs()), () => call.life.finish());
    this.#calls.set(call.id, call);
    void this.#serve(call, handler)
      .then(() => {
        call.stage = "parting";
        return call.life.telling.heard();
      })
      .then(() => call.life.finish());
  }

  #remove(call: LiveCall): void {
    this.#calls.delete(call.id);
    this.#counters.ended += 1;
    if (this.#calls.size > 0) return;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  /** Never rejects. */
  async #serve(call: LiveCall, handler: CallHandler): Promise<void> {
    const failure = await this.#attempt(call, handler);
    if (failure === undefined) return;
    const operator = this.#options.operator();
    try {
      if (failure === "failed" && call.isAnswered) await call.play(CALL_PROMPTS.apology, { bargeIn: false });
    } catch (error) {
      if (error instanceof CallEnded) return;
      this.#fault(call, error);
    }
    call.stage = "operator";
    if (operator !== undefined) await this.#attempt(call, operator);
  }

  async #attempt(call: LiveCall, handler: CallHandler): Promise<"operator" | "failed" | undefined> {
    try {
      await handler(call);
      return undefined;
    } catch (error) {
      if (error instanceof CallEnded) return undefined;
      if (error instanceof OperatorWanted) {
        call.life.dismiss();
        call.life.log.write("call.operator-wanted", { why: error.why });
        return "operator";
      }
      // What its handler waited for beside the call ended with this process.
      if (call.life.ending.frozen) return undefined;
      this.#fault(call, error);
      if (call.signal.aborted) return undefined;
      call.life.dismiss();
      call.life.log.write("call.operator-wanted", { why: "failure" });
      return "failed";
    }
  }

  #fault(call: LiveCall, error: unknown): void {
    this.#counters.failed += 1;
    call.life.log.write("call.failed", { error: error instanceof Error ? error.name : "unknown" });
    this.#options.onFault(call.id, error);
  }
}
