// The payload of a telephone-event packet: RFC 4733 section 2.3.
//
// |     event     |E|R| volume    |          duration             |

export type TelephoneEventFault = "dtmf.short";

export const TELEPHONE_EVENT_BYTES = 4;
export const DURATION_MAX = 0xffff;

export interface TelephoneEvent {
  /** 0-255; 0-15 are the keys. */
  event: number;
  /** Whether the key has been released. */
  end: boolean;
  /** dBm0 without its sign, 0-63. */
  volume: number;
  /** RTP clock units since the packet's timestamp, 0-65535. */
  duration: number;
}

/** Index is the event code (section 3.2, table 3). */
export const KEYS = "0123456789*#ABCD";

export const createTelephoneEvent = (): TelephoneEvent => ({ event: 0, end: false, volume: 0, duration: 0 });

/** The key of an event code; undefined for what is no key (flash, tones). */
export const keyOfEvent = (event: number): string | undefined => KEYS[event];

/** The event code of `0-9 * # A-D`, lower case as well; undefined for anything else. */
export function eventOfKey(key: string): number | undefined {
  const event = key.length === 1 ? KEYS.indexOf(key.toUpperCase()) : -1;
  return event < 0 ? undefined : event;
}

/** Fills `into` from `bytes[start..end)`; what follows the four bytes is ignored. */
export function readTelephoneEvent(into: TelephoneEvent, bytes: Uint8Array, start: number, end: number): TelephoneEventFault | undefined {
  if (end - start < TELEPHONE_EVENT_BYTES) return "dtmf.short";
  into.event = bytes[start]!;
  into.end = (bytes[start + 1]! & 0x80) !== 0;
  into.volume = bytes[start + 1]! & 0x3f;
  into.duration = (bytes[start + 2]! << 8) | bytes[start + 3]!;
  return undefined;
}

/** Returns the index after the payload. */
export function writeTelephoneEvent(out: Uint8Array, at: number, event: Readonly<TelephoneEvent>): number {
  out[at] = event.event;
  out[at + 1] = (event.end ? 0x80 : 0) | (event.volume & 0x3f);
  out[at + 2] = event.duration >>> 8;
  out[at + 3] = event.duration;
  return at + TELEPHONE_EVENT_BYTES;
}
