// What is recorded of a leg's far side: one track of all of it, and whatever else is being closed.
import { RecordingError } from "../recorder/error.js";
import { closedInTime } from "../recorder/closing.js";
import { Track } from "../recorder/track.js";
import type { LawName } from "../codec/g711.js";
import { FRAME_MS } from "../session/rtp-sender.js";
import type { LegId, MediaEvent, RecordingId } from "./command.js";
import type { LegSurroundings } from "./leg-surroundings.js";

export class Recorder {
  readonly #leg: LegId;
  readonly #around: LegSurroundings;
  readonly #closing = new Set<Promise<void>>();
  /** The one that is written; whoever listens appends to it. */
  track: Track | undefined;
  #maskedUntilTick = 0;

  constructor(leg: LegId, around: LegSurroundings) {
    this.#leg = leg;
    this.#around = around;
  }

  /** Silence is recorded instead of what is said now. */
  get masked(): boolean {
    return this.#around.tick() < this.#maskedUntilTick;
  }

  get maskedUntilTick(): number {
    return this.#maskedUntilTick;
  }

  set maskedUntilTick(tick: number) {
    this.#maskedUntilTick = tick;
  }

  /** Switched off, it covers what the jitter buffer still holds. */
  mask(on: boolean): void {
    this.#maskedUntilTick = on ? Infinity : this.#around.tick() + 1 + Math.ceil(this.#around.jitterMs / FRAME_MS);
  }

  /** @param firstTick whose frame is the first */
  start(recording: RecordingId, law: LawName, firstTick: number): void {
    const { recordings, createSha256, chunks } = this.#around;
    this.track = new Track({ recording, law, writer: recordings.create(recording, law), sha256: createSha256(), chunks, firstTick });
  }

  /** Closes a track that is written no more, and tells it. */
  close(track: Track): void {
    track.fillTo(this.#around.tick() + 1);
    this.tellClosed(track, (end) => ({ type: "record.closed", leg: this.#leg, recording: track.recording, ...end }));
  }

  tellClosed<End>(track: { readonly recording: RecordingId; close(): Promise<End> }, told: (end: End) => MediaEvent): void {
    const { emit } = this.#around;
    const failed = (error: unknown): void => emit({ type: "record.failed", leg: this.#leg, recording: track.recording, reason: error instanceof RecordingError ? error.code : String(error) });
    const closing = track
      .close()
      .then((end) => emit(told(end)), failed)
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Resolves when all is closed and told. */
  closed(): Promise<void> {
    return Promise.all(this.#closing).then(() => undefined);
  }

  /** As `closed`, but calls `then` within a time that a hanging disk does not make longer; at once where nothing is being closed. */
  afterClosing(then: () => void): Promise<void> {
    if (this.#closing.size === 0) return Promise.resolve(then());
    return closedInTime(this.#closing, this.#around.clock).then(then);
  }
}
