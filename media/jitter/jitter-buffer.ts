// A fixed jitter buffer: holds packets back by one depth and gives them out in steps of time. All memory is taken at the start.
import { tsAdd32, tsDiff32 } from "../../protocol/base/sequence.js";

export interface JitterBufferOptions {
  /** How long a packet is held, ms. */
  readonly depthMs: number;
  /** RTP units a millisecond; a payload here is one byte a unit. */
  readonly unitsPerMs: number;
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

interface Slot {
  used: boolean;
  rtpTime: number;
  length: number;
  readonly payload: Uint8Array;
}

/** 32 packets of 20 ms are 640 ms, of 10 ms 320 ms. */
const SLOTS = 32;
/** 100 ms at 8000 Hz. */
const PAYLOAD_BYTES_MAX = 800;
/** Beyond depth and this, sound that came early only adds delay. */
const AHEAD_MS_MAX = 300;
/** So many late packets in a row say that the path or the sender's clock has changed: 100 ms of 20 ms packets. */
const LATE_IN_ROW_MAX = 5;
/** A timestamp so far from the expected is a new beginning, not a late or early packet. */
const JUMP_MS = 1000;

/**
 * The play time stands `depthMs` behind the first packet and moves only by `take` and `skip`, which the owner calls once
 * per tick: so a pause of the sender (its timestamp goes on, its sequence doesn't) leaves a gap of its true length.
 */
export class JitterBuffer {
  readonly counters: JitterCounters = { late: 0, duplicate: 0, overflow: 0 };
  readonly #depthUnits: number;
  readonly #aheadUnitsMax: number;
  readonly #jumpUnits: number;
  readonly #slots: readonly Slot[] = Array.from({ length: SLOTS }, () => ({ used: false, rtpTime: 0, length: 0, payload: new Uint8Array(PAYLOAD_BYTES_MAX) }));
  #used = 0;
  #playTime = 0;
  #started = false;
  #lateInRow = 0;

  constructor(options: JitterBufferOptions) {
    this.#depthUnits = options.depthMs * options.unitsPerMs;
    this.#aheadUnitsMax = this.#depthUnits + AHEAD_MS_MAX * options.unitsPerMs;
    this.#jumpUnits = JUMP_MS * options.unitsPerMs;
  }

  /** Packets held now. */
  get held(): number {
    return this.#used;
  }

  /** Copies `bytes[start..end)`, whose first unit is `rtpTime`. */
  put(bytes: Uint8Array, start: number, end: number, rtpTime: number): void {
    const length = end - start;
    if (length <= 0) return;
    if (length > PAYLOAD_BYTES_MAX) {
      this.counters.overflow += 1;
      return;
    }
    if (!this.#started) this.#restart(rtpTime);
    const ahead = tsDiff32(rtpTime, this.#playTime);
    if (ahead > this.#jumpUnits || ahead < -this.#jumpUnits) this.#restart(rtpTime);
    else if (ahead + length <= 0) {
      this.counters.late += 1;
      this.#lateInRow += 1;
      if (this.#lateInRow < LATE_IN_ROW_MAX) return;
      // This one is counted and still the first of the new beginning.
      this.#restart(rtpTime);
    } else if (ahead > this.#aheadUnitsMax) {
      // Its sender's clock is faster than ours, or a stall let packets gather: what is older than the depth goes.
      this.#playTime = tsAdd32(rtpTime, -this.#depthUnits);
      this.counters.overflow += this.#freePlayed();
    }
    this.#lateInRow = 0;
    this.#store(bytes, start, end, rtpTime);
  }

  /** Fills `out` with the next `out.length` units, `filler` where there is none; returns how many units there were. */
  take(out: Uint8Array, filler: number): number {
    out.fill(filler);
    let filled = 0;
    for (let i = 0; i < SLOTS && this.#used > 0; i++) {
      const slot = this.#slots[i]!;
      if (!slot.used) continue;
      const offset = tsDiff32(slot.rtpTime, this.#playTime);
      const first = Math.max(0, offset);
      const last = Math.min(out.length, offset + slot.length);
      for (let to = first; to < last; to++) out[to] = slot.payload[to - offset]!;
      if (last > first) filled += last - first;
    }
    this.skip(out.length);
    return Math.min(filled, out.length);
  }

  /** Lets `units` of time pass unheard. */
  skip(units: number): void {
    if (!this.#started) return;
    this.#playTime = tsAdd32(this.#playTime, units);
    if (this.#used > 0) this.#freePlayed();
  }

  /** Forgets all: another SSRC, another offer/answer. Counters stay. */
  reset(): void {
    for (const slot of this.#slots) slot.used = false;
    this.#used = 0;
    this.#started = false;
    this.#lateInRow = 0;
  }

  #restart(rtpTime: number): void {
    this.reset();
    this.#started = true;
    this.#playTime = tsAdd32(rtpTime, -this.#depthUnits);
  }

  #store(bytes: Uint8Array, start: number, end: number, rtpTime: number): void {
    let free: Slot | undefined;
    for (let i = 0; i < SLOTS; i++) {
      const slot = this.#slots[i]!;
      if (!slot.used) free ??= slot;
      else if (slot.rtpTime === rtpTime) {
        this.counters.duplicate += 1;
        return;
      }
    }
    if (free === undefined) {
      this.counters.overflow += 1;
      return;
    }
    free.used = true;
    free.rtpTime = rtpTime;
    free.length = end - start;
    for (let i = start; i < end; i++) free.payload[i - start] = bytes[i]!;
    this.#used += 1;
  }

  #freePlayed(): number {
    let freed = 0;
    for (let i = 0; i < SLOTS; i++) {
      const slot = this.#slots[i]!;
      if (!slot.used || tsDiff32(slot.rtpTime, this.#playTime) + slot.length > 0) continue;
      slot.used = false;
      freed += 1;
    }
    this.#used -= freed;
    return freed;
  }
}
