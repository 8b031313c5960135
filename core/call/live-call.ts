// One patient's conversation while it lasts: the SDK's steps over the caller's leg and those of the people reached.
import type { Cancel } from "../../protocol/base/clock.js";
import type { Leg } from "../leg/leg.js";
import { type Announcement, type BACK, type Call, type Caller, type CollectOptions, type Detection, type DetectOptions, type DialOptions, type DialOutcome, type MenuOptions, type QueueOutcome, type RecordOptions, type RecordOutcome, type ShapeOptions, type TransferOptions, type TransferOutcome } from "../sdk/call.js";
import type { OutsideOutcome } from "../routing/outside-call.js";
import type { Language } from "../speech/part.js";
import { Agents } from "./agents.js";
import type { CallHandler } from "./call-manager.js";
import { CallLog } from "./call-log.js";
import { CallTransfers } from "./call-transfers.js";
import type { CallPorts } from "./call-ports.js";
import type { CallState, Queued } from "./call-state.js";
import { CallerSeat } from "./caller-seat.js";
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
import { Messages } from "./messages.js";
import { RECORD_BEEP, RINGBACK } from "./prompts.js";
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
  readonly #seat: CallerSeat;
  readonly #agents: Agents;
  readonly #hearing: Hearing;
  readonly #keypad: Keypad;
  readonly #ending: Ending;
  readonly #startedUtcMs: number;
  readonly #options: LiveCallOptions;
  #answeredUtcMs: number | null = null;
  readonly #log: CallLog;
  readonly #telling: Telling;
  readonly #dialling: Dialling;
  readonly #messages: Messages;
  #endedMs = 0;
  #released = false;
  readonly #queueing: Queueing;
  readonly #restarts: number;
  /** The number whose handler serves it, where it was put through to that. */
  #servedAs: string | undefined;
  readonly transfers: CallTransfers;
  /** In whose hands the call is. */
  stage: CallState["stage"] = "handler";

  constructor(options: LiveCallOptions) {
    const { id, hospital, called, language, caller, ports, past } = options;
    this.id = id;
    this.hospital = hospital;
    this.called = called;
    this.language = language;
    this.caller = past?.state.from ?? { ...caller.remote, from: caller.origin };
    this.#options = options;
    this.#ports = ports;
    this.#keypad = new Keypad(ports.clock);
    this.#ending = new Ending(ports.clock);
    this.#log = new CallLog({ ports, id, hospital, from: this.caller.from, lastedMs: past === undefined ? 0 : past.state.offsetMs + past.elapsedMs });
    this.#startedUtcMs = past?.state.startedUtcMs ?? ports.clock.utcMs();
    this.#restarts = past === undefined ? 0 : past.state.restarts + 1;
    const journal: Conversation["journal"] = (type, data) => this.journal(type, data);
    const offsetMs = (): number => this.#log.offsetMs();
    this.#hearing = new Hearing({ clock: ports.clock, offsetMs, journal });
    const seat = (this.#seat = this.#createSeat(caller));
    this.#agents = new Agents({
      callId: id, seat, offsetMs, journal,
      restarts: this.#restarts,
      clock: ports.clock,
      switchboard: ports.switchboard,
      records: ports.records,
      hearing: this.#hearing,
      onGone: () => this.#release(),
      onRefer: (leg, refer) => options.onRefer(this, leg, refer),
    });
    const ringing = new Ringing({ seat, announce: (what) => ports.announce(what, this.language) });
    this.#queueing = new Queueing({ call: this, ports, ending: this.#ending, log: this.#log });
    this.#telling = new Telling({ seat, ports, keypad: this.#keypad, ending: this.#ending, language: () => this.language });
    this.#dialling = new Dialling({ agents: this.#agents, ending: this.#ending, ringing, begin: () => this.#begin(), answer: () => this.#answerToTalk() });
    this.transfers = new CallTransfers({
      call: this, seat, ringing, offsetMs, journal,
      agents: this.#agents,
      ending: this.#ending,
      queueing: this.#queueing,
      telling: this.#telling,
      route: options.route,
      switchboard: ports.switchboard,
      ringback: (leg) => leg.play(ports.announce(RINGBACK, this.language), { bargeIn: false, repeat: true }),
      hasBeen: past?.state.transferred ?? false,
    });
    this.#messages = new Messages({ callId: id, restarts: this.#restarts, seat, offsetMs, journal });
    this.#servedAs = past?.state.servedAs;
    if (past === undefined) this.#begun(caller);
    else this.#takeUp(past);
    seat.listen();
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
    const { origin } = this.#seat.leg;
    const own = origin.kind === "phone" ? [origin.name] : [];
    return [...own, ...this.#agents.extensions];
  }

  snapshot(): CallSnapshot {
    return {
      id: this.id,
      hospital: this.hospital,
      caller: this.caller.number,
      called: this.called,
      state: this.#seat.leg.state,
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
    return this.#seat.leg.state === "answered";
  }

  /**
   * Writes the call down for another process: its handler comes to no step's end any more. Undefined where the caller is
   * gone: it ends here.
   */
  suspend(): CallState | undefined {
    if (this.#seat.leg.state === "ended") return undefined;
    this.#ending.freeze();
    this.#log.stopMarks();
    this.#keypad.close();
    this.#hearing.close();
    return {
      id: this.id,
      hospital: this.hospital,
      called: this.called,
      language: this.language,
      caller: this.#seat.leg.id,
      ...(this.#seat.leg.id === this.#options.caller.id && this.#options.past?.state.from === undefined ? {} : { from: this.caller }),
      startedUtcMs: this.#startedUtcMs,
      offsetMs: this.#log.offsetMs(),
      answeredUtcMs: this.#answeredUtcMs,
      restarts: this.#restarts,
      stage: this.stage,
      ...(this.#queueing.place === undefined ? {} : { queue: this.#queueing.place }),
      others: this.#agents.save(),
      ...(this.transfers.hasBeen ? { transferred: true } : {}),
      ...(this.transfers.holds ? { held: true } : {}),
      ...(this.#servedAs === undefined ? {} : { servedAs: this.#servedAs }),
    };
  }

  /** Of a call that another process had: resolves when everybody's sound can go on; records on. */
  async ready(): Promise<void> {
    await this.#ending.race(Promise.all([this.#seat.leg.ready?.(), this.#agents.ready()]));
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
    // It was on hold while others spoke about it.
    if (this.#options.past?.state.held === true) await this.resume();
    const dialled = await this.dial({ targets: this.others.map(({ extension }) => extension) });
    if (dialled.outcome === "answered") await dialled.talk;
  }

  async ring(): Promise<void> {
    await this.#begin();
    if (this.#seat.leg.state === "setup") this.#seat.leg.ring();
  }

  async answer(): Promise<void> {
    await this.#begin();
    if (this.#seat.leg.state === "answered") return;
    // A leg that can't be answered ends; what the handler hears of it is that the caller is gone.
    await this.#ending.race(
      this.#seat.answer().catch(() => {
        this.finish();
        return never();
      }),
    );
  }

  async reject(why: keyof typeof REJECTIONS): Promise<void> {
    await this.#begin();
    if (this.#seat.answerWanted) throw new CallError("CALL_STATE", "an answered call is hung up, not rejected", { call: this.id });
    this.#seat.leg.reject(REJECTIONS[why]);
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
    if (this.#agents.talking || this.transfers.busy) throw new CallError("CALL_STATE", "a call that talks to somebody dials nobody else", { call: this.id });
    return this.#dialling.dial(options);
  }

  async transfer(options: TransferOptions): Promise<TransferOutcome> {
    await this.#begin();
    return this.transfers.byPlugin(options);
  }

  /** The leg of one of its sides. */
  has(leg: Leg): boolean {
    return leg === this.#seat.leg || this.#agents.legs.some(({ id }) => id === leg.id);
  }

  /** `leg` is the caller's, in its own place. */
  isCaller(leg: Leg): boolean {
    return leg === this.#seat.leg;
  }

  /** The handler of `number` serves the call from here on; resolves when it has. */
  async serveBy(number: string, handler: CallHandler): Promise<void> {
    this.#servedAs = number;
    await handler(this);
    await this.heard();
  }

  async record(options: RecordOptions): Promise<RecordOutcome> {
    await this.#begin();
    this.#mustBeAnswered();
    return takeMessage(
      {
        ...this.#conversation,
        beep: () => this.#ending.race(this.#seat.leg.play(RECORD_BEEP, { bargeIn: false, repeat: false }).ended.then(() => undefined)),
        recordMessage: (limits) => this.#messages.record(limits),
        stopKeys: () => this.#keypad.close(),
      },
      options,
    );
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
    const leg = extension === undefined ? this.#seat.leg : this.#agents.legOf(extension);
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
    this.#seat.leg.reject(status);
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
    this.#seat.letGo();
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
    mask: (on) => this.#seat.leg.mask(on),
    journal: (type, data) => this.journal(type, data),
  };

  /** Before every step. A leg is over a moment before that is told: steps must neither spin through that moment nor do anything in it. */
  #begin(): Promise<void> {
    if (this.#seat.leg.state === "ended") this.#leave();
    return this.#ending.check();
  }

  #mustBeAnswered(): void {
    if (this.#seat.leg.state !== "answered") throw new CallError("CALL_STATE", "a call is answered before it is spoken to", { call: this.id });
  }

  /** Keys that the caller pressed while it waited for somebody answer no question. */
  async #answerToTalk(): Promise<void> {
    await this.answer();
    this.#keypad.forget();
  }

  #createSeat(leg: Leg): CallerSeat {
    const offsetMs = (): number => this.#log.offsetMs();
    const recording = new LegRecording({ callId: this.id, leg, role: "caller", journal: (type, data) => this.journal(type, data), offsetMs });
    const seat: CallerSeat = new CallerSeat(
      { leg, recording },
      {
        onAnswered: () => this.#onAnswered(),
        onDigit: (digit) => this.#onDigit(digit),
        onDetected: (detected, afterMs) => this.#hearing.onDetected(seat.leg, detected, afterMs),
        onRefer: (refer) => this.#options.onRefer(this, seat.leg, refer),
        onHeld: (held) => this.journal("call.held", { leg: seat.leg.id, held, offsetMs: offsetMs() }),
        onSilent: (sentence) => this.journal("call.silent", { leg: seat.leg.id, sentence }),
        // The caller's media may still be closing; nobody rings for a caller who is gone.
        onEnding: () => this.#leave(),
        onEnded: () => {
          this.#leave();
          this.#release();
        },
      },
    );
    return seat;
  }

  #onDigit(digit: string): void {
    // What is keyed while two people talk is meant for the other one.
    if (this.#agents.talking) return;
    this.#telling.interrupt();
    this.#keypad.press(digit);
  }

  #onAnswered(): void {
    // Gone again before we heard of it: there is nothing to record.
    if (this.#seat.leg.state !== "answered") return;
    this.#answeredUtcMs = this.#ports.clock.utcMs();
    this.journal("call.answered", { offsetMs: this.#log.offsetMs() });
    this.#record(0);
    this.#log.mark();
  }

  #record(restarts: number): void {
    if (this.#ports.records) this.#seat.recording.start(restarts);
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
    const { end } = this.#seat;
    if (this.#released || end === undefined || !this.#agents.isOver) return;
    this.#released = true;
    const { by, cause, status } = end;
    const whose = by === "remote" ? "caller" : by === "local" ? "server" : "failure";
    this.journal("call.ended", { offsetMs: this.#endedMs, by: whose, cause, ...(status === undefined ? {} : { status }) });
    this.#options.onReleased();
  }
}
