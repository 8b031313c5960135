// One beat every 20 ms for all legs, tied to the clock and not to when a timer happened to fire.
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import { FRAME_MS, FRAME_UNITS } from "../session/rtp-sender.js";

/** After a stall so many beats are made up for; what is older is left out, since nobody wants to hear it late. */
const CATCH_UP_TICKS_MAX = 5;

export class Ticker {
  readonly #clock: Clock;
  readonly #beat: (tick: number) => void;
  readonly #startMs: number;
  #tick = 0;
  #cancel: Cancel | undefined;
  #skipped = 0;

  constructor(clock: Clock, beat: (tick: number) => void) {
    this.#clock = clock;
    this.#beat = beat;
    this.#startMs = clock.monoMs();
  }

  /** When beat 0 was. */
  get epochMs(): number {
    return this.#startMs;
  }

  /** The beat that runs or ran last; tick n is due 20 n ms after the start. */
  get tick(): number {
    return this.#tick;
  }

  /** Beats left out because the thread was kept from them. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Now, in units of 1/8 ms since the start. */
  units(): number {
    return ((this.#clock.monoMs() - this.#startMs) * FRAME_UNITS) / FRAME_MS;
  }

  start(): void {
    if (this.#cancel !== undefined) return;
    this.#tick = this.#due();
    this.#arm();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Clocks count in fractions: a millionth of a beat too early is in time. */
  #due(): number {
    return Math.floor((this.#clock.monoMs() - this.#startMs) / FRAME_MS + 1e-6);
  }

  #arm(): void {
    const dueMs = this.#startMs + (this.#tick + 1) * FRAME_MS;
    this.#cancel = this.#clock.after(Math.max(0, dueMs - this.#clock.monoMs()), () => this.#fire());
  }

  #fire(): void {
    const due = this.#due();
    const behind = due - this.#tick - CATCH_UP_TICKS_MAX;
    if (behind > 0) {
      this.#skipped += behind;
      this.#tick += behind;
    }
    while (this.#tick < due && this.#cancel !== undefined) {
      this.#tick += 1;
      this.#beat(this.#tick);
    }
    if (this.#cancel !== undefined) this.#arm();
  }
}
