// The people of one call besides the caller: rung, answered, bridged, let go; each recorded and told to the journal.
import type { Clock } from "../../protocol/base/clock.js";
import type { ToneCountry } from "../../media/engine/detection.js";
import type { DialTarget, Leg, Switchboard } from "../leg/leg.js";
import { Attempt, type AttemptObserver, type AttemptOutcome, type RingingLeg } from "./attempt.js";
import type { Call } from "../sdk/call.js";
import type { CallState } from "./call-state.js";
import type { CallEntryData, CallEntryType } from "./entries.js";
import type { Hearing } from "./hearing.js";
import { LegRecording } from "./leg-recording.js";
import { PickUp, type PickUpOutcome } from "./pick-up.js";
import type { EarlyMedia } from "./ringing.js";

export interface AgentsOptions {
  readonly callId: string;
  readonly clock: Clock;
  readonly switchboard: Switchboard;
  /** Whether who answers is recorded. */
  readonly records: boolean;
  readonly caller: Leg;
  /** Milliseconds since the call began. */
  readonly offsetMs: () => number;
  readonly journal: <T extends CallEntryType>(type: T, data: CallEntryData<T>) => void;
  readonly hearing: Hearing;
  /** A leg is gone: the call's own end may have waited for it. */
  readonly onGone: () => void;
}

interface Agent {
  readonly ringing: RingingLeg;
  readonly recording: LegRecording;
  /** The two heard each other in another process already. */
  readonly bridgedBefore?: boolean;
  /** It lets hear something before it answers. */
  early?: boolean;
  /** While it is joined to the caller. */
  unbridge?: () => void;
  leave?: () => void;
  pickUp?: PickUp;
  /** A busy tone of the exchange says that it hung up, as analogue lines do. */
  supervised?: boolean;
}

/** What is told of an attempt while it rings. */
export interface RingOptions {
  readonly timeoutMs: number;
  /** One of them rings. */
  readonly onRinging?: () => void;
  readonly early: EarlyMedia;
  /** What is heard before the answer counts as what is signalled. */
  readonly tones?: ToneCountry;
}

/** How long phones go on ringing that rang when the server was restarted. */
const CARRIED_RING_MS = 20_000;

export class Agents {
  readonly #options: AgentsOptions;
  /** Every leg that is not yet over, ringing ones too; few (a ring-all's targets), so a scan finds one. */
  #agents: Agent[] = [];
  #attempt: Attempt | undefined;
  /** Of another process; nobody has asked for it here yet. */
  #carried: { readonly attempt: Attempt; readonly extensions: ReadonlySet<string>; goOn(options: RingOptions): Promise<AttemptOutcome> } | undefined;
  /** While somebody rings. */
  #early: EarlyMedia | undefined;
  /** Who is heard before answering. */
  #heard: Agent | undefined;

  constructor(options: AgentsOptions) {
    this.#options = options;
  }

  /** Extensions that ring or talk in this call. */
  get extensions(): readonly string[] {
    return this.#agents.filter(({ ringing }) => ringing.trunk === undefined).map((agent) => agent.ringing.extension);
  }

  get legs(): readonly { readonly id: string; readonly extension: string; readonly state: Leg["state"] }[] {
    return this.#agents.map(({ ringing }) => ({ id: ringing.leg.id, extension: ringing.extension, state: ringing.leg.state }));
  }

  get others(): Call["others"] {
    return this.#agents.filter(({ ringing }) => ringing.leg.state !== "ended").map(({ ringing: { leg, extension } }) => ({ extension, state: leg.state === "answered" ? "talking" : "ringing" }));
  }

  /** Of those who can go on in another process. */
  save(): CallState["others"] {
    return this.#agents.filter(({ ringing }) => ringing.leg.state !== "ended").map(({ ringing, unbridge, bridgedBefore }) => ({ ...told(ringing), leg: ringing.leg.id, bridged: (unbridge !== undefined && ringing.leg.state === "answered") || bridgedBefore === true }));
  }

  /** Takes up the people whom another process had reached: the first `ring` for one of them goes on with them. */
  restore(others: readonly (RingingLeg & { readonly bridged: boolean })[]): void {
    if (others.length === 0) return;
    const { callId, clock, journal, offsetMs } = this.#options;
    this.#agents = others.map(({ bridged, ...ringing }) => {
      const recording = new LegRecording({ callId, ...ringing, role: ringing.trunk === undefined ? "agent" : "outside", journal, offsetMs });
      return { ringing, recording, bridgedBefore: bridged };
    });
    let tell = (): void => undefined;
    const attempt = new Attempt(this.#agents.map(({ ringing }) => ringing), { clock, timeoutMs: CARRIED_RING_MS, observer: this.#observer(() => tell()) });
    const goOn = ({ onRinging, early }: RingOptions): Promise<AttemptOutcome> => {
      tell = onRinging ?? tell;
      this.#early = early;
      if (others.some(({ leg }) => leg.state === "ringing")) tell();
      this.#hear();
      return attempt.outcome;
    };
    this.#carried = { attempt, goOn, extensions: new Set(others.map(({ extension }) => extension)) };
    this.#attempt = attempt;
  }

  /** Resolves when all of them have their ports again. */
  async ready(): Promise<void> {
    await Promise.all(this.#agents.map(({ ringing }) => ringing.leg.ready?.()));
  }

  /** Records those who talk, in tracks that follow another process's. */
  record(restarts: number): void {
    for (const agent of this.#agents) if (agent.ringing.leg.state === "answered") this.#record(agent, restarts);
  }

  /** One of them and the caller hear each other. */
  get talking(): boolean {
    return this.#agents.some(({ ringing, unbridge }) => unbridge !== undefined && ringing.leg.state === "answered");
  }

  /** Whose phone rings or talks. */
  legOf(extension: string): Leg | undefined {
    return this.#agents.find(({ ringing }) => ringing.extension === extension && ringing.leg.state !== "ended")?.ringing.leg;
  }

  /** Listens who picked up, and for a machine's beep where `beepMs` is more than 0. */
  async whoAnswered(ringing: RingingLeg, { tones, beepMs }: { readonly tones: ToneCountry; readonly beepMs: number }): Promise<PickUpOutcome> {
    const { leg } = ringing;
    const agent = this.#find(leg);
    if (agent === undefined || leg.state !== "answered") return { failure: "no-answer" };
    const { clock, journal, offsetMs } = this.#options;
    if (this.#heard === agent) this.#hush(agent);
    agent.pickUp = new PickUp(clock, beepMs);
    leg.detect({ progress: { country: tones, answered: true } });
    const outcome = await agent.pickUp.outcome;
    delete agent.pickUp;
    leg.detect(undefined);
    if ("answeredBy" in outcome) journal("call.answered-by", { ...told(ringing), ...outcome.answeredBy, offsetMs: offsetMs() });
    return outcome;
  }

  /** From now on a busy tone of its exchange means that the far side has hung up. */
  supervise({ leg }: RingingLeg, tones: ToneCountry): void {
    const agent = this.#find(leg);
    if (agent === undefined) return;
    agent.supervised = true;
    leg.detect({ tones });
  }

  /** Rings all of `targets` at once. Resolves when one answered, all refused or `timeoutMs` went by. */
  async ring(targets: readonly DialTarget[], options: RingOptions): Promise<AttemptOutcome> {
    const { caller, callId, switchboard, clock, journal, offsetMs } = this.#options;
    const carried = this.#carried;
    this.#carried = undefined;
    if (carried !== undefined && targets.some((target) => carried.extensions.has(partyOf(target).extension))) return carried.goOn(options);
    carried?.attempt.abandon();
    this.#early = options.early;
    const ringing = targets.flatMap((target) => switchboard.dial(target, { from: caller.remote, callId, peer: caller }).map((leg) => ({ leg, ...partyOf(target) })));
    for (const one of ringing) {
      this.#agents.push({ ringing: one, recording: new LegRecording({ callId, ...one, role: one.trunk === undefined ? "agent" : "outside", journal, offsetMs }) });
      if (options.tones !== undefined) one.leg.detect({ progress: { country: options.tones, answered: false } });
      journal("call.dialled", { ...told(one), offsetMs: offsetMs() });
    }
    const attempt = new Attempt(ringing, { clock, timeoutMs: options.timeoutMs, observer: this.#observer(options.onRinging) });
    this.#attempt = attempt;
    const outcome = await attempt.outcome;
    if (this.#attempt === attempt) this.#attempt = undefined;
    return outcome;
  }

  /** Joins an answered agent and the caller; resolves when the agent is gone. */
  bridge(ringing: RingingLeg): Promise<void> {
    const { leg } = ringing;
    const agent = this.#find(leg);
    if (agent === undefined) return Promise.resolve();
    const { caller, switchboard, journal, offsetMs } = this.#options;
    // Another one answered than who was heard until now.
    if (this.#heard !== agent) this.#heard?.unbridge?.();
    this.#heard = undefined;
    // A side that hung up in this very moment is told of next; there is nothing left to join.
    if (caller.state === "answered" && leg.state === "answered") {
      agent.unbridge ??= switchboard.bridge(caller, leg);
      if (agent.bridgedBefore !== true) journal("call.bridged", { ...told(ringing), offsetMs: offsetMs() });
    }
    return new Promise((resolve) => void (agent.leave = resolve));
  }

  /** Nobody rings or talks any longer. */
  release(): void {
    this.#attempt?.abandon();
    for (const { pickUp } of this.#agents) pickUp?.leave();
    for (const { ringing } of [...this.#agents]) ringing.leg.hangup();
  }

  /** Lets the caller hear one of those who let hear something before they answer, the first unless it is gone. */
  #hear(): void {
    const { caller, switchboard, journal, offsetMs } = this.#options;
    const agent = this.#agents.find(({ early, ringing }) => early === true && ringing.leg.state === "ringing");
    if (this.#heard !== undefined || agent === undefined || this.#early?.begin() !== true) return;
    this.#heard = agent;
    agent.unbridge = switchboard.bridge(caller, agent.ringing.leg);
    journal("call.early-media", { ...told(agent.ringing), offsetMs: offsetMs() });
  }

  /** Whoever answered is not heard until it is known who. */
  #hush(agent: Agent): void {
    agent.unbridge?.();
    delete agent.unbridge;
    this.#heard = undefined;
    this.#early?.end();
  }

  /** Who was heard has refused; others may still ring. */
  #unheard(agent: Agent | undefined): void {
    if (agent === undefined || agent !== this.#heard) return;
    this.#heard = undefined;
    this.#hear();
    if (this.#heard === undefined && this.#agents.some(({ ringing }) => ringing.leg.state === "ringing")) this.#early?.end();
  }

  #find(leg: Leg): Agent | undefined {
    return this.#agents.find((agent) => agent.ringing.leg === leg);
  }

  #record(agent: Agent | undefined, restarts: number): void {
    if (this.#options.records) agent?.recording.start(restarts);
  }

  #observer(onRinging: () => void = () => undefined): AttemptObserver {
    const { journal, offsetMs, onGone } = this.#options;
    return {
      onRinging,
      onEarlyMedia: ({ leg }) => {
        const agent = this.#find(leg);
        if (agent !== undefined) agent.early = true;
        this.#hear();
      },
      onAnswered: (ringing) => {
        journal("call.agent-answered", { ...told(ringing), offsetMs: offsetMs() });
        this.#record(this.#find(ringing.leg), 0);
      },
      onDigit: () => undefined,
      onDetected: ({ leg }, detected, afterMs) => {
        this.#options.hearing.onDetected(leg, detected, afterMs);
        const agent = this.#find(leg);
        agent?.pickUp?.onDetected(detected, afterMs);
        if (agent?.supervised === true && detected.kind === "tone" && (detected.tone === "busy" || detected.tone === "congestion")) leg.hangup({ reason: `${detected.tone} tone` });
      },
      onHeld: ({ leg }, held) => journal("call.held", { leg: leg.id, held, offsetMs: offsetMs() }),
      onSilent: ({ leg }, sentence) => journal("call.silent", { leg: leg.id, sentence }),
      onRecordingClosed: ({ leg }, closed) => this.#find(leg)?.recording.closed(closed),
      onRecordingContinued: ({ leg }, continued) => this.#find(leg)?.recording.continued(continued),
      onEnded: (ringing, end) => {
        const { leg } = ringing;
        const agent = this.#find(leg);
        this.#agents = this.#agents.filter((one) => one !== agent);
        agent?.unbridge?.();
        agent?.pickUp?.leave();
        this.#options.hearing.forget(leg);
        this.#unheard(agent);
        const status = end.status === undefined ? {} : { status: end.status };
        journal("call.leg-ended", { ...told(ringing), offsetMs: offsetMs(), by: end.by, cause: end.cause, ...status });
        agent?.leave?.();
        onGone();
      },
    };
  }
}

const partyOf = (target: DialTarget): Pick<RingingLeg, "extension" | "trunk"> => (target.kind === "phone" ? { extension: target.extension } : { extension: target.number, trunk: target.trunk });

/** As the journal names it. */
const told = ({ leg, extension, trunk }: RingingLeg): { readonly leg: string; readonly extension: string; readonly trunk?: string } => ({ leg: leg.id, extension, ...(trunk === undefined ? {} : { trunk }) });
