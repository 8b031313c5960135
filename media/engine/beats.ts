// Who has which beat: most legs every one, those whose packets pass by themselves every fifth.

/** Has both halves of its beats: all listen before any speaks. */
export interface BeatTaker {
  listen(tick: number): void;
  speak(tick: number): void;
}

/** Often enough to see that packets have stopped, or that a report is due. */
const REST_BEATS = 5;

export class Beats {
  readonly #awake = new Set<BeatTaker>();
  /** One set a beat, so that a beat meets its own alone. */
  readonly #resting: readonly Set<BeatTaker>[] = Array.from({ length: REST_BEATS }, () => new Set<BeatTaker>());
  readonly #onFault: (error: unknown) => void;
  #place = 0;

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Every beat from the next on. */
  wake(leg: BeatTaker): void {
    this.leave(leg);
    this.#awake.add(leg);
  }

  rest(leg: BeatTaker): void {
    if (!this.#awake.delete(leg)) return;
    this.#place = (this.#place + 1) % REST_BEATS;
    this.#resting[this.#place]!.add(leg);
  }

  leave(leg: BeatTaker): void {
    this.#awake.delete(leg);
    for (const legs of this.#resting) legs.delete(leg);
  }

  beat(tick: number): void {
    // A bridged leg speaks what its peer heard in this same beat.
    for (const leg of this.#awake) this.#listen(leg, tick);
    for (const leg of this.#awake) this.#speak(leg, tick);
    for (const leg of this.#resting[tick % REST_BEATS]!) {
      this.#listen(leg, tick);
      this.#speak(leg, tick);
    }
  }

  /** One leg's fault costs no other leg its beat. */
  #listen(leg: BeatTaker, tick: number): void {
    try {
      leg.listen(tick);
    } catch (error) {
      this.#onFault(error);
    }
  }

  #speak(leg: BeatTaker, tick: number): void {
    try {
      leg.speak(tick);
    } catch (error) {
      this.#onFault(error);
    }
  }
}
