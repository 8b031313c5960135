// Memory for the seconds that tracks are written in. Many of them share one block, so that with hundreds of legs a packet
// meets few objects; what was given back last is taken first, for it is still near.
import { createByteBlock, type ByteBlock } from "../jitter/byte-block.js";
import { LAW_RATE_HZ } from "../codec/g711.js";
import { FRAME_UNITS } from "../session/rtp-sender.js";

/** A second of one G.711 law: what a crash may cost. */
export const CHUNK_BYTES = LAW_RATE_HZ;
export const CHUNK_TICKS = CHUNK_BYTES / FRAME_UNITS;
/** 512 kB at a time. */
const CHUNKS_A_BLOCK = 64;
/**
 * Tracks come to the end of their seconds together, in so many groups: what is written together wakes the threads that write
 * it once, and not once each; and no beat has to do with all of them.
 */
const GROUPS = 2;

export interface Chunk {
  readonly block: ByteBlock;
  /** Its first byte there; on a word. */
  readonly at: number;
}

export class ChunkPool {
  readonly #spare: Chunk[] = [];
  #taken = 0;
  #group = 0;

  /** Filled with `silence`. */
  take(silence: number): Chunk {
    if (this.#spare.length === 0) this.#grow();
    const chunk = this.#spare.pop()!;
    chunk.block.bytes.fill(silence, chunk.at, chunk.at + CHUNK_BYTES);
    this.#taken += 1;
    return chunk;
  }

  /** To be called once for each `take`. */
  giveBack(chunk: Chunk): void {
    this.#taken -= 1;
    this.#spare.push(chunk);
  }

  /** Chunks that were not given back. */
  get taken(): number {
    return this.#taken;
  }

  /** For a new track: so many ticks before a multiple of CHUNK_TICKS its seconds begin. */
  nextPhase(): number {
    this.#group = (this.#group + 1) % GROUPS;
    return (this.#group * CHUNK_TICKS) / GROUPS;
  }

  #grow(): void {
    const block = createByteBlock(CHUNKS_A_BLOCK * CHUNK_BYTES);
    for (let i = CHUNKS_A_BLOCK - 1; i >= 0; i--) this.#spare.push({ block, at: i * CHUNK_BYTES });
  }
}
