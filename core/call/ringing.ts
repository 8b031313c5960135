// What a caller hears while others ring: 180 before the answer, ringback or an announcement after it, or what the far side
// itself lets hear before it answers (early media, RFC 3960).
import type { PlayItem } from "../../media/engine/command.js";
import type { Playback } from "../leg/leg.js";
import type { Announcement } from "../sdk/call.js";
import type { CallerSeat } from "./caller-seat.js";
import { RINGBACK } from "./prompts.js";

/** Whom a caller hears before anybody answers; one at a time. */
export interface EarlyMedia {
  /** The caller is about to hear a far side. False where it can't, or shall hear something else. */
  begin(): boolean;
  /** It no longer does; others may still ring. */
  end(): void;
}

export interface RingingOptions {
  readonly seat: CallerSeat;
  readonly announce: (what: Announcement) => readonly PlayItem[];
}

export class Ringing implements EarlyMedia {
  readonly #options: RingingOptions;
  #what: Announcement | undefined;
  #playback: Playback | undefined;

  constructor(options: RingingOptions) {
    this.#options = options;
  }

  /** @param what heard over and over, and then instead of early media; ringback unless told */
  start(what?: Announcement): void {
    this.#what = what;
    const { leg } = this.#options.seat;
    if (leg.state === "setup") leg.ring();
    this.#sound();
  }

  begin(): boolean {
    if (this.#what !== undefined || !this.#options.seat.leg.progress()) return false;
    this.stop();
    return true;
  }

  end(): void {
    this.#sound();
  }

  stop(): void {
    this.#playback?.stop();
    this.#playback = undefined;
  }

  /** A phone that was sent 183 makes no ringback of its own any more. */
  #sound(): void {
    const { announce, seat } = this.#options;
    const caller = seat.leg;
    if (caller.hasSound && this.#playback === undefined) this.#playback = caller.play(announce(this.#what ?? RINGBACK), { bargeIn: false, repeat: true });
  }
}
