// The caller's place in a call: the leg that the call lasts as long as. Who transfers a call away leaves it to whom it talked to.
import type { Leg, LegEvents } from "../leg/leg.js";
import type { SessionEnd } from "../signaling/session.js";
import type { LegRecording } from "./leg-recording.js";

export interface SeatedCaller {
  readonly leg: Leg;
  readonly recording: LegRecording;
}

/** What the caller's leg does, whichever leg that is. */
export type SeatEvents = Omit<LegEvents, "onRinging" | "onEarlyMedia" | "onRecordingClosed" | "onRecordingContinued">;

const UNAVAILABLE = 480;

export class CallerSeat {
  readonly #events: SeatEvents;
  #seated: SeatedCaller;
  #answering: Promise<void> | undefined;
  #end: SessionEnd | undefined;

  constructor(caller: SeatedCaller, events: SeatEvents) {
    this.#seated = caller;
    this.#events = events;
  }

  get leg(): Leg {
    return this.#seated.leg;
  }

  get recording(): LegRecording {
    return this.#seated.recording;
  }

  /** Of the last one to sit here, once its leg is over and media released. */
  get end(): SessionEnd | undefined {
    return this.#end;
  }

  get isAnswered(): boolean {
    return this.leg.state === "answered";
  }

  get answerWanted(): boolean {
    return this.#answering !== undefined;
  }

  /** What the leg told while nobody listened follows. */
  listen(): void {
    const { leg, recording } = this.#seated;
    const events = this.#events;
    leg.listen({
      ...events,
      onRinging: () => undefined,
      onRecordingClosed: (closed) => recording.closed(closed),
      onRecordingContinued: (continued) => recording.continued(continued),
      onEnded: (end) => {
        this.#end = end;
        events.onEnded(end);
      },
    });
  }

  /** Another leg that is answered sits here from now on. Returns who sat here, whose leg wants another listener. */
  change(caller: SeatedCaller): SeatedCaller {
    const former = this.#seated;
    this.#seated = caller;
    this.#answering = Promise.resolve();
    this.listen();
    return former;
  }

  /** Rejects where the leg can't be answered: it ends then. */
  answer(): Promise<void> {
    return (this.#answering ??= this.leg.answer());
  }

  /** BYE, or 480 where it was never answered. Idempotent. */
  letGo(): void {
    const { leg } = this;
    if (leg.state === "ended") return;
    if (this.#answering === undefined && this.#end === undefined) leg.reject(UNAVAILABLE);
    else leg.hangup();
  }
}
