// A fixed jitter buffer: holds packets back by one depth and gives them out in steps of time. All memory is taken at the start.
import { tsAdd32, tsDiff32 } from "../../protocol/base/sequence.js";
import { copyBlock, copyBytes, createByteBlock, type ByteBlock } from "./byte-block.js";

export interface JitterBufferOptions {
  /** How long a packet is held, ms. */
  readonly depthMs: number;
  /** RTP units a millisecond. */
  readonly unitsPerMs: number;
  /** Longest payload that is held; default 800. */
  readonly payloadBytesMax?: number;
}

/** Packets not given out, by reason. */
export interface JitterCounters {
  /** Came after its time had been given out. */
  late: number;
  /** There already. */
  duplicate: number;
  /** Too long, no slot left, or so far ahead that holding it would only add delay. */
  overflow: number;
}

/** 32 packets of 20 ms are 640 ms, of 10 ms 320 ms; as many as a number has bits. */
const SLOTS = 32;
const SLOT_WORDS = 4;
const [UNITS, LENGTH] = [1, 2];
/** 20 ms of G.711. */
const PIECE_UNITS = 160;
/** 100 ms of a codec that needs a byte for each unit of 8000 Hz. */
const PAYLOAD_BYTES_MAX = 800;
/** Beyond depth and this, sound that came early only adds delay. */
const AHEAD_MS_MAX = 300;
/** So many late packets in a row say that the path or the sender's clock has changed: 100 ms of 20 ms packets. */
const LATE_IN_ROW_MAX = 5;
/** A timestamp so far from the expected is a new beginning, not a late or early packet. */
const JUMP_MS = 1000;

/** What a buffer of the same depth needs to go on in its place: plain data. */
export interface JitterState {
  readonly started: boolean;
  readonly playTime: number;
  readonly lateInRow: number;
  readonly counters: JitterCounters;
  readonly packets: readonly { readonly rtpTime: number; readonly units: number; readonly payload: Uint8Array; readonly noise?: true }[];
}

/**
 * The play time stands `depthMs` behind the first packet and moves only by `take` and `skip`, which the owner calls once
 * per tick: so a pause of the sender (its timestamp goes on, its sequence doesn't) leaves a gap of its true length.
 */
export class JitterBuffer {
  readonly counters: JitterCounters = { late: 0, duplicate: 0, overflow: 0 };
  readonly #depthUnits: number;
  /** What is further ahead, units, came too early. */
  readonly aheadUnitsMax: number;
  readonly #jumpUnits: number;
  // Few cache lines and a bit a slot: with hundreds of legs a tick meets none of them warm.
  /** Bit i: slot i holds a packet. */
  #used = 0;
  /** Bit i: it is comfort noise, in force from its time on and not for a length of its own. */
  #noise = 0;
  /** Four words a slot: RTP time, units of sound, bytes. */
  readonly #slots = new Int32Array(SLOTS * SLOT_WORDS);
  readonly #bytesMax: number;
  /** All slots' payloads; `spanOf` says where each is. */
  readonly payloads: Uint8Array;
  readonly #held: ByteBlock;
  readonly #span = { start: 0, end: 0 };
  /** int32. */
  #playTime = 0;
  /** The latest time of all that is held, int32: what is later is no duplicate. */
  #latest = 0;
  #started = false;
  #lateInRow = 0;

  constructor(options: JitterBufferOptions) {
    this.#depthUnits = options.depthMs * options.unitsPerMs;
    this.aheadUnitsMax = this.#depthUnits + AHEAD_MS_MAX * options.unitsPerMs;
    this.#jumpUnits = JUMP_MS * options.unitsPerMs;
    this.#bytesMax = options.payloadBytesMax ?? PAYLOAD_BYTES_MAX;
    this.#held = createByteBlock(SLOTS * this.#bytesMax);
    this.payloads = this.#held.bytes;
  }

  /** Whether anything came since the start or the last `reset`. */
  get started(): boolean {
    return this.#started;
  }

  /** What comes is in time: sound that is yet to be heard has a place that will not change. */
  get steady(): boolean {
    return this.#started && this.#lateInRow === 0;
  }

  /** The RTP time that is to be heard next, int32. */
  get playTime(): number {
    return this.#playTime;
  }

  /** For payloads of a byte a unit: moves all that is held out of here, to where `put` has it so many units from now. */
  pour(put: (ahead: number, bytes: Uint8Array, span: { readonly start: number; readonly end: number }) => void): void {
    for (let left = this.#used & ~this.#noise; left !== 0; left &= left - 1) {
      const slot = lowestBit(left);
      this.spanOf(slot, this.#span);
      put(this.offsetOf(slot), this.payloads, this.#span);
    }
    this.#used = 0;
  }

  /** As `pour`, back again: `bytes` are the sound from now on, in pieces of which those of nothing but `silence` came from nobody. */
  refill(bytes: Uint8Array, silence: number): void {
    for (let at = 0; at < bytes.length; at += PIECE_UNITS) {
      this.#span.start = at;
      this.#span.end = Math.min(bytes.length, at + PIECE_UNITS);
      if (!isAll(bytes, this.#span, silence)) this.put(bytes, this.#span, tsAdd32(this.#playTime, at), this.#span.end - at);
    }
  }


  /** Packets held now. */
  get held(): number {
    let count = 0;
    for (let left = this.#used; left !== 0; left &= left - 1) count += 1;
    return count;
  }

  /** Copies `span` of `bytes`: `units` of sound, the first of which is `rtpTime`. */
  put(bytes: Uint8Array, span: { readonly start: number; readonly end: number }, rtpTime: number, units: number): void {
    const slot = this.#place(bytes, span, rtpTime, units);
    if (slot >= 0) this.#noise &= ~(1 << slot);
  }

  /** As `put`, for a packet of comfort noise: `take` passes over it. */
  putNoise(bytes: Uint8Array, span: { readonly start: number; readonly end: number }, rtpTime: number, units: number): void {
    const slot = this.#place(bytes, span, rtpTime, units);
    if (slot >= 0) this.#noise |= 1 << slot;
  }

  /**
   * The first packet with sound in `[from, until)`, units from the play time; -1 where there is none. Good until the next `put`.
   */
  find(from: number, until: number): number {
    let found = -1;
    let first = until;
    for (let left = this.#used; left !== 0; left &= left - 1) {
      const slot = lowestBit(left);
      const offset = this.offsetOf(slot);
      if (offset >= first || offset + this.#slots[slot * SLOT_WORDS + UNITS]! <= from) continue;
      found = slot;
      first = offset;
    }
    return found;
  }

  /** Where a packet's sound begins, units from the play time. */
  offsetOf(slot: number): number {
    return tsDiff32(this.#slots[slot * SLOT_WORDS]!, this.#playTime);
  }

  unitsOf(slot: number): number {
    return this.#slots[slot * SLOT_WORDS + UNITS]!;
  }

  /** Where in `payloads` a packet stands. */
  spanOf(slot: number, span: { start: number; end: number }): void {
    span.start = slot * this.#bytesMax;
    span.end = span.start + this.#slots[slot * SLOT_WORDS + LENGTH]!;
  }

  isNoise(slot: number): boolean {
    return (this.#noise & (1 << slot)) !== 0;
  }

  /** Forgets a packet that was heard. */
  drop(slot: number): void {
    this.#used &= ~(1 << slot);
  }

  /** For payloads of a byte a unit: puts the next `units` into `out` from `at` on, and leaves it as it is where there is none. */
  take(out: ByteBlock, at: number, units: number): void {
    const span = this.#span;
    for (let left = this.#used & ~this.#noise; left !== 0; left &= left - 1) {
      const slot = lowestBit(left);
      const offset = this.offsetOf(slot);
      const first = Math.max(0, offset);
      const last = Math.min(units, offset + this.#slots[slot * SLOT_WORDS + LENGTH]!);
      if (last <= first) continue;
      span.start = slot * this.#bytesMax + first - offset;
      span.end = span.start + last - first;
      copyBlock(out, at + first, this.#held, span);
    }
    this.skip(units);
  }

  /** Lets `units` of time pass unheard. */
  skip(units: number): void {
    if (!this.#started) return;
    this.#playTime = tsAdd32(this.#playTime, units) | 0;
    if (this.#used !== 0) this.#freePlayed();
  }

  /** Forgets all: another SSRC, another offer/answer. Counters stay. */
  reset(): void {
    this.#used = 0;
    this.#started = false;
    this.#lateInRow = 0;
  }

  save(): JitterState {
    const packets = [];
    for (let left = this.#used; left !== 0; left &= left - 1) {
      const slot = lowestBit(left);
      const at = slot * this.#bytesMax;
      packets.push({ rtpTime: this.#slots[slot * SLOT_WORDS]!, units: this.#slots[slot * SLOT_WORDS + UNITS]!, payload: this.payloads.slice(at, at + this.#slots[slot * SLOT_WORDS + LENGTH]!), ...(this.isNoise(slot) ? { noise: true as const } : {}) });
    }
    return { started: this.#started, playTime: this.#playTime >>> 0, lateInRow: this.#lateInRow, counters: { ...this.counters }, packets };
  }

  restore(state: JitterState): void {
    this.reset();
    for (const { rtpTime, units, payload, noise } of state.packets) {
      const slot = this.#slotFor(rtpTime, units);
      if (slot < 0) continue;
      this.#fill(slot, payload, 0, Math.min(payload.length, this.#bytesMax));
      this.#noise = noise === true ? this.#noise | (1 << slot) : this.#noise & ~(1 << slot);
    }
    this.#started = state.started;
    this.#playTime = state.playTime | 0;
    this.#lateInRow = state.lateInRow;
    Object.assign(this.counters, state.counters);
  }

  /** The slot that was filled; -1 where it was not taken. */
  #place(bytes: Uint8Array, { start, end }: { readonly start: number; readonly end: number }, rtpTime: number, units: number): number {
    const length = end - start;
    if (length <= 0 || units <= 0) return -1;
    if (length > this.#bytesMax) {
      this.counters.overflow += 1;
      return -1;
    }
    if (!this.#started) this.#restart(rtpTime);
    const ahead = tsDiff32(rtpTime, this.#playTime);
    if (ahead > this.#jumpUnits || ahead < -this.#jumpUnits) this.#restart(rtpTime);
    else if (ahead + units <= 0) {
      this.counters.late += 1;
      this.#lateInRow += 1;
      if (this.#lateInRow < LATE_IN_ROW_MAX) return -1;
      // This one is counted and still the first of the new beginning.
      this.#restart(rtpTime);
    } else if (ahead > this.aheadUnitsMax) {
      // Its sender's clock is faster than ours, or a stall let packets gather: what is older than the depth goes.
      this.#playTime = tsAdd32(rtpTime, -this.#depthUnits) | 0;
      this.counters.overflow += this.#freePlayed();
    }
    this.#lateInRow = 0;
    const slot = this.#slotFor(rtpTime, units);
    if (slot >= 0) this.#fill(slot, bytes, start, end);
    return slot;
  }

  #restart(rtpTime: number): void {
    this.reset();
    this.#started = true;
    this.#playTime = tsAdd32(rtpTime, -this.#depthUnits) | 0;
  }

  /** -1 where it is there already, or no slot is left. */
  #slotFor(rtpTime: number, units: number): number {
    if (this.#used === 0 || tsDiff32(rtpTime, this.#latest) > 0) this.#latest = rtpTime | 0;
    else if (this.#holds(rtpTime)) {
      this.counters.duplicate += 1;
      return -1;
    }
    if (this.#used === ALL_USED) {
      this.counters.overflow += 1;
      return -1;
    }
    const slot = lowestBit(~this.#used);
    this.#slots[slot * SLOT_WORDS] = rtpTime;
    this.#slots[slot * SLOT_WORDS + UNITS] = units;
    return slot;
  }

  #holds(rtpTime: number): boolean {
    for (let left = this.#used; left !== 0; left &= left - 1) if (this.#slots[lowestBit(left) * SLOT_WORDS] === (rtpTime | 0)) return true;
    return false;
  }

  #fill(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.#used |= 1 << slot;
    this.#slots[slot * SLOT_WORDS + LENGTH] = end - start;
    this.#span.start = start;
    this.#span.end = end;
    copyBytes(this.#held, slot * this.#bytesMax, bytes, this.#span);
  }

  #freePlayed(): number {
    let freed = 0;
    for (let left = this.#used; left !== 0; left &= left - 1) {
      const slot = lowestBit(left);
      if (this.offsetOf(slot) + this.#slots[slot * SLOT_WORDS + UNITS]! > 0) continue;
      this.#used &= ~(1 << slot);
      freed += 1;
    }
    return freed;
  }
}

const ALL_USED = -1;

function isAll(bytes: Uint8Array, { start, end }: { readonly start: number; readonly end: number }, value: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== value) return false;
  return true;
}

/** The place of the lowest bit that is set in `bits`, which is not 0. */
const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);
