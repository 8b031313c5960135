// One call from its first leg to the end of its last: the caller's seat, those who were reached for it, what is heard, keyed and
// told meanwhile. All of that ends together, and goes on together in another process.
import type { PlayItem } from "../../media/engine/command.js";
import type { Leg } from "../leg/leg.js";
import type { Announcement, Caller } from "../sdk/call.js";
import type { Refer } from "../signaling/refer.js";
import type { Language } from "../speech/part.js";
import { Agents } from "./agents.js";
import type { RingingLeg } from "./attempt.js";
import { CallLog } from "./call-log.js";
import type { CallPorts } from "./call-ports.js";
import type { CallState } from "./call-state.js";
import { CallerSeat } from "./caller-seat.js";
import { Ending } from "./ending.js";
import { CallError } from "./error.js";
import { Hearing } from "./hearing.js";
import { Keypad } from "./keypad.js";
import { LegRecording } from "./leg-recording.js";
import type { CallSnapshot } from "./snapshot.js";
import { Telling } from "./telling.js";

export interface CallLifeOptions {
  readonly id: string;
  readonly hospital: string;
  readonly called: string;
  readonly language: Language;
  readonly caller: Leg;
  readonly ports: CallPorts;
  /** Of a call that another process had. */
  readonly past?: CallPast;
  /** A side of the call wants the other one put through; the status of the answer. */
  readonly onRefer: (leg: Leg, refer: Refer) => number;
  /** The caller's leg and all others are over. */
  readonly onReleased: () => void;
}

export interface CallPast {
  readonly state: CallState;
  readonly elapsedMs: number;
  /** Whom that process had reached, as far as they are still there. */
  readonly others: readonly (RingingLeg & { readonly bridged: boolean })[];
}

/** What of a call's state is its life's; the rest is where its handler was. */
export type LifeState = Omit<CallState, "stage" | "queue" | "transferred" | "held" | "servedAs">;

export class CallLife {
  readonly caller: Caller;
  /** What is spoken to the caller from now on. */
  language: Language;
  readonly log: CallLog;
  readonly ending: Ending;
  readonly keypad: Keypad;
  readonly hearing: Hearing;
  readonly seat: CallerSeat;
  readonly agents: Agents;
  readonly telling: Telling;
  /** Of the server, that the call has gone through. */
  readonly restarts: number;
  readonly #options: CallLifeOptions;
  readonly #startedUtcMs: number;
  #answeredUtcMs: number | null;
  #endedMs = 0;
  #released = false;

  constructor(options: CallLifeOptions) {
    const { id, hospital, language, caller, ports, past, onRefer } = options;
    const { clock } = ports;
    this.#options = options;
    this.language = language;
    this.caller = past?.state.from ?? { ...caller.remote, from: caller.origin };
    this.restarts = past === undefined ? 0 : past.state.restarts + 1;
    this.#startedUtcMs = past?.state.startedUtcMs ?? clock.utcMs();
    this.#answeredUtcMs = past?.state.answeredUtcMs ?? null;
    this.keypad = new Keypad(clock);
    this.ending = new Ending(clock);
    const log = (this.log = new CallLog({ ports, id, hospital, from: this.caller.from, lastedMs: past === undefined ? 0 : past.state.offsetMs + past.elapsedMs }));
    const hearing = (this.hearing = new Hearing({ clock, log }));
    const seat = (this.seat = this.#createSeat());
    const { switchboard, records } = ports;
    this.agents = new Agents({ callId: id, seat, log, hearing, clock, switchboard, records, onRefer, restarts: this.restarts, onGone: () => this.#release() });
    this.telling = new Telling({ seat, ports, keypad: this.keypad, ending: this.ending, language: () => this.language });
  }

  /** Tells the journal, and hears the caller's leg from now on: what that told while nobody listened follows. */
  start(): void {
    const { caller, called, past } = this.#options;
    if (past === undefined) {
      const { number, displayName } = this.caller;
      this.log.write("call.started", { caller: number, ...(displayName === undefined ? {} : { callerName: displayName }), called, origin: caller.origin, leg: caller.id });
    } else {
      this.agents.restore(past.others);
      this.log.write("call.resumed", { offsetMs: this.log.offsetMs(), downMs: Math.round(past.elapsedMs) });
    }
    this.seat.listen();
  }

  /** Before every step. A leg is over a moment before that is told: steps must neither spin through that moment nor do anything in it. */
  check(): Promise<void> {
    if (this.seat.leg.state === "ended") this.leave();
    return this.ending.check();
  }

  /** Throws CallError "CALL_STATE" where the caller was not answered: nothing can be said to it or heard of it. */
  mustBeAnswered(): void {
    if (!this.seat.isAnswered) throw new CallError("CALL_STATE", "a call is answered before it is spoken to", { call: this.#options.id });
  }

  /** In the caller's language. Throws SpeechError where a part can't be spoken in it. */
  announce(what: Announcement): readonly PlayItem[] {
    return this.#options.ports.announce(what, this.language);
  }

  /** The caller's leg, or that of the extension. Throws CallError "CALL_STATE" where that is not in the call. */
  legOf(extension: string | undefined): Leg {
    const leg = extension === undefined ? this.seat.leg : this.agents.legOf(extension);
    if (leg === undefined) throw new CallError("CALL_STATE", `${extension} neither rings nor talks in this call`, { call: this.#options.id });
    return leg;
  }

  /** The leg of one of its sides. */
  has(leg: Leg): boolean {
    return leg === this.seat.leg || this.agents.legs.some(({ id }) => id === leg.id);
  }

  /** Extensions that ring or talk in this call. */
  get extensions(): readonly string[] {
    const { origin } = this.seat.leg;
    const own = origin.kind === "phone" ? [origin.name] : [];
    return [...own, ...this.agents.extensions];
  }

  snapshot(): CallSnapshot {
    const { id, hospital, called } = this.#options;
    return {
      id, hospital, called,
      caller: this.caller.number,
      state: this.seat.leg.state,
      startedUtcMs: this.#startedUtcMs,
      answeredUtcMs: this.#answeredUtcMs,
      language: this.language,
      agents: this.agents.legs.map(({ id: leg, extension, state }) => ({ leg, extension, state })),
    };
  }

  /** Writes it down for another process: no step comes to its end any more. Undefined where the caller is gone: it ends here. */
  suspend(): LifeState | undefined {
    const { id, hospital, called, caller, past } = this.#options;
    const { leg } = this.seat;
    if (leg.state === "ended") return undefined;
    this.ending.freeze();
    this.#fallSilent();
    return {
      id, hospital, called,
      language: this.language,
      caller: leg.id,
      ...(leg.id === caller.id && past?.state.from === undefined ? {} : { from: this.caller }),
      startedUtcMs: this.#startedUtcMs,
      offsetMs: this.log.offsetMs(),
      answeredUtcMs: this.#answeredUtcMs,
      restarts: this.restarts,
      others: this.agents.save(),
    };
  }

  /** Of a call that another process had: resolves when everybody's sound can go on; records on. */
  async ready(): Promise<void> {
    await this.ending.race(Promise.all([this.seat.leg.ready?.(), this.agents.ready()]));
    if (!this.seat.isAnswered) return;
    this.#record(this.restarts);
    this.agents.record(this.restarts);
    this.log.mark();
  }

  /** Lets everybody but the caller go: who failed to serve the call leaves it to others. */
  dismiss(): void {
    this.keypad.forget();
    this.agents.release();
  }

  /** Lets everybody go: BYE, or 480 where the call was never answered. Idempotent. */
  finish(): void {
    if (this.ending.frozen) return;
    this.seat.letGo();
    this.agents.release();
  }

  /** The caller is gone. Ends every attempt to reach somebody in the same step, before the handler hears of it. Idempotent. */
  leave(): void {
    if (this.ending.over) return;
    this.#endedMs = this.log.offsetMs();
    this.#fallSilent();
    this.agents.release();
    this.ending.end();
  }

  #createSeat(): CallerSeat {
    const { id, caller: leg, onRefer } = this.#options;
    const { log } = this;
    const recording = new LegRecording({ callId: id, leg, role: "caller", log });
    const seat: CallerSeat = new CallerSeat(
      { leg, recording },
      {
        onAnswered: () => this.#onAnswered(),
        onDigit: (digit) => this.#onDigit(digit),
        onDetected: (detected, afterMs) => this.hearing.onDetected(seat.leg, detected, afterMs),
        onRefer: (refer) => onRefer(seat.leg, refer),
        onHeld: (held) => log.write("call.held", { leg: seat.leg.id, held, offsetMs: log.offsetMs() }),
        onSilent: (sentence) => log.write("call.silent", { leg: seat.leg.id, sentence }),
        // The caller's media may still be closing; nobody rings for a caller who is gone.
        onEnding: () => this.leave(),
        onEnded: () => {
          this.leave();
          this.#release();
        },
      },
    );
    return seat;
  }

  #onDigit(digit: string): void {
    // What is keyed while two people talk is meant for the other one.
    if (this.agents.talking) return;
    this.telling.interrupt();
    this.keypad.press(digit);
  }

  #onAnswered(): void {
    // Gone again before we heard of it: there is nothing to record.
    if (!this.seat.isAnswered) return;
    this.#answeredUtcMs = this.#options.ports.clock.utcMs();
    this.log.write("call.answered", { offsetMs: this.log.offsetMs() });
    this.#record(0);
    this.log.mark();
  }

  #record(restarts: number): void {
    if (this.#options.ports.records) this.seat.recording.start(restarts);
  }

  /** No marks are written and nobody waits for a key or a sound any more. */
  #fallSilent(): void {
    this.log.stopMarks();
    this.keypad.close();
    this.hearing.close();
  }

  #release(): void {
    const { end } = this.seat;
    if (this.#released || end === undefined || !this.agents.isOver) return;
    this.#released = true;
    const { by, cause, status } = end;
    const whose = by === "remote" ? "caller" : by === "local" ? "server" : "failure";
    this.log.write("call.ended", { offsetMs: this.#endedMs, by: whose, cause, ...(status === undefined ? {} : { status }) });
    this.#options.onReleased();
  }
}
