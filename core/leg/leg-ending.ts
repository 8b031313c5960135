// The end of a leg: begun once, over when signalling and media both are, or after a while all the same; told once.
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { SessionEnd } from "../signaling/session.js";

export interface LegEndingOptions {
  readonly clock: Clock;
  /** Nobody serves the leg any more; its media may still be closing. */
  readonly onEnding: (end: SessionEnd) => void;
  /** `forced`: signalling or media did not confirm the end in time. */
  readonly onEnded: (end: SessionEnd, forced: boolean) => void;
  /** Media is waited for no longer. */
  readonly onAbandoned: () => void;
}

/** After this long an end that signalling or media has not confirmed is an end all the same. */
const ENDING_MS_MAX = 5000;

/** Its callbacks are never called inside the call that caused them. */
export class LegEnding {
  readonly #options: LegEndingOptions;
  #end: SessionEnd | undefined;
  #failure: SessionEnd | undefined;
  #sessionOver = false;
  #mediaClosed = false;
  #completed = false;
  #cancelWatchdog: Cancel = () => {};

  constructor(options: LegEndingOptions) {
    this.#options = options;
  }

  /** Something that the session does not know, and that outweighs what it will say. */
  blame(end: SessionEnd): void {
    this.#failure ??= end;
  }

  begin(end: SessionEnd): void {
    const { clock, onEnding } = this.#options;
    this.#end = end;
    this.#cancelWatchdog = clock.after(ENDING_MS_MAX, () => this.#force());
    // Whoever ends us has said why by then.
    void Promise.resolve().then(() => onEnding(this.#why));
  }

  /** @param end the far side's word instead of our guess; absent where there never was a session */
  sessionOver(end?: SessionEnd): void {
    this.#sessionOver = true;
    if (end !== undefined) this.#end = end;
    this.#complete();
  }

  mediaClosed(): void {
    this.#mediaClosed = true;
    this.#complete();
  }

  get #why(): SessionEnd {
    return this.#failure ?? this.#end!;
  }

  #force(): void {
    if (this.#completed) return;
    this.#completed = true;
    this.#options.onAbandoned();
    this.#options.onEnded(this.#why, true);
  }

  #complete(): void {
    if (this.#completed || this.#end === undefined || !this.#sessionOver || !this.#mediaClosed) return;
    this.#completed = true;
    this.#cancelWatchdog();
    void Promise.resolve().then(() => this.#options.onEnded(this.#why, false));
  }
}
