// The people of one call besides the caller: rung, answered, bridged, let go; each recorded and told to the journal.
import type { Clock } from "../../protocol/base/clock.js";
import type { RecordingId } from "../../media/engine/command.js";
import type { ToneCountry } from "../../media/engine/detection.js";
import type { DialTarget, Leg, Switchboard } from "../leg/leg.js";
import type { Refer } from "../signaling/refer.js";
import { Attempt, type AttemptObserver, type AttemptOutcome, type RingingLeg } from "./attempt.js";
import type { Call } from "../sdk/call.js";
import type { CallLog } from "./call-log.js";
import type { CallState } from "./call-state.js";
import type { CallerSeat } from "./caller-seat.js";
import { EarlyHearing } from "./early-hearing.js";
import type { Hearing } from "./hearing.js";
import { LegRecording } from "./leg-recording.js";
import { partyOfLeg, told, type Party } from "./party.js";
import { PickUp, type PickUpOutcome } from "./pick-up.js";
import { ON_HOLD } from "./prompts.js";
import type { EarlyMedia } from "./ringing.js";
import { Talk } from "./talk.js";

export interface AgentsOptions {
  readonly callId: string;
  readonly clock: Clock;
  readonly switchboard: Switchboard;
  /** Of the server, that the call has gone through. */
  readonly restarts: number;
  /** Whether who answers is recorded. */
  readonly records: boolean;
  readonly seat: CallerSeat;
  readonly log: CallLog;
  readonly hearing: Hearing;
  /** A leg is gone: the call's own end may have waited for it. */
  readonly onGone: () => void;
  readonly onRefer: (leg: Leg, refer: Refer) => number;
}

/** What is told of an attempt while it rings. */
export interface RingOptions {
  readonly timeoutMs: number;
  /** One of them rings. */
  readonly onRinging?: () => void;
  readonly early: EarlyMedia;
  /** See `Switchboard.dial`. */
  readonly referredBy?: string | undefined;
  /** What is heard before the answer counts as what is signalled. */
  readonly tones?: ToneCountry;
}

/** Who goes on in another call: what closes its last track here is told to that call, and by it to us. */
export interface Surrendered {
  readonly ringing: RingingLeg;
  readonly recording: LegRecording;
  /** Once somebody listens to the leg. */
  stop(): void;
}

/** As long as a disk may take to close a recording, and a little more. */
const CLOSING_MS_MAX = 6000;
/** How long phones go on ringing that rang when the server was restarted. */
const CARRIED_RING_MS = 20_000;

export class Agents {
  readonly #options: AgentsOptions;
  readonly #early: EarlyHearing;
  /** Every leg that is not yet over, ringing ones too; few (a ring-all's targets), so a scan finds one. */
  #agents: Party[] = [];
  #attempt: Attempt | undefined;
  /** Of who went on in another call, until it is closed. */
  readonly #leaving = new Set<LegRecording>();
  #takes = 0;
  /** Of another process; nobody has asked for it here yet. */
  #carried: { readonly attempt: Attempt; readonly extensions: ReadonlySet<string>; goOn(options: RingOptions): Promise<AttemptOutcome> } | undefined;

  constructor(options: AgentsOptions) {
    this.#options = options;
    this.#early = new EarlyHearing(options);
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
    return this.#agents.filter(({ ringing }) => ringing.leg.state !== "ended").map(({ ringing, unbridge, bridgedBefore, aside }) => ({ ...told(ringing), leg: ringing.leg.id, bridged: ((unbridge ?? aside) !== undefined && ringing.leg.state === "answered") || bridgedBefore === true }));
  }

  /** Takes up the people whom another process had reached: the first `ring` for one of them goes on with them. */
  restore(others: readonly (RingingLeg & { readonly bridged: boolean })[]): void {
    if (others.length === 0) return;
    const { clock } = this.#options;
    // Of several that have answered the first goes on with the caller.
    const bridgedFirst = [...others].sort((a, b) => Number(b.bridged) - Number(a.bridged));
    this.#agents = bridgedFirst.map(({ bridged, ...ringing }) => {
      return { ringing, recording: this.#recordingOf(ringing), bridgedBefore: bridged };
    });
    let tell = (): void => undefined;
    const attempt = new Attempt(this.#agents.map(({ ringing }) => ringing), { clock, timeoutMs: CARRIED_RING_MS, observer: this.#observer(() => tell()) });
    const goOn = ({ onRinging, early }: RingOptions): Promise<AttemptOutcome> => {
      tell = onRinging ?? tell;
      this.#early.begin(early);
      if (others.some(({ leg }) => leg.state === "ringing")) tell();
      this.#early.hear(this.#agents);
      return attempt.outcome;
    };
    this.#carried = { attempt, goOn, extensions: new Set(others.map(({ extension }) => extension)) };
    this.#attempt = attempt;
  }

  /** Nobody is left, and of who went on in another call nothing is still to be told. */
  get isOver(): boolean {
    return this.#agents.length === 0 && this.#leaving.size === 0;
  }

  /** Whom the caller talks to goes on in another call, `to`. */
  surrender(ringing: RingingLeg, to: string): Surrendered {
    const party = this.#find(ringing.leg)!;
    const { clock, log, onGone, hearing } = this.#options;
    party.unbridge?.();
    this.#agents = this.#agents.filter((one) => one !== party);
    hearing.forget(ringing.leg);
    ringing.leg.detect(undefined);
    log.write("call.leg-left", { ...told(ringing), to, offsetMs: log.offsetMs() });
    const { recording } = party;
    const closed = (): void => {
      cancel();
      if (this.#leaving.delete(recording)) onGone();
    };
    this.#leaving.add(recording);
    const cancel = clock.after(CLOSING_MS_MAX, closed);
    return { ringing, recording, stop: () => recording.stop(closed) };
  }

  /** Somebody who talks comes from another call, `from`. */
  receive({ ringing, recording: earlier, stop }: Surrendered, from: string): RingingLeg {
    const { clock, log, records, restarts } = this.#options;
    const recording = this.#recordingOf(ringing, (this.#takes += 1));
    this.#agents.push({ ringing, recording, earlier });
    // Decided from the start: it only passes on what the leg does.
    new Attempt([ringing], { clock, timeoutMs: CARRIED_RING_MS, observer: this.#observer() });
    log.write("call.leg-joined", { ...told(ringing), from, offsetMs: log.offsetMs() });
    stop();
    if (records) recording.start(restarts);
    return ringing;
  }

  /** `leg` has called to answer what rings at `instead`, here. False where that rings no longer. */
  pickUp(leg: Leg, instead: Leg): boolean {
    const attempt = this.#attempt;
    if (attempt?.rings(instead) !== true) return false;
    attempt.add(this.#enter(leg));
    // A leg that can't be answered ends, and is one that did not answer.
    leg.answer().catch(() => undefined);
    return true;
  }

  /** `leg` has called to take the place of one who talks. Resolves with it when it talks itself; undefined where it does not come to that. */
  async admit(leg: Leg): Promise<RingingLeg | undefined> {
    const one = this.#enter(leg);
    const attempt = new Attempt([one], { clock: this.#options.clock, timeoutMs: CARRIED_RING_MS, observer: this.#observer() });
    leg.answer().catch(() => undefined);
    return (await attempt.outcome).outcome === "answered" ? one : undefined;
  }

  #enter(leg: Leg): RingingLeg {
    const { callId, log } = this.#options;
    const ringing = partyOfLeg(leg);
    this.#agents.push({ ringing, recording: new LegRecording({ callId, ...ringing, role: "agent", log }) });
    log.write("call.leg-joined", { ...told(ringing), offsetMs: log.offsetMs() });
    return ringing;
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
    return this.partner !== undefined;
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
    const { clock, log } = this.#options;
    this.#early.hush(agent);
    agent.pickUp = new PickUp(clock, beepMs);
    leg.detect({ progress: { country: tones, answered: true } });
    const outcome = await agent.pickUp.outcome;
    delete agent.pickUp;
    leg.detect(undefined);
    if ("answeredBy" in outcome) log.write("call.answered-by", { ...told(ringing), ...outcome.answeredBy, offsetMs: log.offsetMs() });
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
    const { seat, callId, switchboard, clock, log } = this.#options;
    const carried = this.#carried;
    this.#carried = undefined;
    if (carried !== undefined && targets.some((target) => carried.extensions.has(partyOf(target).extension))) return carried.goOn(options);
    carried?.attempt.abandon();
    this.#early.begin(options.early);
    const ringing = targets.flatMap((target) => switchboard.dial(target, { from: seat.leg.remote, callId, peer: seat.leg, referredBy: options.referredBy }).map((leg) => ({ leg, ...partyOf(target) })));
    for (const one of ringing) {
      this.#agents.push({ ringing: one, recording: this.#recordingOf(one) });
      if (options.tones !== undefined) one.leg.detect({ progress: { country: options.tones, answered: false } });
      log.write("call.dialled", { ...told(one), offsetMs: log.offsetMs() });
    }
    const attempt = new Attempt(ringing, { clock, timeoutMs: options.timeoutMs, observer: this.#observer(options.onRinging) });
    this.#attempt = attempt;
    const outcome = await attempt.outcome;
    if (this.#attempt === attempt) this.#attempt = undefined;
    return outcome;
  }

  /** Joins an answered agent and the caller; resolves when the agent is gone, or whoever it was that the caller was put through to. */
  bridge(ringing: RingingLeg, talk = new Talk()): Promise<void> {
    const party = this.#find(ringing.leg);
    if (party === undefined) talk.end();
    else {
      this.#early.answered(party);
      const { log } = this.#options;
      if (this.#join(party) && party.bridgedBefore !== true) log.write("call.bridged", { ...told(ringing), offsetMs: log.offsetMs() });
      party.talk = talk;
    }
    return talk.over;
  }

  /** Whom the caller hears; undefined where that is nobody who has answered. */
  get partner(): RingingLeg | undefined {
    return this.#agents.find(({ ringing, unbridge }) => unbridge !== undefined && ringing.leg.state === "answered")?.ringing;
  }

  /** The caller hears it no longer; it waits, and hears that. Returns their talk, for whom the caller is put through to. */
  setAside({ leg }: RingingLeg): Talk {
    const party = this.#find(leg);
    const talk = party?.talk ?? new Talk();
    if (party === undefined) return talk;
    party.unbridge?.();
    delete party.unbridge;
    delete party.talk;
    const playback = leg.play(ON_HOLD, { bargeIn: false, repeat: true });
    party.aside = () => playback.stop();
    return talk;
  }

  /** As `setAside`, without a sound: it speaks with somebody else meanwhile. */
  part(ringing: RingingLeg): Talk {
    const talk = this.setAside(ringing);
    const party = this.#find(ringing.leg);
    party?.aside?.();
    if (party !== undefined) party.aside = () => undefined;
    return talk;
  }

  /** Resolves when one that talks to others than the caller has left. */
  leaving({ leg }: RingingLeg): Promise<void> {
    const party = this.#find(leg);
    return party === undefined ? Promise.resolve() : (party.talk = new Talk()).over;
  }

  /** The caller and who waited aside hear each other again. False where it has left. */
  takeBack({ leg }: RingingLeg, talk: Talk): boolean {
    const party = this.#find(leg);
    if (party === undefined || leg.state !== "answered") return false;
    this.#endAside(party);
    party.talk = talk;
    return this.#join(party);
  }

  /** Who waited aside waits for nobody any more: it is let go, and may hear why first. */
  dismiss({ leg }: RingingLeg): void {
    const party = this.#find(leg);
    if (party !== undefined) this.#endAside(party);
  }

  /** The caller's place is taken by `ringing`, whom the caller talks to; the caller is one of the others from now on. Returns it as such. */
  changeCaller(ringing: RingingLeg): RingingLeg {
    const { seat, log, clock } = this.#options;
    const party = this.#find(ringing.leg)!;
    const former = seat.leg;
    const recording = seat.recording;
    this.#agents = this.#agents.filter((one) => one !== party);
    const one = partyOfLeg(former);
    const { unbridge, talk } = party;
    this.#agents.push({ ringing: one, recording, ...(unbridge === undefined ? {} : { unbridge }), ...(talk === undefined ? {} : { talk }) });
    seat.change({ leg: ringing.leg, recording: party.recording });
    // Decided from the start: it only passes on what the leg does.
    new Attempt([one], { clock, timeoutMs: CARRIED_RING_MS, observer: this.#observer() });
    log.write("call.caller-changed", { ...told(ringing), former: former.id, offsetMs: log.offsetMs() });
    return one;
  }

  /** Nobody rings or talks any longer. */
  release(): void {
    this.#attempt?.abandon();
    for (const { pickUp } of this.#agents) pickUp?.leave();
    for (const { ringing } of [...this.#agents]) ringing.leg.hangup();
  }

  /** A side that hung up in this very moment is told of next; there is nothing left to join. */
  #join(party: Party): boolean {
    const { seat, switchboard } = this.#options;
    const { leg } = party.ringing;
    if (seat.leg.state !== "answered" || leg.state !== "answered") return false;
    party.unbridge ??= switchboard.bridge(seat.leg, leg);
    return true;
  }

  #endAside(party: Party): void {
    party.aside?.();
    delete party.aside;
  }

  #find(leg: Leg): Party | undefined {
    return this.#agents.find((agent) => agent.ringing.leg === leg);
  }

  #recordingOf(ringing: RingingLeg, take = 0): LegRecording {
    const { callId, log } = this.#options;
    return new LegRecording({ callId, ...ringing, role: ringing.trunk === undefined ? "agent" : "outside", take, log });
  }

  #trackOf(leg: Leg, recording: RecordingId): LegRecording | undefined {
    const party = this.#find(leg);
    return party?.earlier?.owns(recording) === true ? party.earlier : party?.recording;
  }

  #record(agent: Party | undefined, restarts: number): void {
    if (this.#options.records) agent?.recording.start(restarts);
  }

  #observer(onRinging: () => void = () => undefined): AttemptObserver {
    const { log, onGone } = this.#options;
    return {
      onRinging,
      onEarlyMedia: ({ leg }) => {
        const agent = this.#find(leg);
        if (agent !== undefined) agent.early = true;
        this.#early.hear(this.#agents);
      },
      onAnswered: (ringing) => {
        log.write("call.agent-answered", { ...told(ringing), offsetMs: log.offsetMs() });
        this.#record(this.#find(ringing.leg), 0);
      },
      onDigit: () => undefined,
      onDetected: ({ leg }, detected, afterMs) => {
        this.#options.hearing.onDetected(leg, detected, afterMs);
        const agent = this.#find(leg);
        agent?.pickUp?.onDetected(detected, afterMs);
        if (agent?.supervised === true && detected.kind === "tone" && (detected.tone === "busy" || detected.tone === "congestion")) leg.hangup({ reason: `${detected.tone} tone` });
      },
      onRefer: ({ leg }, refer) => this.#options.onRefer(leg, refer),
      onHeld: ({ leg }, held) => log.write("call.held", { leg: leg.id, held, offsetMs: log.offsetMs() }),
      onSilent: ({ leg }, sentence) => log.write("call.silent", { leg: leg.id, sentence }),
      onRecordingClosed: ({ leg }, closed) => this.#trackOf(leg, closed.recording)?.closed(closed),
      onRecordingContinued: ({ leg }, continued) => this.#trackOf(leg, continued.recording)?.continued(continued),
      onEnded: (ringing, end) => {
        const { leg } = ringing;
        const agent = this.#find(leg);
        this.#agents = this.#agents.filter((one) => one !== agent);
        agent?.unbridge?.();
        agent?.pickUp?.leave();
        this.#options.hearing.forget(leg);
        this.#early.gone(agent, this.#agents);
        const status = end.status === undefined ? {} : { status: end.status };
        log.write("call.leg-ended", { ...told(ringing), offsetMs: log.offsetMs(), by: end.by, cause: end.cause, ...status });
        agent?.talk?.end();
        onGone();
      },
    };
  }
}

const partyOf = (target: DialTarget): Pick<RingingLeg, "extension" | "trunk"> => (target.kind === "phone" ? { extension: target.extension } : { extension: target.number, trunk: target.trunk });
