// Which descriptors of the C library a worker has open, in memory that outlives its thread: Node closes only its own.

/** Room for as many open descriptors as a worker's ports need, its epoll and its ring. */
export const ledgerBytes = (sockets: number): number => (sockets + 2) * Int32Array.BYTES_PER_ELEMENT;

/** Written by the worker alone, and read by others when its thread has ended. A slot holds a descriptor plus 1; 0 is free. */
export class DescriptorLedger {
  readonly #slots: Int32Array;
  #hint = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#slots = new Int32Array(memory);
  }

  /** What is open, in no order. */
  get descriptors(): readonly number[] {
    return [...this.#slots].filter((slot) => slot > 0).map((slot) => slot - 1);
  }

  /** A descriptor that finds no room is not noted. */
  open(descriptor: number): void {
    for (let i = 0; i < this.#slots.length; i++) {
      const at = (this.#hint + i) % this.#slots.length;
      if (this.#slots[at] !== 0) continue;
      this.#slots[at] = descriptor + 1;
      this.#hint = at + 1;
      return;
    }
  }

  close(descriptor: number): void {
    const at = this.#slots.indexOf(descriptor + 1);
    if (at >= 0) this.#slots[at] = 0;
  }
}
