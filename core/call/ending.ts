// The end of a call as its handler meets it: what waits is rejected once, and what comes after can't spin.
import type { Clock } from "../../protocol/base/clock.js";
import { CallEnded } from "../sdk/control.js";

/** Steps begun after the end wait this much longer each before they reject, so that a handler in a loop costs nothing. */
const LATE_STEP_MS = 10;
/** A handler that still asks after so many rejections is left waiting for ever, to be collected as garbage. */
const LATE_STEPS_MAX = 100;

export class Ending {
  readonly #clock: Clock;
  readonly #aborter = new AbortController();
  readonly #waiting = new Set<(error: CallEnded) => void>();
  #lateSteps = 0;
  #over = false;
  #frozen = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get over(): boolean {
    return this.#over;
  }

  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Resolves or rejects as `step` does, but rejects with CallEnded when the caller goes first. */
  race<T>(step: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      // What the step says later is nobody's: its own rejection counts as heard.
      if (this.#over) reject(gone());
      this.#waiting.add(reject);
      const alive =
        <V>(settle: (value: V) => void) =>
        (value: V): void => {
          this.#waiting.delete(reject);
          if (!this.#frozen) settle(value);
        };
      step.then(alive(resolve), alive(reject));
    });
  }

  /** To be awaited before a step begins. */
  async check(): Promise<void> {
    if (this.#frozen) await new Promise(() => undefined);
    if (!this.#over) return;
    this.#lateSteps += 1;
    if (this.#lateSteps > LATE_STEPS_MAX) await new Promise(() => undefined);
    if (this.#lateSteps > 1) await new Promise<void>((resolve) => void this.#clock.after(LATE_STEP_MS * this.#lateSteps, resolve));
    throw gone();
  }

  /** No step comes to its end any more: another process goes on with the call. */
  freeze(): void {
    this.#frozen = true;
    this.#waiting.clear();
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  end(): void {
    if (this.#over || this.#frozen) return;
    this.#over = true;
    const error = gone();
    for (const reject of [...this.#waiting]) reject(error);
    this.#waiting.clear();
    this.#aborter.abort(error);
  }
}

const gone = (): CallEnded => new CallEnded("the caller is gone");
