// Somebody who was asked to speak is recorded until they have finished: a track from shortly before the first word to
// shortly behind the last one.
import { G711 } from "../codec/g711.js";
import { EndOfSpeech, type EndOfSpeechOptions, type SpeechEnd } from "../dsp/voice/end-of-speech.js";
import type { RecordingId } from "../engine/command.js";
import { FRAME_MS, FRAME_UNITS } from "../session/rtp-sender.js";
import type { RecordingStore } from "./recording-store.js";
import type { CreateSha256 } from "./sha256.js";
import { Track, type TrackEnd } from "./track.js";

export interface MessageOptions extends EndOfSpeechOptions {
  readonly recording: RecordingId;
  readonly recordings: RecordingStore;
  readonly createSha256: CreateSha256;
}

/** `stopped`: by a command, or the leg's end. */
export type MessageEnd = SpeechEnd | "stopped";

/** What is kept before the first word, for it begins softly, and behind the last one. */
const LEAD_FRAMES = 400 / FRAME_MS;
const TAIL_MS = 200;
/** Pauses are held back until somebody speaks again. */
const SILENCE_MS_MAX = 30_000;

const ENCODER = G711.PCMA.createEncoder();

export class Message {
  readonly recording: RecordingId;
  readonly #ear: EndOfSpeech;
  readonly #track: Track;
  readonly #held: Uint8Array[] = [];
  readonly #spare: Uint8Array[] = [];
  /** Frames heard, and of these the ones that are decided about. */
  #heard = 0;
  #settled = 0;
  #written = 0;
  #end: MessageEnd | undefined;

  constructor({ recording, recordings, createSha256, beginMs, silenceMs, lengthMs }: MessageOptions) {
    this.recording = recording;
    this.#ear = new EndOfSpeech({ beginMs, silenceMs: Math.min(silenceMs, SILENCE_MS_MAX), lengthMs });
    this.#track = new Track({ recording, law: "PCMA", writer: recordings.create(recording, "PCMA"), sha256: createSha256(), firstTick: 0 });
  }

  /** Takes 20 ms at 8000 Hz; true once it is over by itself. */
  push(samples: Int16Array): boolean {
    if (this.#end !== undefined) return false;
    const frame = this.#spare.pop() ?? new Uint8Array(FRAME_UNITS);
    ENCODER.encode(samples, frame, 0);
    this.#held.push(frame);
    this.#heard += 1;
    const end = this.#ear.push(samples);
    const spokenMs = this.#ear.spokenUntilMs;
    if (spokenMs > 0) this.#write(Math.min(this.#heard, (spokenMs + TAIL_MS) / FRAME_MS));
    else if (this.#held.length > LEAD_FRAMES) {
      this.#spare.push(this.#held.shift()!);
      this.#settled += 1;
    }
    this.#end = end;
    return end !== undefined;
  }

  /** Ends it, however far it is. Resolves with its length when the store has it all; rejects with the store's reason. */
  async close(): Promise<TrackEnd & { readonly why: MessageEnd }> {
    this.#end ??= "stopped";
    const why = this.#end;
    return { ...(await this.#track.close()), why };
  }

  #write(untilFrame: number): void {
    while (this.#settled < untilFrame) {
      const frame = this.#held.shift()!;
      this.#track.append(this.#written++, frame, "PCMA");
      this.#spare.push(frame);
      this.#settled += 1;
    }
  }
}
