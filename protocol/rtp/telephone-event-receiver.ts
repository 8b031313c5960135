// Keys out of telephone-event packets: each once, at the first packet of it that arrives (RFC 4733 section 2.5.2).
import { tsAdd32, tsDiff32 } from "../base/sequence.js";
import { DURATION_MAX, keyOfEvent, type TelephoneEvent } from "./telephone-event.js";

/** A packet this much older than the current event is no straggler: the sender has started its timestamps anew. 3 s at 8000 Hz. */
const STRAGGLER_UNITS_MAX = 24_000;

/** Plain data, for a receiver that goes on in another's place. */
export interface TelephoneEventReceiverState {
  readonly known: boolean;
  readonly event: number;
  readonly eventTime: number;
  readonly ended: boolean;
  readonly repeated: number;
}

/**
 * An event is known by its timestamp, which all its packets share: whichever of them comes first reports the key, so
 * that a lost start costs nothing, and the rest (updates, the three ends, duplicates) report nothing. A key held longer
 * than 0xffff units goes on in segments, each with its own timestamp (section 2.5.1.3); they are one key.
 */
export class TelephoneEventReceiver {
  #known = false;
  #event = 0;
  #eventTime = 0;
  #ended = true;
  /** Packets that told nothing new. */
  repeated = 0;

  #joinsLate = false;

  /** The first event is news only where its first packet comes: whose it would be else was told by somebody before. */
  joinLate(): void {
    this.#joinsLate = true;
  }

  /** The key that is down now, as far as the packets that came tell. */
  get held(): string | undefined {
    return this.#known && !this.#ended ? keyOfEvent(this.#event) : undefined;
  }

  /** The key where this packet is the first of a new one. `eventTime` and `marker` are those of the RTP header. */
  push(packet: Readonly<TelephoneEvent>, eventTime: number, marker: boolean): string | undefined {
    if (this.#known && !this.#isNew(packet, eventTime, marker)) {
      this.repeated += 1;
      return undefined;
    }
    const isNews = marker || !this.#joinsLate;
    this.#joinsLate = false;
    this.#known = true;
    this.#event = packet.event;
    this.#eventTime = eventTime;
    this.#ended = packet.end;
    return isNews ? keyOfEvent(packet.event) : undefined;
  }

  /** Forgets the current event: a new offer/answer or another SSRC brings timestamps of its own. */
  reset(): void {
    this.#known = false;
    this.#ended = true;
  }

  save(): TelephoneEventReceiverState {
    return { known: this.#known, event: this.#event, eventTime: this.#eventTime, ended: this.#ended, repeated: this.repeated };
  }

  restore(state: TelephoneEventReceiverState): void {
    this.#known = state.known;
    this.#event = state.event;
    this.#eventTime = state.eventTime;
    this.#ended = state.ended;
    this.repeated = state.repeated;
  }

  #isNew(packet: Readonly<TelephoneEvent>, eventTime: number, marker: boolean): boolean {
    const ahead = tsDiff32(eventTime, this.#eventTime);
    if (ahead < 0) return ahead < -STRAGGLER_UNITS_MAX;
    if (packet.event !== this.#event) return true;
    if (ahead === 0) {
      this.#ended ||= packet.end;
      return false;
    }
    if (this.#ended || marker || eventTime !== tsAdd32(this.#eventTime, DURATION_MAX)) return true;
    this.#eventTime = eventTime;
    this.#ended = packet.end;
    return false;
  }
}
