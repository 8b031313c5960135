import { randomFillSync } from "node:crypto";
import type { Random } from "../../protocol/base/random.js";

const POOL_BYTES = 4096;

/** The system's generator, asked for 4 KiB at a time; no byte is given out twice. */
export class SystemRandom implements Random {
  readonly #pool = new Uint8Array(POOL_BYTES);
  #at = POOL_BYTES;

  bytes(count: number): Uint8Array {
    if (count > POOL_BYTES) return randomFillSync(new Uint8Array(count));
    if (this.#at + count > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#at = 0;
    }
    const bytes = this.#pool.slice(this.#at, this.#at + count);
    // What was given out is not kept.
    this.#pool.fill(0, this.#at, this.#at + count);
    this.#at += count;
    return bytes;
  }
}
