// A call's sound joined from its tracks: caller left, agent right, each where it stood in the call.
import { Readable } from "node:stream";
import { Writer } from "wav";
import { lawOf } from "../../media/codec/g711.js";
import type { RecordingId } from "../../media/engine/command.js";
import type { RecordingStore } from "../../media/recorder/recording-store.js";
import type { CdrRecording } from "../cdr/cdr.js";

const RATE_HZ = 8000;
const SAMPLES_PER_MS = RATE_HZ / 1000;
const CHANNELS = 2;
const BYTES_PER_SAMPLE = 2;
/** Made and handed on at a time: a second. */
const CHUNK_SAMPLES = RATE_HZ;

interface Track {
  readonly channel: 0 | 1;
  /** Where it begins, in samples since the first track did. */
  readonly startSample: number;
  readonly law: Int16Array;
  readonly bytes: Uint8Array;
}

/**
 * The whole call as a stereo WAV, 16 bits, 8000 Hz, with its length in the header; silence where a side has nothing.
 * Where two tracks of a side overlap both are heard. undefined where none of the tracks is there.
 */
export async function openCallAudio(store: Pick<RecordingStore, "read">, recordings: readonly CdrRecording[]): Promise<Readable | undefined> {
  const tracks = await readTracks(store, recordings);
  if (tracks.length === 0) return undefined;
  const length = tracks.reduce((end, track) => Math.max(end, track.startSample + track.bytes.length), 0);
  // The package's streams are of an older kind that can't be iterated.
  return new Readable().wrap(Readable.from(chunks(tracks, length)).pipe(createWavWriter(length * CHANNELS * BYTES_PER_SAMPLE)));
}

async function readTracks(store: Pick<RecordingStore, "read">, recordings: readonly CdrRecording[]): Promise<readonly Track[]> {
  const found = [];
  for (const recording of recordings) {
    const track = await store.read(recording.recording as RecordingId);
    if (track !== undefined) found.push({ recording, track });
  }
  const firstMs = Math.min(...found.map(({ recording }) => recording.offsetMs));
  return found.map(({ recording, track }) => ({
    channel: recording.role === "caller" ? 0 : 1,
    startSample: Math.round((recording.offsetMs - firstMs) * SAMPLES_PER_MS),
    law: lawOf(track.codec).decode,
    bytes: track.bytes,
  }));
}

function* chunks(tracks: readonly Track[], length: number): Generator<Buffer> {
  for (let start = 0; start < length; start += CHUNK_SAMPLES) {
    const samples = new Int16Array(Math.min(CHUNK_SAMPLES, length - start) * CHANNELS);
    for (const track of tracks) addTrack(samples, track, start);
    const bytes = Buffer.alloc(samples.byteLength);
    for (let i = 0; i < samples.length; i++) bytes.writeInt16LE(samples[i]!, i * BYTES_PER_SAMPLE);
    yield bytes;
  }
}

function addTrack(samples: Int16Array, track: Track, start: number): void {
  const first = Math.max(0, start - track.startSample);
  const end = Math.min(track.bytes.length, start - track.startSample + samples.length / CHANNELS);
  for (let i = first; i < end; i++) {
    const at = (i + track.startSample - start) * CHANNELS + track.channel;
    samples[at] = Math.max(-32768, Math.min(32767, samples[at]! + track.law[track.bytes[i]!]!));
  }
}

/** The package writes its header before the first sample and asks itself for the length, which is known here. */
function createWavWriter(dataLength: number): Writer {
  class SizedWriter extends Writer {
    get dataLength(): number {
      return dataLength;
    }
  }
  return new SizedWriter({ channels: CHANNELS, sampleRate: RATE_HZ, bitDepth: BYTES_PER_SAMPLE * 8 });
}
