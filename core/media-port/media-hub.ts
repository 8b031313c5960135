// One MediaPort, many legs: hands each media event to the leg that it belongs to.
import type { LegId, MediaCommand, MediaEvent, MediaPort } from "../../media/engine/command.js";

/** Events of one leg, in the media engine's order. */
export type LegMediaListener = (event: MediaEvent) => void;

export interface MediaHubCounters {
  /** Events of a leg that nobody listens to any more. */
  readonly orphans: number;
  /** Listeners that threw. */
  readonly failures: number;
}

export interface MediaHubOptions {
  readonly media: MediaPort;
  /** Told what a listener threw; the other legs go on. */
  readonly onFailure?: (leg: LegId, error: unknown) => void;
}

/** Takes the port's only listener. */
export class MediaHub {
  readonly #media: MediaPort;
  readonly #onFailure: (leg: LegId, error: unknown) => void;
  readonly #listeners = new Map<LegId, LegMediaListener>();
  #orphans = 0;
  #failures = 0;

  constructor(options: MediaHubOptions) {
    this.#media = options.media;
    this.#onFailure = options.onFailure ?? (() => {});
    this.#media.onEvent((event) => this.#dispatch(event));
  }

  /** Legs that listen now. */
  get size(): number {
    return this.#listeners.size;
  }

  counters(): MediaHubCounters {
    return { orphans: this.#orphans, failures: this.#failures };
  }

  send(command: MediaCommand): void {
    this.#media.send(command);
  }

  /** Events of `leg` go to `listener` until `detach`. A leg has one listener; a second replaces it. */
  attach(leg: LegId, listener: LegMediaListener): void {
    this.#listeners.set(leg, listener);
  }

  detach(leg: LegId): void {
    this.#listeners.delete(leg);
  }

  #dispatch(event: MediaEvent): void {
    const listener = this.#listeners.get(event.leg);
    if (listener === undefined) {
      this.#orphans += 1;
      // Whoever asked for this port has given up waiting: nobody else will ever close it.
      if (event.type === "leg.opened") this.#media.send({ type: "leg.close", leg: event.leg });
      return;
    }
    try {
      listener(event);
    } catch (error) {
      this.#failures += 1;
      this.#onFailure(event.leg, error);
    }
  }
}
