// One call manager on simulated time with scripted legs, for the tests of call control.
import { SimClock } from "../../protocol/base/sim-clock.js";
import type { NewEntry } from "../journal/entry.js";
import { newEntrySchema } from "../journal/entry.js";
import type { Leg } from "../leg/leg.js";
import { announce } from "../speech/announcement.js";
import { outsideCallHandler } from "../routing/outside-call.js";
import { phoneCallHandler } from "../routing/phone-call.js";
import { CallManager, type CallHandler, type CallManagerOptions, type CallRoute } from "./call-manager.js";
import { CALL_ENTRY_DATA, type CallEntryType } from "./entries.js";
import type { ServeQueue } from "./call-ports.js";
import { ScriptedLeg, ScriptedSwitchboard, type ScriptedLegOptions } from "./scripted-leg.js";

export interface CallRigOptions {
  /** Runs when 95001 is called. */
  readonly handler?: CallHandler;
  readonly operator?: CallHandler;
  readonly queues?: Readonly<Record<string, ServeQueue>>;
  /** What other numbers of the hospital run. */
  readonly services?: Readonly<Record<string, CallHandler>>;
  /** Phones registered by extension; an outside number is `trunk/number`, over carrier-a and carrier-b. */
  readonly contacts?: Readonly<Record<string, number>>;
  readonly leg?: Pick<ScriptedLegOptions, "endDelayMs" | "noCodec">;
  /** Whether calls are recorded; true unless told. */
  readonly records?: boolean;
  readonly manager?: Pick<CallManagerOptions, "callMsMax" | "openCallsMax">;
}

export class CallRig {
  readonly clock = new SimClock();
  readonly entries: NewEntry[] = [];
  /** What legs were told, and what tests add. */
  readonly steps: string[] = [];
  readonly faults: unknown[] = [];
  readonly switchboard: ScriptedSwitchboard;
  readonly manager: CallManager;
  readonly #options: CallRigOptions;
  #callers = 0;

  constructor(options: CallRigOptions = {}) {
    this.#options = options;
    const { clock } = this;
    const trace = (step: string): void => void this.steps.push(step);
    this.switchboard = new ScriptedSwitchboard({ clock, trace, contacts: options.contacts ?? {}, ...(options.leg?.endDelayMs === undefined ? {} : { endDelayMs: options.leg.endDelayMs }) });
    let ids = 0;
    this.manager = new CallManager({
      ports: {
        clock,
        journal: { append: (entry) => this.#append(entry), versionOf: () => 1 },
        switchboard: this.switchboard,
        records: options.records ?? true,
        announce: (what, language) => announce(what, language, { resolve: (_, name) => name }),
        queue: (name) => options.queues?.[name],
      },
      newCallId: () => `c${(ids += 1)}`,
      route: (called, origin) => this.#route(called, origin),
      operator: () => options.operator,
      onFault: (_, error) => this.faults.push(error),
      ...options.manager,
    });
  }

  #route(called: string, origin: Leg["origin"]): CallRoute | undefined {
    const shared = { hospital: "demo", language: "en" } as const;
    const { handler, services = {}, contacts = {} } = this.#options;
    if (called === "95001" && handler !== undefined) return { ...shared, handler };
    const service = services[called];
    if (service !== undefined) return { ...shared, handler: service };
    if (origin.kind !== "phone") return undefined;
    if (contacts[called] !== undefined) return { ...shared, handler: phoneCallHandler(called), reaches: [{ kind: "phone", extension: called }] };
    const trunks = ["carrier-a", "carrier-b"].filter((trunk) => contacts[`${trunk}/${called}`] !== undefined);
    return trunks.length === 0 ? undefined : { ...shared, handler: outsideCallHandler({ number: called, trunks }), reaches: trunks.map((trunk) => ({ kind: "outside", number: called, trunk })) };
  }

  /** A new caller, already accepted or refused. */
  call(called = "95001", from: Partial<{ number: string; origin: Leg["origin"]; instead: Leg }> = {}): ScriptedLeg {
    const leg = new ScriptedLeg(`caller${(this.#callers += 1)}`, {
      clock: this.clock,
      direction: "incoming",
      remote: { number: from.number ?? "13800000002" },
      origin: from.origin ?? { kind: "trunk", name: "carrier" },
      trace: (step) => void this.steps.push(step),
      ...this.#options.leg,
    });
    this.switchboard.callers.push(leg);
    this.manager.accept(leg, called, from.instead);
    return leg;
  }

  runMs(durationMs: number): Promise<void> {
    return this.clock.runMs(durationMs);
  }

  /** Keys one after the other, each 200 ms after the one before. */
  async press(leg: ScriptedLeg, keys: string): Promise<void> {
    for (const key of keys) {
      leg.press(key);
      await this.runMs(200);
    }
  }

  /** Entries of a type, their data only. */
  data(type: CallEntryType): readonly Readonly<Record<string, unknown>>[] {
    return this.entries.filter((entry) => entry.type === type).map((entry) => entry.data);
  }

  get types(): readonly string[] {
    return this.entries.map((entry) => entry.type);
  }

  /** Nothing is left: no call, no timer, no unended leg. */
  get leftOver(): readonly string[] {
    const legs = this.switchboard.legs.filter((leg) => leg.state !== "ended").map((leg) => `leg ${leg.id}`);
    return [...legs, ...(this.manager.counters.open === 0 ? [] : [`${this.manager.counters.open} calls`]), ...(this.clock.pending === 0 ? [] : [`${this.clock.pending} timers`])];
  }

  #append(entry: NewEntry): void {
    newEntrySchema.parse(entry);
    if (entry.type in CALL_ENTRY_DATA) CALL_ENTRY_DATA[entry.type as CallEntryType].strict().parse(entry.data);
    this.entries.push(entry);
  }
}
