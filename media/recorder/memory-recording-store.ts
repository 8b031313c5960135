import type { LawName } from "../codec/g711.js";
import type { RecordingId } from "../engine/command.js";
import { RecordingError } from "./error.js";
import type { RecordingStore, TrackHandover, TrackWriter } from "./recording-store.js";

interface StoredTrack {
  readonly codec: LawName;
  readonly chunks: Uint8Array[];
}

/** Tracks in memory, for simulations. */
export class MemoryRecordingStore implements RecordingStore {
  readonly #tracks = new Map<RecordingId, StoredTrack>();

  create(recording: RecordingId, codec: LawName): TrackWriter {
    if (this.#tracks.has(recording)) {
      const error = new RecordingError("RECORDING_EXISTS", "this recording exists", { recording });
      return { append: (_bytes, written) => written(), close: () => Promise.reject(error), handOver: () => ({ written: 0, owed: new Uint8Array(0) }) };
    }
    const track: StoredTrack = { codec, chunks: [] };
    this.#tracks.set(recording, track);
    return writerOf(track);
  }

  goOn(recording: RecordingId, codec: LawName, { owed }: TrackHandover): TrackWriter {
    const track = this.#tracks.get(recording) ?? { codec, chunks: [] };
    this.#tracks.set(recording, track);
    if (owed.length > 0) track.chunks.push(owed.slice());
    return writerOf(track);
  }

  read(recording: RecordingId): Promise<{ readonly codec: LawName; readonly bytes: Uint8Array } | undefined> {
    const track = this.#tracks.get(recording);
    if (track === undefined) return Promise.resolve(undefined);
    const bytes = new Uint8Array(track.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of track.chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return Promise.resolve({ codec: track.codec, bytes });
  }
}

function writerOf(track: StoredTrack): TrackWriter {
  return {
    append: (bytes, written) => {
      track.chunks.push(bytes.slice());
      written();
    },
    close: () => Promise.resolve(),
    // What was appended is there.
    handOver: () => ({ written: track.chunks.reduce((sum, chunk) => sum + chunk.length, 0), owed: new Uint8Array(0) }),
  };
}
