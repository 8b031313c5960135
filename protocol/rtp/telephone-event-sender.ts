// Keys as telephone-event packets: one packet an interval while the key is down, the last one three times (RFC 4733 section 2.5.1).
import { tsAdd32, tsDiff32 } from "../base/sequence.js";
import { createTelephoneEvent, DURATION_MAX, eventOfKey, type TelephoneEvent } from "./telephone-event.js";

export interface TelephoneEventSenderOptions {
  /** RTP clock of the event's payload type; default 8000. */
  readonly rateHz?: number;
  /** Time between packets, that of the stream's audio; default 20. */
  readonly packetMs?: number;
  /** Silence from one key's end to the next one's start; default 100, so that even old detectors behind a gateway tell them apart. */
  readonly pauseMs?: number;
  /** Level in dBm0, -63..0; default -10. */
  readonly levelDbm0?: number;
}

/** What the next packet is made of; refilled by `next`. */
export interface TelephoneEventPacket {
  readonly payload: TelephoneEvent;
  /** Timestamp of the RTP header: the start of the event, in all its packets. */
  rtpTime: number;
  /** Only the first packet of a key (section 2.5.1.1). */
  marker: boolean;
}

/** Plain data, for a sender that goes on in another's place; times are the stream's. */
export interface TelephoneEventSenderState {
  readonly waiting: readonly { readonly event: number; readonly units: number }[];
  readonly event: number;
  readonly remainingUnits: number;
  readonly segmentTime: number;
  readonly first: boolean;
  readonly endsLeft: number;
  readonly endedAt: number | undefined;
}

/** Keys waiting and under way. */
export const SENDER_KEYS_MAX = 64;
const END_PACKETS = 3;

/**
 * Call `next` once per packet interval with the timestamp that the stream's audio has reached. While it returns true
 * the event's packet is sent in place of audio; the sequence numbers are the stream's own.
 */
export class TelephoneEventSender {
  readonly #rateHz: number;
  readonly #intervalUnits: number;
  readonly #pauseUnits: number;
  readonly #volume: number;
  readonly #waiting: { event: number; units: number }[] = [];
  #event = 0;
  /** 0 where no key is down. */
  #remainingUnits = 0;
  #segmentTime = 0;
  #first = false;
  #endsLeft = 0;
  #endedAt: number | undefined;

  constructor(options: TelephoneEventSenderOptions = {}) {
    this.#rateHz = options.rateHz ?? 8000;
    this.#intervalUnits = ((options.packetMs ?? 20) * this.#rateHz) / 1000;
    this.#pauseUnits = ((options.pauseMs ?? 100) * this.#rateHz) / 1000;
    this.#volume = Math.min(63, Math.max(0, Math.round(-(options.levelDbm0 ?? -10))));
  }

  /** Keys are on their way or waiting. */
  get busy(): boolean {
    return this.#remainingUnits > 0 || this.#endsLeft > 0 || this.#waiting.length > 0;
  }

  /** Takes `0-9 * # A-D`, each held for `durationMs` (at least 40). False, and nothing queued, where one is no key or too many wait. */
  send(keys: string, durationMs: number): boolean {
    const events = [...keys].map(eventOfKey);
    if (events.length + this.#waiting.length > SENDER_KEYS_MAX || !Number.isFinite(durationMs)) return false;
    const units = Math.round((Math.max(40, durationMs) * this.#rateHz) / 1000);
    if (!events.every((event) => event !== undefined)) return false;
    for (const event of events) this.#waiting.push({ event, units });
    return true;
  }

  /** Drops the keys that wait and releases the one that is down. */
  stop(): void {
    this.#waiting.length = 0;
    if (this.#remainingUnits > 0) this.#remainingUnits = 1;
  }

  /** Fills `packet` with what to send for the interval that begins at `rtpTime`; false where there is nothing to send. */
  next(packet: TelephoneEventPacket, rtpTime: number): boolean {
    if (this.#endsLeft > 0) {
      this.#endsLeft -= 1;
      packet.marker = false;
      return true;
    }
    if (this.#remainingUnits === 0 && !this.#begin(rtpTime)) return false;
    packet.payload.event = this.#event;
    packet.payload.volume = this.#volume;
    packet.marker = this.#first;
    this.#first = false;
    let duration = tsDiff32(rtpTime, this.#segmentTime) + Math.min(this.#remainingUnits, this.#intervalUnits);
    this.#remainingUnits -= Math.min(this.#remainingUnits, this.#intervalUnits);
    // Section 2.5.1.3: the segment that is full ends without E, the next one begins where it ended, without a marker.
    if (duration > DURATION_MAX) {
      this.#segmentTime = tsAdd32(this.#segmentTime, DURATION_MAX);
      duration -= DURATION_MAX;
    }
    packet.rtpTime = this.#segmentTime;
    packet.payload.duration = duration;
    packet.payload.end = this.#remainingUnits === 0;
    if (packet.payload.end) {
      this.#endsLeft = END_PACKETS - 1;
      this.#endedAt = tsAdd32(this.#segmentTime, duration);
    }
    return true;
  }

  save(): TelephoneEventSenderState {
    const waiting = this.#waiting.map((key) => ({ ...key }));
    return { waiting, event: this.#event, remainingUnits: this.#remainingUnits, segmentTime: this.#segmentTime, first: this.#first, endsLeft: this.#endsLeft, endedAt: this.#endedAt };
  }

  restore(state: TelephoneEventSenderState): void {
    this.#waiting.splice(0, Infinity, ...state.waiting.map((key) => ({ ...key })));
    this.#event = state.event;
    this.#remainingUnits = state.remainingUnits;
    this.#segmentTime = state.segmentTime;
    this.#first = state.first;
    this.#endsLeft = state.endsLeft;
    this.#endedAt = state.endedAt;
  }

  #begin(rtpTime: number): boolean {
    const next = this.#waiting[0];
    if (next === undefined) return false;
    if (this.#endedAt !== undefined && tsDiff32(rtpTime, this.#endedAt) < this.#pauseUnits) return false;
    this.#waiting.shift();
    this.#event = next.event;
    this.#remainingUnits = next.units;
    this.#segmentTime = rtpTime;
    this.#first = true;
    return true;
  }
}

export const createTelephoneEventPacket = (): TelephoneEventPacket => ({ payload: createTelephoneEvent(), rtpTime: 0, marker: false });
