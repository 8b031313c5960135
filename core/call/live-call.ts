// One patient's conversation while it lasts: the SDK's steps over the caller's leg and those of the people reached.
import type { Cancel } from "../../protocol/base/clock.js";
import type { ToneCountry } from "../../media/engine/detection.js";
import type { Actor } from "../journal/entry.js";
import type { Leg, Playback } from "../leg/leg.js";
import { type Announcement, type BACK, type Call, type Caller, type CollectOptions, type Detection, type DetectOptions, type DialOptions, type DialOutcome, type MenuOptions, type QueueOutcome } from "../sdk/call.js";
import type { TrunkFailure } from "../routing/outgoing.js";
import type { OutsideOutcome } from "../routing/outside-call.js";
import type { SessionEnd } from "../signaling/session.js";
import type { Language } from "../speech/part.js";
import { Agents } from "./agents.js";
import { moreTelling, type Failure, type RingingLeg } from "./attempt.js";
import type { CallPorts, ServeQueue } from "./call-ports.js";
import type { CallState, Queued } from "./call-state.js";
import { askDigits } from "./collect.js";
import type { Conversation } from "./conversation.js";
import { Ending } from "./ending.js";
import type { CallEntryData, CallEntryType } from "./entries.js";
import { CallError } from "./error.js";
import { Hearing } from "./hearing.js";
import { Keypad } from "./keypad.js";
import { LegRecording } from "./leg-recording.js";
import { askMenu } from "./menu.js";
import { ON_HOLD } from "./prompts.js";
import { Ringing } from "./ringing.js";
import type { CallSnapshot } from "./snapshot.js";

/** While the caller talks, a mark in the journal says so; a killed server's calls are closed at their last one. */
const MARK_MS = 5000;
const DIAL_TIMEOUT_MS = 20_000;
/** How long the greeting of an answering machine may last. */
const BEEP_MS = 30_000;
/** Where a handler names no country. */
const TONES: ToneCountry = "cn";

/** Only the end of the call ends it. */
const never = (): Promise<never> => new Promise(() => undefined);

const REJECTIONS = { busy: 486, unavailable: 480, declined: 603, "not-found": 404 } as const;

export interface LiveCallOptions {
  readonly id: string;
  readonly hospital: string;
  readonly called: string;
  readonly language: Language;
  readonly caller: Leg;
  readonly ports: CallPorts;
  /** The caller's leg and all others are over. */
  readonly onReleased: () => void;
  /** Of a call that another process had. */
  readonly past?: CallPast;
}

export interface CallPast {
  readonly state: CallState;
  readonly elapsedMs: number;
  /** Whom that process had reached, as far as they are still there. */
  readonly others: readonly (RingingLeg & { readonly bridged: boolean })[];
}

export class LiveCall implements Call {
  readonly id: string;
  readonly hospital: string;
  readonly called: string;
  readonly caller: Caller;
  language: Language;
  readonly #ports: CallPorts;
  readonly #leg: Leg;
  readonly #agents: Agents;
  readonly #hearing: Hearing;
  readonly #recording: LegRecording;
  readonly #keypad: Keypad;
  readonly #ending: Ending;
  readonly #startedMonoMs: number;
  readonly #startedUtcMs: number;
  readonly #onReleased: () => void;
  #answeredUtcMs: number | null = null;
  #answering: Promise<void> | undefined;
  /** What `play` began last. */
  #playback: Playback | undefined;
  #holdSound: Playback | undefined;
  readonly #ringing: Ringing;
  /** What a key ends. */
  #interruptible: Playback | undefined;
  #cancelMark: Cancel = () => undefined;
  #end: SessionEnd | undefined;
  #endedMs = 0;
  #released = false;
  #queue: Queued | undefined;
  readonly #restarts: number;
  /** In whose hands the call is. */
  stage: CallState["stage"] = "handler";

  constructor(options: LiveCallOptions) {
    const { id, hospital, called, language, caller, ports, past } = options;
    this.id = id;
    this.hospital = hospital;
    this.called = called;
    this.language = language;
    this.caller = { ...caller.remote, from: caller.origin };
    this.#ports = ports;
    this.#leg = caller;
    this.#keypad = new Keypad(ports.clock);
    this.#ending = new Ending(ports.clock);
    this.#startedMonoMs = ports.clock.monoMs() - (past === undefined ? 0 : past.state.offsetMs + past.elapsedMs);
    this.#startedUtcMs = past?.state.startedUtcMs ?? ports.clock.utcMs();
    this.#restarts = past === undefined ? 0 : past.state.restarts + 1;
    this.#onReleased = options.onReleased;
    const journal: Conversation["journal"] = (type, data) => this.journal(type, data);
    const offsetMs = (): number => this.#offsetMs();
    this.#hearing = new Hearing({ clock: ports.clock, offsetMs, journal });
    this.#agents = new Agents({ callId: id, clock: ports.clock, switchboard: ports.switchboard, records: ports.records, caller, offsetMs, journal, hearing: this.#hearing, onGone: () => this.#release() });
    this.#ringing = new Ringing({ caller, announce: (what) => ports.announce(what, this.language) });
    this.#recording = new LegRecording({ callId: id, leg: caller, role: "caller", journal, offsetMs });
    if (past === undefined) this.#begun(caller);
    else this.#takeUp(past);
    this.#listen();
  }

  #begun(caller: Leg): void {
    const { number, displayName } = this.caller;
    const { called } = this;
    this.journal("call.started", { caller: number, ...(displayName === undefined ? {} : { callerName: displayName }), called, origin: caller.origin, leg: caller.id });
  }

  #takeUp({ state, elapsedMs, others }: CallPast): void {
    this.#answeredUtcMs = state.answeredUtcMs;
    this.stage = state.stage;
    this.#agents.restore(others);
    this.journal("call.resumed", { offsetMs: this.#offsetMs(), downMs: Math.round(elapsedMs) });
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Extensions that ring or talk in this call. */
  get extensions(): readonly string[] {
    const own = this.caller.from.kind === "phone" ? [this.caller.from.name] : [];
    return [...own, ...this.#agents.extensions];
  }

  snapshot(): CallSnapshot {
    return {
      id: this.id,
      hospital: this.hospital,
      caller: this.caller.number,
      called: this.called,
      state: this.#leg.state,
      startedUtcMs: this.#startedUtcMs,
      answeredUtcMs: this.#answeredUtcMs,
      language: this.language,
      agents: this.#agents.legs.map(({ id, extension, state }) => ({ leg: id, extension, state })),
    };
  }

  get others(): Call["others"] {
    return this.#agents.others;
  }

  /** Milliseconds since the call began. */
  get lastedMs(): number {
    return this.#offsetMs();
  }

  /** Another process goes on with it. */
  get isSuspended(): boolean {
    return this.#ending.frozen;
  }

  get isAnswered(): boolean {
    return this.#leg.state === "answered";
  }

  /**
   * Writes the call down for another process: its handler comes to no step's end any more. Undefined where the caller is
   * gone: it ends here.
   */
  suspend(): CallState | undefined {
    if (this.#leg.state === "ended") return undefined;
    this.#ending.freeze();
    this.#cancelMark();
    this.#keypad.close();
    this.#hearing.close();
    return {
      id: this.id,
      hospital: this.hospital,
      called: this.called,
      language: this.language,
      caller: this.#leg.id,
      startedUtcMs: this.#startedUtcMs,
      offsetMs: this.#offsetMs(),
      answeredUtcMs: this.#answeredUtcMs,
      restarts: this.#restarts,
      stage: this.stage,
      ...(this.#queue === undefined ? {} : { queue: this.#queue }),
      others: this.#agents.save(),
    };
  }

  /** Of a call that another process had: resolves when everybody's sound can go on; records on. */
  async ready(): Promise<void> {
    await this.#ending.race(Promise.all([this.#leg.ready?.(), this.#agents.ready()]));
    if (!this.isAnswered) return;
    this.#record(this.#restarts);
    this.#agents.record(this.#restarts);
    this.#mark();
  }

  /** As `enqueue`, for a call that another process had in that queue. */
  async goOnWaiting(queue: Queued): Promise<QueueOutcome> {
    return this.#wait(queue, { priority: queue.priority, waitedMs: this.#offsetMs() - queue.enteredMs });
  }

  /** Resolves when those whom another process had bridged to the caller are gone. */
  async goOnTalking(): Promise<void> {
    const dialled = await this.dial({ targets: this.others.map(({ extension }) => extension) });
    if (dialled.outcome === "answered") await dialled.talk;
  }

  async ring(): Promise<void> {
    await this.#begin();
    if (this.#leg.state === "setup") this.#leg.ring();
  }

  async answer(): Promise<void> {
    await this.#begin();
    if (this.#leg.state === "answered") return;
    this.#answering ??= this.#leg.answer();
    // A leg that can't be answered ends; what the handler hears of it is that the caller is gone.
    await this.#ending.race(
      this.#answering.catch(() => {
        this.finish();
        return never();
      }),
    );
  }

  async reject(why: keyof typeof REJECTIONS): Promise<void> {
    await this.#begin();
    if (this.#answering !== undefined) throw new CallError("CALL_STATE", "an answered call is hung up, not rejected", { call: this.id });
    this.#leg.reject(REJECTIONS[why]);
  }

  async play(what: Announcement, options: { readonly bargeIn?: boolean } = {}): Promise<void> {
    await this.#begin();
    this.#mustBeAnswered();
    const bargeIn = options.bargeIn ?? true;
    // A key typed ahead answers the question before it is asked.
    if (bargeIn && this.#keypad.waiting) return;
    const preparing = this.#ports.prepare?.(what, this.language);
    if (preparing !== undefined) {
      await this.#ending.race(preparing);
      if (bargeIn && this.#keypad.waiting) return;
    }
    const playback = this.#leg.play(this.#ports.announce(what, this.language), { bargeIn, repeat: false });
    this.#playback = playback;
    this.#interruptible = bargeIn ? playback : undefined;
    await this.#ending.race(playback.ended);
    if (this.#leg.state !== "ended") return;
    // Cut off by the caller's leaving, not heard: what comes after it in the handler must not happen.
    this.#leave();
    await this.#ending.race(never());
  }

  async menu<K extends string>(options: MenuOptions<K>): Promise<K | typeof BACK> {
    return askMenu(this.#conversation, options);
  }

  async collect(options: CollectOptions): Promise<string> {
    return askDigits(this.#conversation, options);
  }

  async dial(options: DialOptions): Promise<DialOutcome> {
    await this.#begin();
    if (this.#agents.talking) throw new CallError("CALL_STATE", "a call that talks to somebody dials nobody else", { call: this.id });
    const rounds = options.strategy === "sequential" ? options.targets.map((target) => [target]) : [options.targets];
    const listening = listensFor(options);
    let failure: Failure = "unreachable";
    let skipped: DialOutcome | undefined;
    try {
      for (const targets of rounds) {
        // The caller may be gone already while its leg still closes; nobody rings for them any more.
        await this.#begin();
        if (targets.length > 0 && !this.others.some(({ state }) => state === "talking")) this.#ringing.start(options.whileRinging);
        const phones = [...new Set(targets)].map((extension) => ({ kind: "phone", extension }) as const);
        const round = await this.#ending.race(this.#agents.ring(phones, { timeoutMs: options.timeoutMs ?? DIAL_TIMEOUT_MS, early: this.#ringing, ...(listening === undefined ? {} : { tones: listening }) }));
        const served = round.outcome === "answered" ? await this.#served(round.winner, options) : { outcome: round.outcome };
        if (served.outcome === "answered") return served;
        if (served.outcome === "machine" || served.outcome === "fax") skipped = served;
        else failure = moreTelling(failure, served.outcome);
      }
      return skipped ?? { outcome: failure };
    } finally {
      this.#ringing.stop();
    }
  }

  /** Joins who picked up, unless it is what the handler does not want to talk to. */
  async #served(winner: RingingLeg, options: DialOptions): Promise<DialOutcome> {
    const { answeringMachine = false, tones } = options;
    if (answeringMachine === false) return this.#join(winner, tones);
    const { onMachine = "skip", beepMs = BEEP_MS } = answeringMachine === true ? {} : answeringMachine;
    const picked = await this.#ending.race(this.#agents.whoAnswered(winner, { tones: tones ?? TONES, beepMs: onMachine === "join" ? beepMs : 0 }));
    if ("answeredBy" in picked) {
      const { answeredBy } = picked;
      if (answeredBy.who !== "fax" && (answeredBy.who !== "machine" || onMachine === "join")) return { ...(await this.#join(winner, tones)), answeredBy };
      winner.leg.hangup();
      return { outcome: answeredBy.who, target: winner.extension, answeredBy };
    }
    winner.leg.hangup();
    return { outcome: picked.failure };
  }

  async detect(options: DetectOptions): Promise<Detection> {
    await this.#begin();
    const leg = options.of === undefined ? this.#leg : this.#agents.legOf(options.of);
    if (leg === undefined) throw new CallError("CALL_STATE", `${options.of} neither rings nor talks in this call`, { call: this.id });
    const sounds = this.#hearing.attach(leg, options);
    return {
      next: async (timeoutMs) => {
        await this.#begin();
        return this.#ending.race(sounds.next(timeoutMs));
      },
      stop: async () => {
        await this.#begin();
        sounds.stop();
      },
    };
  }

  /** Rings an outside number over one trunk; the caller hears it ring when it does. No plugin's step: it costs money. */
  async dialOutside({ number, trunk, timeoutMs }: { readonly number: string; readonly trunk: string; readonly timeoutMs: number }): Promise<OutsideOutcome> {
    await this.#begin();
    const early = this.#ringing;
    const round = await this.#ending.race(this.#agents.ring([{ kind: "outside", number, trunk }], { timeoutMs, onRinging: () => early.start(), early }));
    if (round.outcome === "answered") return this.#join(round.winner);
    early.stop();
    // Nobody hung up and nothing came back: it rang until our time was over.
    const end: TrunkFailure = round.ends.at(-1) ?? { by: round.outcome === "no-answer" ? "local" : "failure" };
    return { outcome: "failed", failure: { by: end.by, ...(end.status === undefined ? {} : { status: end.status }) } };
  }

  /** As `reject`, for what has no word there. */
  async refuse(status: number): Promise<void> {
    await this.#begin();
    this.#leg.reject(status);
  }

  async hold(whileHeld?: Announcement): Promise<boolean> {
    await this.#begin();
    this.#mustBeAnswered();
    const held = await this.#ending.race(this.#leg.hold(true));
    this.#holdSound?.stop();
    this.#holdSound = this.#leg.play(whileHeld === undefined ? ON_HOLD : this.#ports.announce(whileHeld, this.language), { bargeIn: false, repeat: true });
    return held;
  }

  async resume(): Promise<void> {
    await this.#begin();
    this.#holdSound?.stop();
    this.#holdSound = undefined;
    await this.#ending.race(this.#leg.hold(false));
  }

  async enqueue(queue: string, options: { readonly priority?: number } = {}): Promise<QueueOutcome> {
    await this.#begin();
    if (this.#ports.queue(queue) === undefined) throw new CallError("CALL_QUEUE_UNKNOWN", `no plugin provides the queue ${queue}`, { queue });
    const priority = options.priority ?? 0;
    const enteredMs = this.#offsetMs();
    this.journal("call.queued", { queue, priority, offsetMs: enteredMs });
    return this.#wait({ name: queue, priority, enteredMs }, { priority });
  }

  async #wait(queue: Queued, options: Parameters<ServeQueue>[1]): Promise<QueueOutcome> {
    this.#queue = queue;
    try {
      const serve = this.#ports.queue(queue.name);
      const outcome = serve === undefined ? "nobody-there" : await this.#ending.race(serve(this, options));
      this.journal("call.dequeued", { queue: queue.name, outcome, offsetMs: this.#offsetMs() });
      // What comes behind the operators is a farewell.
      if (this.stage === "operator") this.stage = "parting";
      return outcome;
    } finally {
      this.#queue = undefined;
    }
  }

  async hangup(): Promise<void> {
    await this.#begin();
    this.finish();
  }

  forgetKeys(): void {
    this.#keypad.forget();
  }

  async sleep(durationMs: number): Promise<void> {
    await this.#begin();
    let cancel: Cancel = () => undefined;
    try {
      await this.#ending.race(new Promise<void>((resolve) => void (cancel = this.#ports.clock.after(durationMs, resolve))));
    } finally {
      cancel();
    }
  }

  note(type: string, data: Readonly<Record<string, unknown>>): void {
    // A handler that waited for something else than the call runs on here while another process has the call.
    if (this.#ending.frozen) return;
    if (type.startsWith("call.")) throw new CallError("CALL_ENTRY", "the entries of the kind call.* are the core's own: begin with the plugin's name", { type });
    this.#append(type, data);
  }

  /** Resolves when the last announcement is over, whether its handler waited for it or not; never rejects. */
  async heard(): Promise<void> {
    await this.#playback?.ended;
  }

  /** Lets everybody but the caller go: who failed to serve the call leaves it to others. */
  dismiss(): void {
    this.forgetKeys();
    this.#agents.release();
  }

  /** Lets everybody go: BYE, or 480 where the call was never answered. Idempotent. */
  finish(): void {
    if (this.#ending.frozen) return;
    if (this.#leg.state !== "ended") {
      if (this.#answering === undefined && this.#end === undefined) this.#leg.reject(REJECTIONS.unavailable);
      else this.#leg.hangup();
    }
    this.#agents.release();
  }

  journal<T extends CallEntryType>(type: T, data: CallEntryData<T>): void {
    this.#append(type, data);
  }

  readonly #conversation: Conversation = {
    say: (what) => this.play(what),
    key: async (timeoutMs) => {
      await this.#begin();
      this.#mustBeAnswered();
      return this.#ending.race(this.#keypad.next(timeoutMs));
    },
    swallowKey: (key, withinMs) => this.#keypad.swallow(key, withinMs),
    forgetKeys: () => this.#keypad.forget(),
    mask: (on) => this.#leg.mask(on),
    journal: (type, data) => this.journal(type, data),
  };

  #append(type: string, data: Readonly<Record<string, unknown>>): void {
    this.#ports.journal.append({ type, v: this.#ports.journal.versionOf(type), hospital: this.hospital, subject: { kind: "call", id: this.id }, actor: this.#actor, data });
  }

  /** On whose behalf all of this happens. */
  get #actor(): Actor {
    const { kind, name } = this.caller.from;
    return kind === "phone" ? { kind: "agent", id: name } : { kind: "patient" };
  }

  #offsetMs(): number {
    return Math.round(this.#ports.clock.monoMs() - this.#startedMonoMs);
  }

  /** Before every step. A leg is over a moment before that is told: steps must neither spin through that moment nor do anything in it. */
  #begin(): Promise<void> {
    if (this.#leg.state === "ended") this.#leave();
    return this.#ending.check();
  }

  #mustBeAnswered(): void {
    if (this.#leg.state !== "answered") throw new CallError("CALL_STATE", "a call is answered before it is spoken to", { call: this.id });
  }

  async #join(winner: RingingLeg, tones?: ToneCountry): Promise<Extract<DialOutcome, { outcome: "answered" }>> {
    this.#ringing.stop();
    await this.answer();
    this.#keypad.forget();
    if (tones !== undefined) this.#agents.supervise(winner, tones);
    const talk = this.#ending.race(this.#agents.bridge(winner));
    // A handler may never look at `talk`; that the caller is gone is told to it by its next step.
    talk.catch(() => undefined);
    return { outcome: "answered", target: winner.extension, talk };
  }

  #listen(): void {
    this.#leg.listen({
      onRinging: () => undefined,
      onAnswered: () => this.#onAnswered(),
      onDigit: (digit) => this.#onDigit(digit),
      onDetected: (detected, afterMs) => this.#hearing.onDetected(this.#leg, detected, afterMs),
      onHeld: (held) => this.journal("call.held", { leg: this.#leg.id, held, offsetMs: this.#offsetMs() }),
      onSilent: (sentence) => this.journal("call.silent", { leg: this.#leg.id, sentence }),
      onRecordingClosed: (closed) => this.#recording.closed(closed),
      onRecordingContinued: (continued) => this.#recording.continued(continued),
      // The caller's media may still be closing; nobody rings for a caller who is gone.
      onEnding: () => this.#leave(),
      onEnded: (end) => this.#onEnded(end),
    });
  }

  #onDigit(digit: string): void {
    // What is keyed while two people talk is meant for the other one.
    if (this.#agents.talking) return;
    // The engine ends a prompt at a key by itself, unless the key came just before it was told to play.
    this.#interruptible?.stop();
    this.#interruptible = undefined;
    this.#keypad.press(digit);
  }

  #onAnswered(): void {
    // Gone again before we heard of it: there is nothing to record.
    if (this.#leg.state !== "answered") return;
    this.#answeredUtcMs = this.#ports.clock.utcMs();
    this.journal("call.answered", { offsetMs: this.#offsetMs() });
    this.#record(0);
    this.#mark();
  }

  #record(restarts: number): void {
    if (this.#ports.records) this.#recording.start(restarts);
  }

  #mark(): void {
    this.#cancelMark = this.#ports.clock.after(MARK_MS, () => {
      this.journal("call.mark", { offsetMs: this.#offsetMs() });
      this.#mark();
    });
  }

  #onEnded(end: SessionEnd): void {
    this.#end = end;
    this.#leave();
    this.#release();
  }

  /** Ends every attempt to reach somebody in the same step, before the handler hears that its caller is gone. Idempotent. */
  #leave(): void {
    if (this.#ending.over) return;
    this.#endedMs = this.#offsetMs();
    this.#cancelMark();
    this.#keypad.close();
    this.#hearing.close();
    this.#agents.release();
    this.#ending.end();
  }

  #release(): void {
    if (this.#released || this.#end === undefined || this.#agents.legs.length > 0) return;
    this.#released = true;
    const { by, cause, status } = this.#end;
    const whose = by === "remote" ? "caller" : by === "local" ? "server" : "failure";
    this.journal("call.ended", { offsetMs: this.#endedMs, by: whose, cause, ...(status === undefined ? {} : { status }) });
    this.#onReleased();
  }
}

/** Whose tones a dialled phone is listened to for; undefined: it is not. */
const listensFor = ({ answeringMachine = false, tones }: DialOptions): ToneCountry | undefined => tones ?? (answeringMachine === false ? undefined : TONES);
