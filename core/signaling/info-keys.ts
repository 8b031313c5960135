// Keys in INFO requests, as phones and gateways send them that have no RFC 4733: the types that Cisco's gateways began with
// (`Signal=5`, `Duration=160`) and its shorter sister, the key alone.
import type { SipRequest } from "../../protocol/sip/message/message.js";

export const KEY_TYPES = ["application/dtmf-relay", "application/dtmf"] as const;

export interface InfoKey {
  /** `0-9 * # A-D`. */
  readonly key: string;
  /** How long it was held. */
  readonly durationMs: number;
}

const KEYS = "0123456789*#ABCD";
const BODY_BYTES_MAX = 200;
const DURATION_MS = 100;
const DURATION_MS_MAX = 10_000;
/** Some send the event's number of RFC 4733 for `*` and `#`. */
const NUMBERED: Readonly<Record<string, string>> = { "10": "*", "11": "#" };
const decoder = new TextDecoder("latin1");

/** Undefined where the body tells of no key that we know. */
export function readInfoKey({ headers, body }: SipRequest): InfoKey | undefined {
  if (body.length > BODY_BYTES_MAX) return undefined;
  const text = decoder.decode(body);
  const relayed = headers.contentType?.type === KEY_TYPES[0];
  const signal = (relayed ? /^\s*Signal\s*=\s*(\S+)\s*$/im.exec(text)?.[1] : text.trim())?.toUpperCase();
  const key = signal === undefined ? undefined : (NUMBERED[signal] ?? signal);
  if (key === undefined || key.length !== 1 || !KEYS.includes(key)) return undefined;
  const told = relayed ? Number(/^\s*Duration\s*=\s*(\d{1,6})\s*$/im.exec(text)?.[1]) : Number.NaN;
  return { key, durationMs: Number.isNaN(told) ? DURATION_MS : Math.min(told, DURATION_MS_MAX) };
}
