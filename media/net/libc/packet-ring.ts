// Packets of many sockets received and sent with one entry into the kernel: io_uring (io_uring(7)), of which nothing is
// used but "do these now": every operation is over when `run` returns, so sockets and buffers have no lives of their own here.
//
// submission entry, 64 bytes:  opcode 1 | flags 1 | ioprio 2 | fd 4 | offset 8 | address 8 | length 4 | message flags 4 | user data 8 | ...
// completion entry, 16 bytes:  user data 8 | result 4 | flags 4
import type { Libc } from "./libc.js";

/** A power of two; as many packets are on their way at once. */
export const RING_ENTRIES = 256;
/** An Ethernet frame's worth; what is longer is cut, and no RTP. */
export const PACKET_BYTES_MAX = 1500;
/** Whole cache lines. */
const SLOT_BYTES = 1536;

const OP_SEND = 26;
const OP_RECV = 27;
/** Beside the opcode: only a failure is reported. */
const QUIET = (1 << 6) << 8;
const MSG_DONTWAIT = 0x40;
/** In `params.features`: both rings in one mapping; `QUIET` is known (Linux 5.17). */
const FEATURES = (1 << 0) | (1 << 11);
const MAP_RINGS = 0;
const MAP_ENTRIES = 0x1000_0000;
const ENTRY_WORDS = 16;
const COMPLETION_WORDS = 4;
/** The words of `struct io_uring_params`, io_uring_setup(2). */
const PARAMS_WORDS = 30;
const PARAM = { features: 5, submission: { head: 10, tail: 11, array: 16 }, completion: { head: 20, tail: 21, entries: 25 } } as const;
const WORD = 2 ** 32;

/** Where each piece stands, in words of `rings`. */
interface Layout {
  readonly head: number;
  readonly tail: number;
  readonly doneHead: number;
  readonly doneTail: number;
  readonly done: number;
}

export class PacketRing {
  /** The ring's own; its owner closes it. */
  readonly descriptor: number;
  /** What `receive` fills: slot n's packet. */
  readonly #received: readonly Uint8Array[];
  readonly #libc: Libc;
  readonly #rings: Int32Array;
  readonly #entries: Int32Array;
  readonly #at: Layout;
  readonly #slots = new Uint8Array(2 * RING_ENTRIES * SLOT_BYTES);
  /** Of the first slot. */
  readonly #address: number;
  readonly #lengths = new Int32Array(RING_ENTRIES);
  #queued = 0;
  /** The packet that is being handled, and where it stands. */
  #lent: Uint8Array | undefined;
  #lentSlot = 0;

  private constructor(libc: Libc, ring: { readonly descriptor: number; readonly rings: Int32Array; readonly entries: Int32Array; readonly at: Layout }) {
    this.#libc = libc;
    this.descriptor = ring.descriptor;
    this.#rings = ring.rings;
    this.#entries = ring.entries;
    this.#at = ring.at;
    this.#address = libc.addressOf(this.#slots);
    this.#received = Array.from({ length: RING_ENTRIES }, (_, slot) => this.#slots.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + PACKET_BYTES_MAX));
  }

  /** Undefined where the kernel has none for us: too old, or forbidden, as in many containers. */
  static open(libc: Libc): PacketRing | undefined {
    const params = new Int32Array(PARAMS_WORDS);
    const descriptor = libc.ioUringSetup(RING_ENTRIES, new Uint8Array(params.buffer));
    if (descriptor < 0) return undefined;
    const { submission, completion } = PARAM;
    const array = params[submission.array]!;
    const fits = (params[PARAM.features]! & FEATURES) === FEATURES;
    const rings = fits ? libc.mapShared(descriptor, array + RING_ENTRIES * 4, MAP_RINGS) : undefined;
    const entries = fits ? libc.mapShared(descriptor, RING_ENTRIES * ENTRY_WORDS * 4, MAP_ENTRIES) : undefined;
    if (rings === undefined || entries === undefined) {
      libc.close(descriptor);
      return undefined;
    }
    const words = new Int32Array(rings);
    const word = (param: number): number => params[param]! / 4;
    const at = { head: word(submission.head), tail: word(submission.tail), doneHead: word(completion.head), doneTail: word(completion.tail), done: word(completion.entries) };
    for (let i = 0; i < RING_ENTRIES; i++) words[array / 4 + i] = i;
    return new PacketRing(libc, { descriptor, rings: words, entries: new Int32Array(entries), at });
  }

  /** Operations that wait for `run`. */
  get queued(): number {
    return this.#queued;
  }

  get isFull(): boolean {
    return this.#queued === RING_ENTRIES;
  }

  /** Queues a look at a connected socket, whose packet goes to a slot below RING_ENTRIES; not while full. */
  receive(fd: number, slot: number): void {
    this.#lengths[slot] = -1;
    this.#queue(OP_RECV, fd, { slot, from: slot, length: PACKET_BYTES_MAX });
  }

  /** How long the packet in a slot is; negative where none came. Good until the slot is used again. */
  lengthOf(slot: number): number {
    return this.#lengths[slot]!;
  }

  /** The packet of a slot, which `send` takes from where it stands until the next one is lent or `run` was called for all that is queued. */
  lend(slot: number): Uint8Array {
    this.#lentSlot = slot;
    return (this.#lent = this.#received[slot]!);
  }

  /**
   * Queues `bytes[0..length)`, at most PACKET_BYTES_MAX, from a connected socket; not while full. They are copied, but for
   * what was lent: that stays as it is until it was sent.
   */
  send(fd: number, bytes: Uint8Array, length: number): void {
    const own = RING_ENTRIES + this.#queued;
    const from = bytes === this.#lent ? this.#lentSlot : own;
    if (from === own) for (let i = 0, to = own * SLOT_BYTES; i < length; i++) this.#slots[to + i] = bytes[i]!;
    this.#queue(OP_SEND | QUIET, fd, { slot: own, from, length });
  }

  /** Does all that is queued; returns how many packets could not be sent. */
  run(): number {
    const wanted = this.#queued;
    this.#queued = 0;
    const { head, tail } = this.#at;
    const before = this.#rings[tail]!;
    this.#rings[tail] = before + wanted;
    let submitted = 0;
    while (submitted < wanted) {
      const count = this.#libc.ioUringEnter(this.descriptor, wanted - submitted);
      if (count <= 0) break;
      submitted += count;
    }
    // What the kernel did not take it shall not find next time.
    this.#rings[tail] = this.#rings[head]!;
    return wanted - submitted + this.#collect();
  }

  /** @param place the slot that the result is told of, and the one whose bytes are meant */
  #queue(operation: number, fd: number, place: { readonly slot: number; readonly from: number; readonly length: number }): void {
    const entries = this.#entries;
    const at = ((this.#rings[this.#at.tail]! + this.#queued) & (RING_ENTRIES - 1)) * ENTRY_WORDS;
    const address = this.#address + place.from * SLOT_BYTES;
    entries[at] = operation;
    entries[at + 1] = fd;
    entries[at + 4] = address | 0;
    entries[at + 5] = (address / WORD) | 0;
    entries[at + 6] = place.length;
    entries[at + 7] = MSG_DONTWAIT;
    entries[at + 8] = place.slot;
    this.#queued += 1;
  }

  #collect(): number {
    const rings = this.#rings;
    const { doneHead, doneTail, done } = this.#at;
    const end = rings[doneTail]!;
    let failed = 0;
    for (let i = rings[doneHead]!; i !== end; i = (i + 1) | 0) {
      const at = done + (i & (2 * RING_ENTRIES - 1)) * COMPLETION_WORDS;
      const slot = rings[at]!;
      if (slot < RING_ENTRIES) this.#lengths[slot] = rings[at + 2]!;
      else failed += 1;
    }
    rings[doneHead] = end;
    return failed;
  }
}
