// One leg's recorded sound, its length that of real time: a place in it is a moment, whatever came or didn't come. Sound may
// be put where it belongs before its time has come; what nobody put is silence.
import { FRAME_UNITS } from "../session/rtp-sender.js";
import { copyBytes } from "../jitter/byte-block.js";
import { lawOf, toOtherLaw, type LawName } from "../codec/g711.js";
import type { RecordingId } from "../engine/command.js";
import { CHUNK_BYTES, CHUNK_TICKS, type Chunk, type ChunkPool } from "./chunk-pool.js";
import type { TrackHandover, TrackWriter } from "./recording-store.js";
import type { Sha256 } from "./sha256.js";

export interface TrackOptions {
  readonly recording: RecordingId;
  readonly law: LawName;
  readonly writer: TrackWriter;
  readonly sha256: Sha256;
  readonly chunks: ChunkPool;
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

interface Span {
  start: number;
  end: number;
}

export class Track {
  readonly recording: RecordingId;
  readonly law: LawName;
  readonly #silence: number;
  readonly #writer: TrackWriter;
  readonly #sha256: Sha256;
  readonly #chunks: ChunkPool;
  readonly #phase: number;
  /** The second that runs. */
  #chunk: Chunk;
  /** The one after it, once something was put there. */
  #next: Chunk | undefined;
  /** Where in the chunk this track begins, and where its next frame is. */
  #begin: number;
  #at: number;
  #frames = 0;
  #nextTick: number;
  readonly #span: Span = { start: 0, end: 0 };

  constructor({ recording, law, writer, sha256, chunks, firstTick, from }: TrackOptions) {
    this.recording = recording;
    this.law = law;
    this.#silence = lawOf(law).silence;
    this.#writer = writer;
    this.#sha256 = sha256;
    this.#chunks = chunks;
    this.#phase = chunks.nextPhase();
    this.#nextTick = firstTick;
    this.#begin = this.#at = (((((firstTick + this.#phase) % CHUNK_TICKS) + CHUNK_TICKS) % CHUNK_TICKS) * CHUNK_BYTES) / CHUNK_TICKS;
    this.#chunk = chunks.take(this.#silence);
    if (from === undefined) return;
    this.#frames = from.frames;
    this.#hand(from.chunk, () => {});
  }

  /** The tick whose frame is the next one. */
  get nextTick(): number {
    return this.#nextTick;
  }

  /** The second that runs, where in it the next frame is, and how many bytes it has from there on. */
  get chunk(): Chunk {
    return this.#chunk;
  }

  get at(): number {
    return this.#at;
  }

  get room(): number {
    return CHUNK_BYTES - this.#at;
  }

  /** Ends it here, for another one that goes on; its hash is then to be made anew. */
  handOver(): TrackState {
    const state = { frames: this.#frames, chunk: this.#passed().slice(), writer: this.#writer.handOver() };
    this.#release(this.#chunk);
    this.#forgetNext();
    return state;
  }

  /** The sound of `tick`, 160 bytes in `law`; ticks that were left out before it stay as they are. */
  append(tick: number, frame: Uint8Array, law: LawName): void {
    if (tick < this.#nextTick) return;
    this.fillTo(tick);
    const { bytes } = this.#chunk.block;
    const at = this.#chunk.at + this.#at;
    if (law === this.law) for (let i = 0; i < FRAME_UNITS; i++) bytes[at + i] = frame[i]!;
    else {
      const table = toOtherLaw(law);
      for (let i = 0; i < FRAME_UNITS; i++) bytes[at + i] = table[frame[i]!]!;
    }
    this.#advance();
  }

  /**
   * Puts `bytes[start..end)` of this track's law where they belong, the first of them `ahead` samples behind the beginning of
   * the next tick's frame; what belongs before that is left out, and so is what is ahead by more than a second.
   */
  put(ahead: number, bytes: Uint8Array, { start, end }: Readonly<Span>): void {
    const from = this.#at + ahead;
    const first = start + Math.max(0, -ahead);
    const edge = start + CHUNK_BYTES - from;
    if (first < Math.min(end, edge)) copyBytes(this.#chunk.block, this.#chunk.at + from + first - start, bytes, this.#between(first, Math.min(end, edge)));
    if (end <= edge || end - edge > CHUNK_BYTES) return;
    this.#next ??= this.#chunks.take(this.#silence);
    const second = Math.max(first, edge);
    copyBytes(this.#next.block, this.#next.at + from + second - start - CHUNK_BYTES, bytes, this.#between(second, end));
  }

  /** Takes out what was put for the `out.length` samples from the next tick on, at most a second, and leaves silence. */
  takeBack(out: Uint8Array): void {
    const here = Math.min(out.length, CHUNK_BYTES - this.#at);
    this.#lift(this.#chunk, this.#at, out.subarray(0, here));
    if (this.#next === undefined) out.fill(this.#silence, here);
    else this.#lift(this.#next, 0, out.subarray(here));
  }

  /** Lets every tick before `tick` pass: what was put there is recorded, and silence where nothing was. */
  fillTo(tick: number): void {
    while (this.#nextTick < tick) this.#advance(Math.min(tick - this.#nextTick, ((CHUNK_BYTES - this.#at) * CHUNK_TICKS) / CHUNK_BYTES));
  }

  get durationMs(): number {
    return this.#frames * 20;
  }

  /** Resolves when the store has it all; rejects with the store's reason. */
  async close(): Promise<TrackEnd> {
    this.#flush();
    this.#forgetNext();
    const sha256 = this.#sha256.hexDigest();
    await this.#writer.close();
    return { durationMs: this.durationMs, sha256 };
  }

  /** Not beyond the end of the chunk. */
  #advance(frames = 1): void {
    this.#nextTick += frames;
    this.#frames += frames;
    this.#at += frames * FRAME_UNITS;
    if (this.#at < CHUNK_BYTES) return;
    this.#flush();
    this.#chunk = this.#next ?? this.#chunks.take(this.#silence);
    this.#next = undefined;
    this.#begin = this.#at = 0;
  }

  /** What has passed and was not handed to the writer. */
  #passed(): Uint8Array {
    const { block, at } = this.#chunk;
    return block.bytes.subarray(at + this.#begin, at + this.#at);
  }

  #flush(): void {
    const chunk = this.#chunk;
    this.#hand(this.#passed(), () => this.#release(chunk));
  }

  #hand(bytes: Uint8Array, written: () => void): void {
    if (bytes.length === 0) return written();
    this.#sha256.update(bytes);
    this.#writer.append(bytes, written);
  }

  #release(chunk: Chunk): void {
    this.#chunks.giveBack(chunk);
  }

  #forgetNext(): void {
    if (this.#next !== undefined) this.#release(this.#next);
    this.#next = undefined;
  }

  #between(start: number, end: number): Readonly<Span> {
    this.#span.start = start;
    this.#span.end = end;
    return this.#span;
  }

  #lift(from: Chunk, at: number, out: Uint8Array): void {
    const { bytes } = from.block;
    const start = from.at + at;
    out.set(bytes.subarray(start, start + out.length));
    bytes.fill(this.#silence, start, start + out.length);
  }
}
