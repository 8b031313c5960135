// Somebody who was asked to speak is recorded until they have finished: a track from shortly before the first word to
// shortly behind the last one.
import { G711 } from "../codec/g711.js";
import { EndOfSpeech, type EndOfSpeechOptions, type EndOfSpeechState, type SpeechEnd } from "../dsp/voice/end-of-speech.js";
import type { RecordingId } from "../engine/command.js";
import { FRAME_MS, FRAME_UNITS } from "../session/rtp-sender.js";
import type { ChunkPool } from "./chunk-pool.js";
import { recoverTrack, type RecoverySurroundings } from "./recovered-track.js";
import { Track, type TrackEnd, type TrackState } from "./track.js";

export interface MessageOptions extends EndOfSpeechOptions {
  readonly recording: RecordingId;
}

/** Plain data, for a message that goes on in another engine. */
export interface MessageState {
  readonly options: MessageOptions;
  readonly ear: EndOfSpeechState;
  readonly track: TrackState;
  readonly held: readonly Uint8Array[];
  readonly heard: number;
  readonly settled: number;
  readonly written: number;
}

export interface MessageSurroundings extends RecoverySurroundings {
  readonly chunks: ChunkPool;
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
  readonly #options: MessageOptions;
  readonly #around: MessageSurroundings;
  readonly #ear: EndOfSpeech;
  readonly #track: Track;
  readonly #held: Uint8Array[] = [];
  readonly #spare: Uint8Array[] = [];
  /** Frames heard, and of these the ones that are decided about. */
  #heard = 0;
  #settled = 0;
  #written = 0;
  #goesOn = false;
  #end: MessageEnd | undefined;

  /** @param state of one that another engine began */
  constructor(options: MessageOptions, around: MessageSurroundings, state?: MessageState) {
    const { recording, beginMs, silenceMs, lengthMs } = options;
    const { recordings, createSha256, chunks } = around;
    this.recording = recording;
    this.#options = { recording, beginMs, silenceMs, lengthMs };
    this.#around = around;
    this.#ear = new EndOfSpeech({ beginMs, silenceMs: Math.min(silenceMs, SILENCE_MS_MAX), lengthMs }, state?.ear);
    const track = { recording, law: "PCMA", sha256: createSha256(), chunks } as const;
    if (state === undefined) this.#track = new Track({ ...track, writer: recordings.create(recording, "PCMA"), firstTick: 0 });
    else this.#track = new Track({ ...track, writer: recordings.goOn(recording, "PCMA", state.track.writer), firstTick: state.written, from: state.track });
    if (state === undefined) return;
    this.#goesOn = true;
    this.#held.push(...state.held);
    this.#heard = state.heard;
    this.#settled = state.settled;
    this.#written = state.written;
  }

  /** Stops here, for an engine that goes on with it; undefined where it is over. */
  handOver(): MessageState | undefined {
    if (this.#end !== undefined) return undefined;
    this.#end = "stopped";
    return { options: this.#options, ear: this.#ear.save(), track: this.#track.handOver(), held: this.#held, heard: this.#heard, settled: this.#settled, written: this.#written };
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
    const end = await this.#track.close();
    if (!this.#goesOn) return { ...end, why };
    // Its beginning was hashed elsewhere.
    const { sha256 } = await recoverTrack(this.#around, this.recording);
    return { ...end, sha256, why };
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
