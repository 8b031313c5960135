// The listener of one session, called safely: never inside of a method of the session, never after the end.
import type { Clock } from "../../protocol/base/clock.js";
import type { Refer } from "./refer.js";
import type { SessionEnd, SessionEvents } from "./session.js";

/** Events before anybody listens: a few progress reports at most. */
const WAITING_MAX = 32;
const DECLINED = 603;

export class SessionListener {
  readonly #clock: Clock;
  readonly #onFault: (error: unknown) => void;
  #events: SessionEvents | undefined;
  #waiting: ((events: SessionEvents) => void)[] = [];
  #ended = false;

  constructor(clock: Clock, onFault: (error: unknown) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
  }

  get ended(): boolean {
    return this.#ended;
  }

  listen(events: SessionEvents): void {
    this.#events = events;
    if (this.#waiting.length > 0) this.#clock.after(0, () => this.#flush());
  }

  /** For what the network brought. */
  emit(call: (events: SessionEvents) => void): void {
    if (!this.#ended) this.#enqueue(call);
  }

  /** The answer to an offer; what is no text is a 488, also where nobody listens or the listener throws. */
  offer(sdp: string | undefined): ReturnType<SessionEvents["onOffer"]> {
    if (this.#ended || this.#events === undefined) return undefined;
    try {
      return this.#events.onOffer(sdp);
    } catch (error) {
      this.#onFault(error);
      return undefined;
    }
  }

  /** The status of its answer: 202 or a refusal, also where nobody listens or the listener throws. */
  refer(refer: Refer): number {
    if (this.#ended || this.#events?.onRefer === undefined) return DECLINED;
    try {
      return this.#events.onRefer(refer);
    } catch (error) {
      this.#onFault(error);
      return 500;
    }
  }

  /** @param later where a method of the session brought the end about. */
  end(end: SessionEnd, later: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    if (later) this.#clock.after(0, () => this.#enqueue((events) => events.onEnded(end)));
    else this.#enqueue((events) => events.onEnded(end));
  }

  #enqueue(call: (events: SessionEvents) => void): void {
    // One more than the bound, so that the end always finds room.
    if (this.#waiting.length > (this.#ended ? WAITING_MAX : WAITING_MAX - 1)) return;
    this.#waiting.push(call);
    this.#flush();
  }

  #flush(): void {
    if (this.#events === undefined) return;
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      try {
        call(this.#events);
      } catch (error) {
        this.#onFault(error);
      }
    }
  }
}
