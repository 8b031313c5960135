// One leg's recorded sound, its length that of real time: a place in it is a moment, whatever came or didn't come.
import { FRAME_UNITS } from "../session/rtp-sender.js";
import { createByteBlock, type ByteBlock } from "../jitter/byte-block.js";
import { lawOf, LAW_RATE_HZ, toOtherLaw, type LawName } from "../codec/g711.js";
import type { RecordingId } from "../engine/command.js";
import type { TrackHandover, TrackWriter } from "./recording-store.js";
import type { Sha256 } from "./sha256.js";

/** Handed to the store once a second: what a crash may cost. */
const CHUNK_BYTES = LAW_RATE_HZ;

export interface TrackOptions {
  readonly recording: RecordingId;
  readonly law: LawName;
  readonly writer: TrackWriter;
  readonly sha256: Sha256;
  /** The tick (20 ms) whose frame is the first. */
  readonly firstTick: number;
  /** Of a track that another one began. */
  readonly from?: Pick<TrackState, "frames" | "chunk">;
}

/** How far a track is: plain data, for one that goes on with it. */
export interface TrackState {
  readonly frames: number;
  /** Not handed to the writer yet. */
  readonly chunk: Uint8Array;
  readonly writer: TrackHandover;
}

export interface TrackEnd {
  readonly durationMs: number;
  readonly sha256: string;
}

export class Track {
  readonly recording: RecordingId;
  readonly #law: LawName;
  readonly #writer: TrackWriter;
  readonly #sha256: Sha256;
  /** Silent from `#chunkLength` on. */
  readonly #chunk = createByteBlock(CHUNK_BYTES);
  #chunkLength = 0;
  #frames = 0;
  #nextTick: number;

  constructor(options: TrackOptions) {
    this.recording = options.recording;
    this.#law = options.law;
    this.#writer = options.writer;
    this.#sha256 = options.sha256;
    this.#nextTick = options.firstTick;
    this.#hush(CHUNK_BYTES);
    if (options.from === undefined) return;
    this.#frames = options.from.frames;
    this.#chunk.bytes.set(options.from.chunk);
    this.#chunkLength = options.from.chunk.length;
  }

  /** Ends it here, for another one that goes on; its hash is then to be made anew. */
  handOver(): TrackState {
    return { frames: this.#frames, chunk: this.#chunk.bytes.slice(0, this.#chunkLength), writer: this.#writer.handOver() };
  }

  /** The sound of `tick`, 160 bytes in `law`; ticks that were left out before it are filled with silence. */
  append(tick: number, frame: Uint8Array, law: LawName): void {
    if (tick < this.#nextTick) return;
    this.fillTo(tick);
    const at = this.#chunkLength;
    const { bytes } = this.#chunk;
    if (law === this.#law) for (let i = 0; i < FRAME_UNITS; i++) bytes[at + i] = frame[i]!;
    else {
      const table = toOtherLaw(law);
      for (let i = 0; i < FRAME_UNITS; i++) bytes[at + i] = table[frame[i]!]!;
    }
    this.#advance();
  }

  /**
   * Lets `write` put the sound of `tick` and the next ones over the silence where it belongs, in pieces that are whole frames
   * of this track's law; none of them may have been there before.
   */
  appendBy(tick: number, frames: number, write: (frames: number, out: ByteBlock, at: number) => void): void {
    this.fillTo(tick);
    for (let left = frames; left > 0; ) {
      const piece = Math.min(left, (CHUNK_BYTES - this.#chunkLength) / FRAME_UNITS);
      write(piece, this.#chunk, this.#chunkLength);
      this.#advance(piece);
      left -= piece;
    }
  }

  /** Silence for every tick before `tick`. */
  fillTo(tick: number): void {
    while (this.#nextTick < tick) {
      this.#advance();
    }
  }

  get durationMs(): number {
    return this.#frames * 20;
  }

  /** Resolves when the store has it all; rejects with the store's reason. */
  async close(): Promise<TrackEnd> {
    this.#flush();
    const sha256 = this.#sha256.hexDigest();
    await this.#writer.close();
    return { durationMs: this.durationMs, sha256 };
  }

  #advance(frames = 1): void {
    this.#nextTick += frames;
    this.#frames += frames;
    this.#chunkLength += frames * FRAME_UNITS;
    if (this.#chunkLength === CHUNK_BYTES) this.#flush();
  }

  #flush(): void {
    if (this.#chunkLength === 0) return;
    const bytes = this.#chunk.bytes.subarray(0, this.#chunkLength);
    this.#sha256.update(bytes);
    this.#writer.append(bytes);
    this.#hush(this.#chunkLength);
    this.#chunkLength = 0;
  }

  #hush(length: number): void {
    this.#chunk.bytes.fill(lawOf(this.#law).silence, 0, length);
  }
}
