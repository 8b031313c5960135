// One press of a key, told once: a phone may send it in RTP and in an INFO as well, and the two come apart.
import type { Clock } from "../../protocol/base/clock.js";

export type KeySource = "media" | "signaling";

/** What two ways may take longer than each other, besides how long the key was held. */
const APART_MS_MAX = 400;

export class KeyFilter {
  readonly #clock: Clock;
  #last: { readonly key: string; readonly source: KeySource; readonly untilMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False for what the other way has told already. @param durationMs how long it was held; 0 where that is not known */
  passes(key: string, source: KeySource, durationMs = 0): boolean {
    const nowMs = this.#clock.monoMs();
    const last = this.#last;
    // An INFO comes when the key is let go, and says for how long it was held: the press was that much earlier.
    if (last !== undefined && last.key === key && last.source !== source && nowMs - durationMs <= last.untilMs) {
      this.#last = undefined;
      return false;
    }
    this.#last = { key, source, untilMs: nowMs + APART_MS_MAX };
    return true;
  }
}
