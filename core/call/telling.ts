// What a caller is told by the handler: announcements that a key ends, and what it hears on hold.
import type { Playback } from "../leg/leg.js";
import type { Announcement } from "../sdk/call.js";
import type { Language } from "../speech/part.js";
import type { CallPorts } from "./call-ports.js";
import type { CallerSeat } from "./caller-seat.js";
import type { Ending } from "./ending.js";
import type { Keypad } from "./keypad.js";
import { ON_HOLD } from "./prompts.js";

export interface TellingOptions {
  readonly seat: CallerSeat;
  readonly ports: Pick<CallPorts, "announce" | "prepare">;
  readonly keypad: Keypad;
  readonly ending: Ending;
  readonly language: () => Language;
}

export class Telling {
  readonly #options: TellingOptions;
  /** What `play` began last. */
  #playback: Playback | undefined;
  #holdSound: Playback | undefined;
  /** What a key ends. */
  #interruptible: Playback | undefined;

  constructor(options: TellingOptions) {
    this.#options = options;
  }

  /** Resolves when it was heard or not needed; false where the caller left instead. */
  async play(what: Announcement, bargeIn: boolean): Promise<boolean> {
    const { ports, keypad, ending, language } = this.#options;
    const { leg } = this.#options.seat;
    // A key typed ahead answers the question before it is asked.
    if (bargeIn && keypad.waiting) return true;
    const preparing = ports.prepare?.(what, language());
    if (preparing !== undefined) {
      await ending.race(preparing);
      if (bargeIn && keypad.waiting) return true;
    }
    const playback = leg.play(ports.announce(what, language()), { bargeIn, repeat: false });
    this.#playback = playback;
    this.#interruptible = bargeIn ? playback : undefined;
    await ending.race(playback.ended);
    return leg.state !== "ended";
  }

  /** See `Call.hold`. */
  async hold(whileHeld: Announcement | undefined): Promise<boolean> {
    const { ports, ending, language } = this.#options;
    const { leg } = this.#options.seat;
    const held = await ending.race(leg.hold(true));
    this.#holdSound?.stop();
    this.#holdSound = leg.play(whileHeld === undefined ? ON_HOLD : ports.announce(whileHeld, language()), { bargeIn: false, repeat: true });
    return held;
  }

  async resume(): Promise<void> {
    this.#holdSound?.stop();
    this.#holdSound = undefined;
    await this.#options.ending.race(this.#options.seat.leg.hold(false));
  }

  /** A key was pressed. The engine ends a prompt at it by itself, unless it came just before it was told to play. */
  interrupt(): void {
    this.#interruptible?.stop();
    this.#interruptible = undefined;
  }

  /** Resolves when the last announcement is over, whether its handler waited for it or not; never rejects. */
  async heard(): Promise<void> {
    await this.#playback?.ended;
  }
}
