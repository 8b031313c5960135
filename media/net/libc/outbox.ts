// What connected sockets send, gathered until the sender's turn is over and then sent with one entry into the kernel.
import type { PacketRing } from "./packet-ring.js";

export class Outbox {
  readonly #ring: PacketRing;
  readonly #onDropped: (packets: number) => void;
  /** Somebody ends the turn. */
  #held = false;
  readonly #endTurn = (): void => {
    this.letGo();
  };

  constructor(ring: PacketRing, onDropped: (packets: number) => void) {
    this.#ring = ring;
    this.#onDropped = onDropped;
  }

  /** Nothing is queued, and what is waits for `letGo`, unless it is too much. */
  hold(): void {
    this.flush();
    this.#held = true;
  }

  letGo(): void {
    this.#held = false;
    this.flush();
  }

  /** Copies `bytes[0..length)`. Sends before the thread does anything else but this turn's work: at the latest in the microtask after it. */
  send(fd: number, bytes: Uint8Array, length: number): void {
    if (this.#ring.isFull) this.flush();
    if (!this.#held) {
      this.#held = true;
      queueMicrotask(this.#endTurn);
    }
    this.#ring.send(fd, bytes, length);
  }

  flush(): void {
    if (this.#ring.queued > 0) this.#onDropped(this.#ring.run());
  }
}
