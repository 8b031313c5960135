// What a UAS refuses before anybody looks at the request's meaning: RFC 3261 section 8.2, in its order.
import type { SipRequest } from "../../protocol/sip/message/message.js";
import { SDP_TYPE } from "./session-body.js";

export interface Refusal {
  readonly status: number;
  readonly reason?: string;
  readonly extra?: readonly (readonly [name: string, value: string])[];
}

/** What we do, and so what Allow says; each is dispatched in sip-signaling.ts. */
export const METHODS: readonly string[] = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER"];
export const ALLOW: readonly [name: string, value: string] = ["Allow", METHODS.join(", ")];
export const ACCEPT: readonly [name: string, value: string] = ["Accept", SDP_TYPE];

/** Methods that we know of and don't do: 405; others are 501 (sections 21.4.6 and 21.5.2). */
const KNOWN_METHODS = new Set(["INFO", "MESSAGE", "NOTIFY", "PRACK", "PUBLISH", "REFER", "SUBSCRIBE", "UPDATE"]);

/** Undefined where nothing speaks against the request. */
export function refuseRequest(request: SipRequest): Refusal | undefined {
  const { headers, method } = request;
  if (!METHODS.includes(method)) return KNOWN_METHODS.has(method) ? { status: 405, extra: [ALLOW] } : { status: 501, extra: [ALLOW] };
  // Section 8.2.2.1; sips needs TLS on every hop, which UDP is not.
  if (request.uri === undefined || request.uri.scheme === "sips") return { status: 416 };
  // A server that calls on from here must not be part of a loop (section 16.3, step 3).
  if (headers.maxForwards === 0) return { status: 483 };
  // Section 8.2.2.3: CANCEL and the ACK of a rejection may not carry it.
  if (method !== "CANCEL" && headers.require.length > 0) return { status: 420, extra: [["Unsupported", headers.require.join(", ")]] };
  return method === "INVITE" ? refuseInvite(request) : undefined;
}

function refuseInvite({ headers, body }: SipRequest): Refusal | undefined {
  if (headers.contact?.uri === undefined) return { status: 400, reason: "Bad Request (Contact)" };
  if (body.length === 0) return undefined;
  // Section 8.2.3.
  const encoding = headers.get("content-encoding");
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") return { status: 415, extra: [["Accept-Encoding", "identity"]] };
  if (headers.contentType?.type === SDP_TYPE || /;\s*handling\s*=\s*optional/i.test(headers.get("content-disposition") ?? "")) return undefined;
  return { status: 415, extra: [ACCEPT] };
}
