// A track whose writer died: what the store has of it is what it is.
import type { Clock } from "../../protocol/base/clock.js";
import { SAMPLES_PER_MS } from "../codec/g711.js";
import type { RecordingId } from "../engine/command.js";
import type { RecordingStore } from "./recording-store.js";
import type { CreateSha256 } from "./sha256.js";
import type { TrackEnd } from "./track.js";

/** Hashed at a time, a millisecond's work: calls go on in between. */
const CHUNK_BYTES = 1 << 18;

export interface RecoverySurroundings {
  readonly clock: Clock;
  readonly recordings: RecordingStore;
  readonly createSha256: CreateSha256;
}

/** One whose writer died before it came to write is empty. Rejects with the store's reason. */
export async function recoverTrack({ clock, recordings, createSha256 }: RecoverySurroundings, recording: RecordingId): Promise<TrackEnd> {
  const bytes = (await recordings.read(recording))?.bytes ?? new Uint8Array(0);
  const sha256 = createSha256();
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    if (at > 0) await new Promise<void>((resolve) => void clock.after(0, resolve));
    sha256.update(bytes.subarray(at, at + CHUNK_BYTES));
  }
  return { durationMs: bytes.length / SAMPLES_PER_MS, sha256: sha256.hexDigest() };
}
