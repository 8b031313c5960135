import type { LawName } from "../codec/g711.js";
import type { RecordingId } from "../engine/command.js";

/** A track being written: append-only, the payload bytes of one G.711 law at 8000 Hz, 1 byte a sample. */
export interface TrackWriter {
  /** Keeps its own copy of `bytes`. Never throws: a failing disk is told by `close`. */
  append(bytes: Uint8Array): void;
  /** Resolves when all is on disk; rejects with what went wrong. */
  close(): Promise<void>;
}

/** Where tracks live; their meaning (call, leg, offset) stands in the journal. */
export interface RecordingStore {
  create(recording: RecordingId, codec: LawName): TrackWriter;
  /** A track's bytes so far; undefined where there is none. */
  read(recording: RecordingId): Promise<{ readonly codec: LawName; readonly bytes: Uint8Array } | undefined>;
}
