// RFC 3261 section 13.3.1.4: the UAS core sends its 2xx again until the ACK comes, on every transport.
import type { Cancel, Clock } from "../../base/clock.js";
import type { TimerValues } from "../transaction/timer-values.js";
import { longestMs } from "../transaction/timer-values.js";

export interface AnswerKeeperOptions {
  readonly clock: Clock;
  readonly timers: TimerValues;
  /** Sends the 2xx once more; the first time was the caller's. */
  readonly resend: () => void;
  /** 64*T1 without an ACK: the session is to be ended by a BYE. */
  readonly onAckMissing: () => void;
}

export class AnswerKeeper {
  readonly #options: AnswerKeeperOptions;
  #intervalMs: number;
  #cancelResend: Cancel;
  readonly #cancelEnd: Cancel;

  constructor(options: AnswerKeeperOptions) {
    this.#options = options;
    this.#intervalMs = options.timers.t1Ms;
    this.#cancelResend = options.clock.after(this.#intervalMs, () => this.#resend());
    this.#cancelEnd = options.clock.after(longestMs(options.timers), () => {
      this.stop();
      options.onAckMissing();
    });
  }

  /** The ACK came, or nobody waits for it any more. */
  stop(): void {
    this.#cancelResend();
    this.#cancelEnd();
  }

  #resend(): void {
    this.#intervalMs = Math.min(this.#intervalMs * 2, this.#options.timers.t2Ms);
    this.#cancelResend = this.#options.clock.after(this.#intervalMs, () => this.#resend());
    this.#options.resend();
  }
}
