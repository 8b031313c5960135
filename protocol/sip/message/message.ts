// The two SIP messages as data (RFC 3261 section 7). Parsing and serializing are in parse.ts and serialize.ts.
import type { SipHeaders } from "./headers.js";
import type { SipUri } from "./uri.js";

export interface SipRequest {
  readonly kind: "request";
  readonly method: string;
  /** Undefined where the Request-URI is of a scheme that we don't read (RFC 4475 unkscm: answered 416). */
  readonly uri: SipUri | undefined;
  /** The Request-URI as received or to be sent. */
  readonly rawUri: string;
  readonly headers: SipHeaders;
  readonly body: Uint8Array;
}

export interface SipResponse {
  readonly kind: "response";
  /** 100-699. */
  readonly status: number;
  readonly reason: string;
  readonly headers: SipHeaders;
  readonly body: Uint8Array;
}

export type SipMessage = SipRequest | SipResponse;
