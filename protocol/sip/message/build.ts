// Requests and responses that we make (RFC 3261 sections 8.1.1 and 8.2.6).
import { SipHeaders } from "./headers.js";
import type { SipRequest, SipResponse } from "./message.js";
import { reasonPhrase } from "./status.js";
import { formatUri, parseUri, type SipUri } from "./uri.js";

export interface SipBody {
  /** `application/sdp`. */
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export interface RequestParts {
  readonly method: string;
  readonly uri: SipUri | string;
  /** A whole Via value, see `createVia`; left out where the transaction adds it. */
  readonly via?: string;
  /** Whole header values with their tags, see `formatNameAddr`. */
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly sequence: number;
  /** Default 70. */
  readonly maxForwards?: number;
  readonly contact?: string;
  /** Whole Route values, topmost first. */
  readonly routes?: readonly string[];
  readonly extra?: readonly (readonly [name: string, value: string])[];
  readonly body?: SipBody;
}

export interface ResponseParts {
  /** Default: the usual phrase. */
  readonly reason?: string;
  /** Added to the To of all but 100, unless one stands there (RFC 3261 section 8.2.6.2). */
  readonly toTag?: string;
  readonly extra?: readonly (readonly [name: string, value: string])[];
  readonly body?: SipBody;
}

export const DEFAULT_MAX_FORWARDS = 70;
const LINE_BREAKS = /[\r\n]+/g;
const EMPTY = new Uint8Array(0);

export function createRequest(parts: RequestParts): SipRequest {
  const headers = new SipHeaders();
  if (parts.via !== undefined) headers.add("Via", parts.via);
  for (const route of parts.routes ?? []) headers.add("Route", route);
  headers.add("Max-Forwards", String(parts.maxForwards ?? DEFAULT_MAX_FORWARDS));
  headers.add("From", parts.from).add("To", parts.to).add("Call-ID", parts.callId).add("CSeq", `${parts.sequence} ${parts.method}`);
  if (parts.contact !== undefined) headers.add("Contact", parts.contact);
  const body = addExtra(headers, parts);
  // A space or line break in a dialled URI must not end the request line.
  const rawUri = typeof parts.uri === "string" ? parts.uri.replace(/[\0-\x20\x7f]/g, encodeURIComponent) : formatUri(parts.uri);
  const uri = typeof parts.uri === "string" ? parseUri(rawUri) : parts.uri;
  return { kind: "request", method: parts.method, uri, rawUri, headers, body };
}

/** Copies Via, From, To, Call-ID and CSeq as they came, those that are there: also for a request that could not be read. */
export function createResponse(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  const headers = new SipHeaders();
  for (const field of request.headers.fields) if (field.key === "via") headers.add("Via", field.value);
  copyFirst(request.headers, headers, "From");
  const to = request.headers.get("to");
  if (to !== undefined) headers.add("To", status === 100 || parts.toTag === undefined || request.headers.tryTo()?.tag !== undefined ? to : `${to};tag=${parts.toTag}`);
  copyFirst(request.headers, headers, "Call-ID");
  copyFirst(request.headers, headers, "CSeq");
  // RFC 3261 section 8.2.6.1.
  if (status === 100) copyFirst(request.headers, headers, "Timestamp");
  const body = addExtra(headers, parts);
  return { kind: "response", status, reason: parts.reason?.replace(LINE_BREAKS, " ") ?? reasonPhrase(status), headers, body };
}

function copyFirst(from: SipHeaders, to: SipHeaders, name: string): void {
  const value = from.get(name);
  if (value !== undefined) to.add(name, value);
}

function addExtra(headers: SipHeaders, parts: Pick<ResponseParts, "extra" | "body">): Uint8Array {
  for (const [name, value] of parts.extra ?? []) headers.add(name, value);
  if (parts.body === undefined) return EMPTY;
  headers.add("Content-Type", parts.body.contentType);
  return parts.body.bytes;
}
