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
  /** One that waited in another process. */
  readonly from?: AnswerKeeperState;
}

/** In how many ms the 2xx goes out again, and the wait ends. */
export interface AnswerKeeperState {
  readonly intervalMs: number;
  readonly resendMs: number;
  readonly endMs: number;
}

export class AnswerKeeper {
  readonly #options: AnswerKeeperOptions;
  #intervalMs: number;
  #resendAtMs = 0;
  #cancelResend: Cancel = () => undefined;
  readonly #endAtMs: number;
  readonly #cancelEnd: Cancel;

  constructor(options: AnswerKeeperOptions) {
    const { clock, timers, from } = options;
    this.#options = options;
    this.#intervalMs = from?.intervalMs ?? timers.t1Ms;
    this.#arm(from?.resendMs ?? this.#intervalMs);
    const endMs = from?.endMs ?? longestMs(timers);
    this.#endAtMs = clock.monoMs() + endMs;
    this.#cancelEnd = clock.after(endMs, () => {
      this.stop();
      options.onAckMissing();
    });
  }

  save(): AnswerKeeperState {
    const nowMs = this.#options.clock.monoMs();
    return { intervalMs: this.#intervalMs, resendMs: Math.max(0, this.#resendAtMs - nowMs), endMs: Math.max(0, this.#endAtMs - nowMs) };
  }

  /** The ACK came, or nobody waits for it any more. */
  stop(): void {
    this.#cancelResend();
    this.#cancelEnd();
  }

  #arm(delayMs: number): void {
    this.#resendAtMs = this.#options.clock.monoMs() + delayMs;
    this.#cancelResend = this.#options.clock.after(delayMs, () => this.#resend());
  }

  #resend(): void {
    this.#intervalMs = Math.min(this.#intervalMs * 2, this.#options.timers.t2Ms);
    this.#arm(this.#intervalMs);
    this.#options.resend();
  }
}
