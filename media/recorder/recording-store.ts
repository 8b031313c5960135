import type { LawName } from "../codec/g711.js";
import type { RecordingId } from "../engine/command.js";

/** A track being written: append-only, the payload bytes of one G.711 law at 8000 Hz, 1 byte a sample. */
export interface TrackWriter {
  /** `bytes` stay as they are until it calls `written`, once, whatever became of them. Never throws: a failing disk is told by `close`. */
  append(bytes: Uint8Array, written: () => void): void;
  /** Resolves when all is on disk; rejects with what went wrong. */
  close(): Promise<void>;
  /** Another writer goes on with the track, in another thread: this one writes nothing more that the other would not write too. */
  handOver(): TrackHandover;
}

/** How far a track is: plain data. */
export interface TrackHandover {
  /** Bytes that are surely written. */
  readonly written: number;
  /** What follows them; a part of it may be written already. */
  readonly owed: Uint8Array;
}

/** Where tracks live; their meaning (call, leg, offset) stands in the journal. */
export interface RecordingStore {
  create(recording: RecordingId, codec: LawName): TrackWriter;
  /** Goes on with a track that another writer has handed over. */
  goOn(recording: RecordingId, codec: LawName, from: TrackHandover): TrackWriter;
  /** A track's bytes so far; undefined where there is none. */
  read(recording: RecordingId): Promise<{ readonly codec: LawName; readonly bytes: Uint8Array } | undefined>;
}
