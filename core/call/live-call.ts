// One patient's conversation while it lasts: the SDK's steps over the caller's leg and those of the people reached.
import type { Cancel } from "../../protocol/base/clock.js";
import type { RecordingId } from "../../media/engine/command.js";
import type { Leg, MessageLimits, MessageRecording } from "../leg/leg.js";
import { type Announcement, type BACK, type Call, type Caller, type CollectOptions, type Detection, type DetectOptions, type DialOptions, type DialOutcome, type MenuOptions, type QueueOutcome, type RecordOptions, type RecordOutcome, type ShapeOptions } from "../sdk/call.js";
import type { OutsideOutcome } from "../routing/outside-call.js";
import type { SessionEnd } from "../signaling/session.js";
import type { Language } from "../speech/part.js";
import { Agents } from "./agents.js";
import { CallLog } from "./call-log.js";
import type { CallPorts } from "./call-ports.js";
import type { CallState, Queued } from "./call-state.js";
import { askDigits } from "./collect.js";
import type { Conversation } from "./conversation.js";
import { Dialling } from "./dialling.js";
import { Ending } from "./ending.js";
import type { CallEntryData, CallEntryType } from "./entries.js";
import { CallError } from "./error.js";
import { Hearing } from "./hearing.js";
import { Keypad } from "./keypad.js";
import type { CallPast, LiveCallOptions } from "./live-call-options.js";
import { LegRecording } from "./leg-recording.js";
import { askMenu } from "./menu.js";
import { takeMessage } from "./message.js";
import { RECORD_BEEP } from "./prompts.js";
import { Queueing } from "./queueing.js";
import { Ringing } from "./ringing.js";
import type { CallSnapshot } from "./snapshot.js";
import { Telling } from "./telling.js";

/** Only the end of the call ends it. */
const never = (): Promise<never> => new Promise(() => undefined);

const REJECTIONS = { busy: 486, unavailable: 480, declined: 603, "not-found": 404 } as const;

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
  readonly #startedUtcMs: number;
  readonly #onReleased: () => void;
  #answeredUtcMs: number | null = null;
  #answering: Promise<void> | undefined;
  readonly #log: CallLog;
  readonly #telling: Telling;
  readonly #dialling: Dialling;
  #end: SessionEnd | undefined;
  #endedMs = 0;
  #released = false;
  readonly #queueing: Queueing;
  readonly #restarts: number;
  #messages = 0;
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
    this.#log = new CallLog({ ports, id, hospital, from: caller.origin, lastedMs: past === undefined ? 0 : past.state.offsetMs + past.elapsedMs });
    this.#startedUtcMs = past?.state.startedUtcMs ?? ports.clock.utcMs();
    this.#restarts = past === undefined ? 0 : past.state.restarts + 1;
    this.#onReleased = options.onReleased;
    const journal: Conversation["journal"] = (type, data) => this.journal(type, data);
    const offsetMs = (): number => this.#log.offsetMs();
    this.#hearing = new Hearing({ clock: ports.clock, offsetMs, journal });
    this.#agents = new Agents({ callId: id, clock: ports.clock, switchboard: ports.switchboard, records: ports.records, caller, offsetMs, journal, hearing: this.#hearing, onGone: () => this.#release() });
    const ringing = new Ringing({ caller, announce: (what) => ports.announce(what, this.language) });
    this.#queueing = new Queueing({ call: this, ports, ending: this.#ending, log: this.#log });
    this.#telling = new Telling({ leg: caller, ports, keypad: this.#keypad, ending: this.#ending, language: () => this.language });
    this.#dialling = new Dialling({ agents: this.#agents, ending: this.#ending, ringing, begin: () => this.#begin(), answer: () => this.#answerToTalk() });
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
    this.journal("call.resumed", { offsetMs: this.#log.offsetMs(), downMs: Math.round(elapsedMs) });
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
    return this.#log.offsetMs();
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
    this.#log.stopMarks();
    this.#keypad.close();
    this.#hearing.close();
    return {
      id: this.id,
      hospital: this.hospital,
      called: this.called,
      language: this.language,
      caller: this.#leg.id,
      startedUtcMs: this.#startedUtcMs,
      offsetMs: this.#log.offsetMs(),
      answeredUtcMs: this.#answeredUtcMs,
      restarts: this.#restarts,
      stage: this.stage,
      ...(this.#queueing.place === undefined ? {} : { queue: this.#queueing.place }),
      others: this.#agents.save(),
    };
  }

  /** Of a call that another process had: resolves when everybody's sound can go on; records on. */
  async ready(): Promise<void> {
    await this.#ending.race(Promise.all([this.#leg.ready?.(), this.#agents.ready()]));
    if (!this.isAnswered) return;
    this.#record(this.#restarts);
    this.#agents.record(this.#restarts);
    this.#log.mark();
  }

  /** As `enqueue`, for a call that another process had in that queue. */
  async goOnWaiting(queue: Queued): Promise<QueueOutcome> {
    return this.#leftQueue(this.#queueing.goOn(queue));
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
    if (await this.#telling.play(what, options.bargeIn ?? true)) return;
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
    return this.#dialling.dial(options);
  }

  async record(options: RecordOptions): Promise<RecordOutcome> {
    await this.#begin();
    this.#mustBeAnswered();
    return takeMessage(
      {
        ...this.#conversation,
        beep: () => this.#ending.race(this.#leg.play(RECORD_BEEP, { bargeIn: false, repeat: false }).ended.then(() => undefined)),
        recordMessage: (limits) => this.#recordMessage(limits),
        stopKeys: () => this.#keypad.close(),
      },
      options,
    );
  }

  #recordMessage(limits: MessageLimits): { readonly recording: RecordingId; readonly message: MessageRecording } {
    const recording = `${this.id}-message-${this.#restarts === 0 ? "" : `r${this.#restarts}-`}${(this.#messages += 1)}` as RecordingId;
    const offsetMs = this.#log.offsetMs();
    const message = this.#leg.recordMessage(recording, limits);
    void message.ended.then((end) => {
      if (end.why !== "failed") this.journal("call.message-recorded", { recording, leg: this.#leg.id, ...end, offsetMs });
    });
    return { recording, message };
  }

  async shape({ of, ...settings }: ShapeOptions): Promise<void> {
    await this.#begin();
    this.#mustBeAnswered();
    this.#legOf(of).shape(settings);
  }

  async detect(options: DetectOptions): Promise<Detection> {
    await this.#begin();
    const leg = this.#legOf(options.of);
    const sounds = this.#hearing.attach(leg, options);
    return sounds.detection({ begin: () => this.#begin(), ending: this.#ending });
  }

  /** The caller's, or that of the extension. */
  #legOf(extension: string | undefined): Leg {
    const leg = extension === undefined ? this.#leg : this.#agents.legOf(extension);
    if (leg === undefined) throw new CallError("CALL_STATE", `${extension} neither rings nor talks in this call`, { call: this.id });
    return leg;
  }

  /** Rings an outside number over one trunk; the caller hears it ring when it does. No plugin's step: it costs money. */
  async dialOutside(target: { readonly number: string; readonly trunk: string; readonly timeoutMs: number }): Promise<OutsideOutcome> {
    await this.#begin();
    return this.#dialling.dialOutside(target);
  }

  /** As `reject`, for what has no word there. */
  async refuse(status: number): Promise<void> {
    await this.#begin();
    this.#leg.reject(status);
  }

  async hold(whileHeld?: Announcement): Promise<boolean> {
    await this.#begin();
    this.#mustBeAnswered();
    return this.#telling.hold(whileHeld);
  }

  async resume(): Promise<void> {
    await this.#begin();
    return this.#telling.resume();
  }

  async enqueue(queue: string, options: { readonly priority?: number } = {}): Promise<QueueOutcome> {
    await this.#begin();
    return this.#leftQueue(this.#queueing.enter(queue, options.priority ?? 0));
  }

  /** What comes behind the operators is a farewell. */
  async #leftQueue(waiting: Promise<QueueOutcome>): Promise<QueueOutcome> {
    const outcome = await waiting;
    if (this.stage === "operator") this.stage = "parting";
    return outcome;
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
    this.#log.note(type, data);
  }

  /** Resolves when the last announcement is over, whether its handler waited for it or not; never rejects. */
  heard(): Promise<void> {
    return this.#telling.heard();
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
    this.#log.write(type, data);
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

  /** Before every step. A leg is over a moment before that is told: steps must neither spin through that moment nor do anything in it. */
  #begin(): Promise<void> {
    if (this.#leg.state === "ended") this.#leave();
    return this.#ending.check();
  }

  #mustBeAnswered(): void {
    if (this.#leg.state !== "answered") throw new CallError("CALL_STATE", "a call is answered before it is spoken to", { call: this.id });
  }

  /** Keys that the caller pressed while it waited for somebody answer no question. */
  async #answerToTalk(): Promise<void> {
    await this.answer();
    this.#keypad.forget();
  }

  #listen(): void {
    this.#leg.listen({
      onRinging: () => undefined,
      onAnswered: () => this.#onAnswered(),
      onDigit: (digit) => this.#onDigit(digit),
      onDetected: (detected, afterMs) => this.#hearing.onDetected(this.#leg, detected, afterMs),
      onHeld: (held) => this.journal("call.held", { leg: this.#leg.id, held, offsetMs: this.#log.offsetMs() }),
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
    this.#telling.interrupt();
    this.#keypad.press(digit);
  }

  #onAnswered(): void {
    // Gone again before we heard of it: there is nothing to record.
    if (this.#leg.state !== "answered") return;
    this.#answeredUtcMs = this.#ports.clock.utcMs();
    this.journal("call.answered", { offsetMs: this.#log.offsetMs() });
    this.#record(0);
    this.#log.mark();
  }

  #record(restarts: number): void {
    if (this.#ports.records) this.#recording.start(restarts);
  }

  #onEnded(end: SessionEnd): void {
    this.#end = end;
    this.#leave();
    this.#release();
  }

  /** Ends every attempt to reach somebody in the same step, before the handler hears that its caller is gone. Idempotent. */
  #leave(): void {
    if (this.#ending.over) return;
    this.#endedMs = this.#log.offsetMs();
    this.#log.stopMarks();
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
