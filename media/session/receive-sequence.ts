// What the sequence numbers of a stream tell: lost, repeated, begun anew; and its interarrival jitter (RFC 3550 sections 6.4.1, A.1, A.3, A.8).
import { seqDiff16, tsDiff32 } from "../../protocol/base/sequence.js";

/** `jump`: the numbers begin anew (RFC 3550 A.1 MAX_DROPOUT, MAX_MISORDER), the packet counts as received. */
export type Arrival = "fresh" | "duplicate" | "jump";

const DROPOUT_MAX = 3000;
const MISORDER_MAX = 100;
const WINDOW = 128;
/** Hours: what is more is no jitter, and would not fit. */
const STEP_UNITS_MAX = 1 << 26;

/** Plain data, for a stream that goes on in another place; of jitter the next transit is measured anew there. */
export interface ReceiveSequenceState {
  /** 128 bits, the lowest of the first word for the highest number, the next one for the one before. */
  readonly seen: readonly [number, number, number, number];
  readonly started: boolean;
  readonly highest: number;
  readonly cycles: number;
  readonly expected: number;
  readonly fresh: number;
  readonly duplicates: number;
  readonly jitterUnits: number;
}

export class ReceiveSequence {
  // Which of the last 128 numbers came, as bits behind the highest: in the object that the packet touches anyway.
  #seen0 = 0;
  #seen1 = 0;
  #seen2 = 0;
  #seen3 = 0;
  #started = false;
  #highest = 0;
  #cycles = 0;
  #expected = 0;
  #fresh = 0;
  #duplicates = 0;
  /** In sixteenths, as in RFC 3550 A.8. */
  #jitter16 = 0;
  #transitUnits = 0;
  #hasTransit = false;

  /** Expected and never seen; a packet that comes after all is no longer lost. */
  get lost(): number {
    return Math.max(0, this.#expected - this.#fresh);
  }

  get expected(): number {
    return this.#expected;
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  /** The extended highest sequence number (RFC 3550 section 6.4.1), uint32. */
  get highestExtended(): number {
    return ((this.#cycles << 16) | this.#highest) >>> 0;
  }

  get jitterUnits(): number {
    return this.#jitter16 / 16;
  }

  /** @param arrivalUnits when it came, in the stream's clock units of a clock of ours. */
  push(seq: number, rtpTime: number, arrivalUnits: number): Arrival {
    const arrival = this.pushUntimed(seq);
    if (arrival !== "duplicate") this.#measure(rtpTime, arrivalUnits, arrival);
    return arrival;
  }

  /** A packet whose timestamp is not the time of its sending: a key's. */
  pushUntimed(seq: number): Arrival {
    const arrival = this.#place(seq);
    if (arrival === "duplicate") {
      this.#duplicates += 1;
      return arrival;
    }
    this.#fresh += 1;
    return arrival;
  }

  /** Another SSRC: counters go on, numbers begin anew. */
  restart(): void {
    this.#started = false;
    this.#hasTransit = false;
    this.#seen0 = this.#seen1 = this.#seen2 = this.#seen3 = 0;
  }

  save(): ReceiveSequenceState {
    return { seen: [this.#seen0, this.#seen1, this.#seen2, this.#seen3], started: this.#started, highest: this.#highest, cycles: this.#cycles, expected: this.#expected, fresh: this.#fresh, duplicates: this.#duplicates, jitterUnits: this.jitterUnits };
  }

  restore(state: ReceiveSequenceState): void {
    [this.#seen0, this.#seen1, this.#seen2, this.#seen3] = state.seen;
    this.#started = state.started;
    this.#highest = state.highest;
    this.#cycles = state.cycles;
    this.#expected = state.expected;
    this.#fresh = state.fresh;
    this.#duplicates = state.duplicates;
    this.#jitter16 = Math.round(state.jitterUnits * 16);
    this.#hasTransit = false;
  }

  #place(seq: number): Arrival {
    if (!this.#started) {
      this.#begin(seq);
      return "fresh";
    }
    const ahead = seqDiff16(seq, this.#highest);
    if (ahead > 0 && ahead < DROPOUT_MAX) {
      if (seq < this.#highest) this.#cycles += 1;
      this.#highest = seq;
      this.#expected += ahead;
      this.#shift(ahead);
      return "fresh";
    }
    if (ahead <= 0 && ahead > -MISORDER_MAX) {
      if (!this.#mark(-ahead)) return "duplicate";
      // Older than the first that came: nobody expected it.
      if (this.#fresh >= this.#expected) this.#expected += 1;
      return "fresh";
    }
    this.restart();
    this.#begin(seq);
    return "jump";
  }

  #begin(seq: number): void {
    this.#started = true;
    this.#highest = seq;
    this.#expected += 1;
    this.#seen0 = 1;
  }

  /** Moves the window up by `ahead`, more than 0, and marks its first. */
  #shift(ahead: number): void {
    for (let words = Math.min(ahead, WINDOW) >> 5; words > 0; words--) {
      this.#seen3 = this.#seen2;
      this.#seen2 = this.#seen1;
      this.#seen1 = this.#seen0;
      this.#seen0 = 0;
    }
    const bits = ahead & 31;
    // A shift by 32 would be none at all.
    if (bits > 0) {
      const over = 32 - bits;
      this.#seen3 = (this.#seen3 << bits) | (this.#seen2 >>> over);
      this.#seen2 = (this.#seen2 << bits) | (this.#seen1 >>> over);
      this.#seen1 = (this.#seen1 << bits) | (this.#seen0 >>> over);
      this.#seen0 <<= bits;
    }
    this.#seen0 |= 1;
  }

  /** Notes the number so far behind the highest, below 128; false where it came before. */
  #mark(behind: number): boolean {
    const bit = 1 << (behind & 31);
    switch (behind >> 5) {
      case 0:
        if ((this.#seen0 & bit) !== 0) return false;
        this.#seen0 |= bit;
        return true;
      case 1:
        if ((this.#seen1 & bit) !== 0) return false;
        this.#seen1 |= bit;
        return true;
      case 2:
        if ((this.#seen2 & bit) !== 0) return false;
        this.#seen2 |= bit;
        return true;
      default:
        if ((this.#seen3 & bit) !== 0) return false;
        this.#seen3 |= bit;
        return true;
    }
  }

  #measure(rtpTime: number, arrivalUnits: number, arrival: Arrival): void {
    const transit = (Math.round(arrivalUnits) - rtpTime) | 0;
    if (this.#hasTransit && arrival === "fresh") this.#jitter16 += Math.min(Math.abs(tsDiff32(transit, this.#transitUnits)), STEP_UNITS_MAX) - ((this.#jitter16 + 8) >> 4);
    this.#transitUnits = transit;
    this.#hasTransit = true;
  }
}
