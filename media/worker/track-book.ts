// Who writes which track: where a worker dies, another one closes what it wrote.
import type { LegId, RecordingId } from "../engine/command.js";
import type { WorkerSlot } from "./worker-slot.js";

interface TrackEntry {
  readonly leg: LegId;
  /** Who writes it or was asked to close it; undefined while nobody lives who could. */
  slot: WorkerSlot | undefined;
}

export class TrackBook {
  readonly #slots: readonly WorkerSlot[];
  readonly #tracks = new Map<RecordingId, TrackEntry>();

  constructor(slots: readonly WorkerSlot[]) {
    this.#slots = slots;
  }

  /** Tracks that are not closed yet. */
  get size(): number {
    return this.#tracks.size;
  }

  begun(recording: RecordingId, leg: LegId, slot: WorkerSlot | undefined): void {
    this.#tracks.set(recording, { leg, slot });
  }

  /** It is closed, or can't be. */
  closed(recording: RecordingId): void {
    this.#tracks.delete(recording);
  }

  /** `slot`, who was to write it, never came to it. */
  abandon(recording: RecordingId, slot: WorkerSlot | undefined): void {
    const entry = this.#tracks.get(recording);
    if (entry === undefined || entry.slot !== slot) return;
    entry.slot = undefined;
    this.recover();
  }

  died(slot: WorkerSlot): void {
    for (const entry of this.#tracks.values()) if (entry.slot === slot) entry.slot = undefined;
    this.recover();
  }

  /** Has the tracks that nobody writes any more closed by somebody who lives; called again when somebody does. */
  recover(): void {
    const slot = this.#slots.find((candidate) => candidate.alive);
    if (slot === undefined) return;
    for (const [recording, entry] of this.#tracks) {
      if (entry.slot !== undefined) continue;
      entry.slot = slot;
      slot.post({ type: "record.recover", leg: entry.leg, recording });
    }
  }
}
