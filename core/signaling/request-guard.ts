// What a UAS refuses before anybody looks at the request's meaning: RFC 3261 section 8.2.
import { inspectRequest, type UserAgentAbilities } from "../../protocol/sip/message/inspect.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import { isOldStyle } from "../../protocol/sip/transaction/match.js";
import { KEY_TYPES } from "./info-keys.js";
import { SDP_TYPE } from "./session-body.js";

export interface Refusal {
  readonly status: number;
  readonly reason?: string;
  readonly extra?: readonly (readonly [name: string, value: string])[];
}

/** Each method is dispatched in sip-signaling.ts. */
const ABILITIES: UserAgentAbilities = { methods: ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "INFO", "REFER"], extensions: ["replaces", "norefersub"], contentTypes: [SDP_TYPE] };
/** Keys are all that we understand in an INFO. */
const INFO_ABILITIES: UserAgentAbilities = { ...ABILITIES, contentTypes: KEY_TYPES };

export const ALLOW: readonly [name: string, value: string] = ["Allow", ABILITIES.methods.join(", ")];
export const SUPPORTED: readonly [name: string, value: string] = ["Supported", ABILITIES.extensions.join(", ")];
export const ACCEPT: readonly [name: string, value: string] = ["Accept", ABILITIES.contentTypes.join(", ")];

/** Undefined where nothing speaks against the request. */
export function refuseRequest(request: SipRequest): Refusal | undefined {
  const refusal = inspectRequest(request, request.method === "INFO" ? INFO_ABILITIES : ABILITIES);
  if (refusal !== undefined) return { status: refusal.status, extra: refusal.headers };
  const { headers, method, uri } = request;
  if (method === "CANCEL") return undefined;
  // sips needs TLS on every hop, which UDP is not.
  if (uri?.scheme === "sips") return { status: 416 };
  // Section 10.3, step 5: the address-of-record is one that we serve.
  if (method === "REGISTER" && headers.to.uri === undefined) return { status: 400, reason: "Bad Request (To)" };
  if (method !== "INVITE") return undefined;
  // What we call on its behalf would be one hop too far (RFC 7332 section 3).
  if (headers.maxForwards === 0) return { status: 483 };
  // Section 8.1.1.8; in RFC 2543 the From stood in for it.
  if (headers.contact === undefined ? !isOldStyle(request) : headers.contact.uri === undefined) return { status: 400, reason: "Bad Request (Contact)" };
  return undefined;
}
