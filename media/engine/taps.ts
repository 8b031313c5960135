// Who listens in on a leg beside its bridge and its recording: detectors, and a message that is being left. None costs nothing.
import { FRAME_UNITS } from "../session/rtp-sender.js";
import { Ear, type EarState } from "./ear.js";
import type { Detected, DetectorSet } from "./detection.js";
import type { Message } from "../recorder/message.js";

export interface TapEvents {
  onDetected(detected: Detected, afterMs: number): void;
  /** It is over by itself: who speaks has finished, or never began. */
  onMessageOver(message: Message): void;
}

const SILENCE = new Int16Array(FRAME_UNITS);

export class Taps {
  readonly #events: TapEvents;
  #ear: Ear | undefined;
  #message: Message | undefined;

  constructor(events: TapEvents) {
    this.#events = events;
  }

  /** Whether anybody listens. */
  get any(): boolean {
    return this.#ear !== undefined || this.#message !== undefined;
  }

  /** Replaces what is listened for. */
  listenFor(set: DetectorSet | undefined): void {
    this.#ear = set === undefined ? undefined : new Ear(set, this.#events.onDetected);
  }

  get ear(): EarState | undefined {
    return this.#ear?.save();
  }

  /** What another engine's leg was listened to for. */
  set ear(state: EarState | undefined) {
    this.#ear = state === undefined ? undefined : Ear.restore(state, this.#events.onDetected);
  }

  get message(): Message | undefined {
    return this.#message;
  }

  set message(message: Message | undefined) {
    this.#message = message;
  }

  /** Takes 20 ms at 8000 Hz. */
  push(samples: Int16Array): void {
    this.#ear?.push(samples);
    const message = this.#message;
    if (message?.push(samples) === true) this.#events.onMessageOver(message);
  }

  /** So many beats went by unheard. */
  skip(beats: number): void {
    this.#ear?.skip(beats);
    for (let i = 0; i < Math.min(beats, 50); i++) this.#message?.push(SILENCE);
  }
}
