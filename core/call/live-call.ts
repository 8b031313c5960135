// The call as its handler has it: the SDK's steps, and those that the core itself takes in a handler's place. What a step acts
// on is the call's life.
import type { Cancel } from "../../protocol/base/clock.js";
import type { OutsideOutcome } from "../routing/outside-call.js";
import type { Announcement, BACK, Call, Caller, CollectOptions, Detection, DetectOptions, DialOptions, DialOutcome, MenuOptions, QueueOutcome, RecordOptions, RecordOutcome, ShapeOptions, TransferOptions, TransferOutcome } from "../sdk/call.js";
import type { Language } from "../speech/part.js";
import { CallLife } from "./call-life.js";
import type { CallHandler } from "./call-manager.js";
import type { CallState, Queued } from "./call-state.js";
import { CallTransfers } from "./call-transfers.js";
import { askDigits } from "./collect.js";
import type { Conversation } from "./conversation.js";
import { Dialling } from "./dialling.js";
import { CallError } from "./error.js";
import type { LiveCallOptions } from "./live-call-options.js";
import { askMenu } from "./menu.js";
import { takeMessage } from "./message.js";
import { Messages } from "./messages.js";
import { RECORD_BEEP, RINGBACK } from "./prompts.js";
import { Queueing } from "./queueing.js";
import { Ringing } from "./ringing.js";

/** Only the end of the call ends it. */
const never = (): Promise<never> => new Promise(() => undefined);

const REJECTIONS = { busy: 486, unavailable: 480, declined: 603, "not-found": 404 } as const;

export class LiveCall implements Call {
  readonly id: string;
  readonly hospital: string;
  readonly called: string;
  /** What goes on whatever its handler does. */
  readonly life: CallLife;
  readonly transfers: CallTransfers;
  /** In whose hands the call is. */
  stage: CallState["stage"];
  readonly #options: LiveCallOptions;
  readonly #dialling: Dialling;
  readonly #queueing: Queueing;
  readonly #messages: Messages;
  /** The number whose handler serves it, where it was put through to that. */
  #servedAs: string | undefined;

  constructor(options: LiveCallOptions) {
    const { id, hospital, called, ports, past, route } = options;
    this.id = id;
    this.hospital = hospital;
    this.called = called;
    this.#options = options;
    this.stage = past?.state.stage ?? "handler";
    this.#servedAs = past?.state.servedAs;
    const life = (this.life = new CallLife({ ...options, onRefer: (leg, refer) => options.onRefer(this, leg, refer) }));
    const { seat, agents, ending, log, telling, restarts } = life;
    const ringing = new Ringing({ seat, announce: (what) => life.announce(what) });
    this.#queueing = new Queueing({ call: this, ports, ending, log });
    this.#dialling = new Dialling({ agents, ending, ringing, begin: () => life.check(), answer: () => this.#answerToTalk() });
    this.#messages = new Messages({ callId: id, restarts, seat, log });
    this.transfers = new CallTransfers({
      call: this, seat, agents, ending, log, telling, ringing, route,
      queueing: this.#queueing,
      switchboard: ports.switchboard,
      ringback: (leg) => leg.play(life.announce(RINGBACK), { bargeIn: false, repeat: true }),
      hasBeen: past?.state.transferred ?? false,
    });
    life.start();
  }

  get caller(): Caller {
    return this.life.caller;
  }

  get language(): Language {
    return this.life.language;
  }

  set language(language: Language) {
    this.life.language = language;
  }

  get signal(): AbortSignal {
    return this.life.ending.signal;
  }

  get others(): Call["others"] {
    return this.life.agents.others;
  }

  get isAnswered(): boolean {
    return this.life.seat.isAnswered;
  }

  async ring(): Promise<void> {
    await this.life.check();
    const { leg } = this.life.seat;
    if (leg.state === "setup") leg.ring();
  }

  async answer(): Promise<void> {
    await this.life.check();
    const { seat } = this.life;
    if (seat.isAnswered) return;
    // A leg that can't be answered ends; what the handler hears of it is that the caller is gone.
    await this.life.ending.race(
      seat.answer().catch(() => {
        this.life.finish();
        return never();
      }),
    );
  }

  async reject(why: keyof typeof REJECTIONS): Promise<void> {
    await this.life.check();
    const { seat } = this.life;
    if (seat.answerWanted) throw new CallError("CALL_STATE", "an answered call is hung up, not rejected", { call: this.id });
    seat.leg.reject(REJECTIONS[why]);
  }

  async play(what: Announcement, options: { readonly bargeIn?: boolean } = {}): Promise<void> {
    await this.life.check();
    this.life.mustBeAnswered();
    if (await this.life.telling.play(what, options.bargeIn ?? true)) return;
    // Cut off by the caller's leaving, not heard: what comes after it in the handler must not happen.
    this.life.leave();
    await this.life.ending.race(never());
  }

  async menu<K extends string>(options: MenuOptions<K>): Promise<K | typeof BACK> {
    return askMenu(this.#conversation, options);
  }

  async collect(options: CollectOptions): Promise<string> {
    return askDigits(this.#conversation, options);
  }

  async dial(options: DialOptions): Promise<DialOutcome> {
    await this.life.check();
    if (this.life.agents.talking || this.transfers.busy) throw new CallError("CALL_STATE", "a call that talks to somebody dials nobody else", { call: this.id });
    return this.#dialling.dial(options);
  }

  async transfer(options: TransferOptions): Promise<TransferOutcome> {
    await this.life.check();
    return this.transfers.byPlugin(options);
  }

  async record(options: RecordOptions): Promise<RecordOutcome> {
    await this.life.check();
    this.life.mustBeAnswered();
    const { ending, seat, keypad } = this.life;
    return takeMessage(
      {
        ...this.#conversation,
        beep: () => ending.race(seat.leg.play(RECORD_BEEP, { bargeIn: false, repeat: false }).ended.then(() => undefined)),
        recordMessage: (limits) => this.#messages.record(limits),
        stopKeys: () => keypad.close(),
      },
      options,
    );
  }

  async shape({ of, ...settings }: ShapeOptions): Promise<void> {
    await this.life.check();
    this.life.mustBeAnswered();
    this.life.legOf(of).shape(settings);
  }

  async detect(options: DetectOptions): Promise<Detection> {
    await this.life.check();
    const { life } = this;
    const sounds = life.hearing.attach(life.legOf(options.of), options);
    return sounds.detection({ begin: () => life.check(), ending: life.ending });
  }

  async hold(whileHeld?: Announcement): Promise<boolean> {
    await this.life.check();
    this.life.mustBeAnswered();
    return this.life.telling.hold(whileHeld);
  }

  async resume(): Promise<void> {
    await this.life.check();
    return this.life.telling.resume();
  }

  async enqueue(queue: string, options: { readonly priority?: number } = {}): Promise<QueueOutcome> {
    await this.life.check();
    return this.#leftQueue(this.#queueing.enter(queue, options.priority ?? 0));
  }

  async hangup(): Promise<void> {
    await this.life.check();
    this.life.finish();
  }

  forgetKeys(): void {
    this.life.keypad.forget();
  }

  async sleep(durationMs: number): Promise<void> {
    await this.life.check();
    let cancel: Cancel = () => undefined;
    try {
      await this.life.ending.race(new Promise<void>((resolve) => void (cancel = this.#options.ports.clock.after(durationMs, resolve))));
    } finally {
      cancel();
    }
  }

  note(type: string, data: Readonly<Record<string, unknown>>): void {
    // A handler that waited for something else than the call runs on here while another process has the call.
    if (this.life.ending.frozen) return;
    this.life.log.note(type, data);
  }

  /** Rings an outside number over one trunk; the caller hears it ring when it does. No plugin's step: it costs money. */
  async dialOutside(target: { readonly number: string; readonly trunk: string; readonly timeoutMs: number }): Promise<OutsideOutcome> {
    await this.life.check();
    return this.#dialling.dialOutside(target);
  }

  /** As `reject`, for what has no word there. */
  async refuse(status: number): Promise<void> {
    await this.life.check();
    const { leg } = this.life.seat;
    leg.reject(status);
  }

  /** The handler of `number` serves the call from here on; resolves when it has. */
  async serveBy(number: string, handler: CallHandler): Promise<void> {
    this.#servedAs = number;
    await handler(this);
    await this.life.telling.heard();
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

  /**
   * Writes the call down for another process: its handler comes to no step's end any more. Undefined where the caller is
   * gone: it ends here.
   */
  suspend(): CallState | undefined {
    const life = this.life.suspend();
    if (life === undefined) return undefined;
    const { place } = this.#queueing;
    const servedAs = this.#servedAs;
    return {
      ...life,
      stage: this.stage,
      ...(place === undefined ? {} : { queue: place }),
      ...(this.transfers.hasBeen ? { transferred: true } : {}),
      ...(this.transfers.holds ? { held: true } : {}),
      ...(servedAs === undefined ? {} : { servedAs }),
    };
  }

  /** What comes behind the operators is a farewell. */
  async #leftQueue(waiting: Promise<QueueOutcome>): Promise<QueueOutcome> {
    const outcome = await waiting;
    if (this.stage === "operator") this.stage = "parting";
    return outcome;
  }

  /** Keys that the caller pressed while it waited for somebody answer no question. */
  async #answerToTalk(): Promise<void> {
    await this.answer();
    this.life.keypad.forget();
  }

  readonly #conversation: Conversation = {
    say: (what) => this.play(what),
    key: async (timeoutMs) => {
      await this.life.check();
      this.life.mustBeAnswered();
      return this.life.ending.race(this.life.keypad.next(timeoutMs));
    },
    swallowKey: (key, withinMs) => this.life.keypad.swallow(key, withinMs),
    forgetKeys: () => this.life.keypad.forget(),
    mask: (on) => this.life.seat.leg.mask(on),
    journal: (type, data) => this.life.log.write(type, data),
  };
}
