// What a user agent server checks before it looks at what is asked (RFC 3261 sections 8.2.1 to 8.2.3).
import { splitList } from "./grammar.js";
import type { SipRequest } from "./message.js";

export interface UserAgentAbilities {
  /** Methods that we take, as they go into Allow. */
  readonly methods: readonly string[];
  /** Option tags that a Require may name, lower case. */
  readonly extensions: readonly string[];
  /** Bodies that we read, lower case: `application/sdp`. */
  readonly contentTypes: readonly string[];
}

export interface Refusal {
  readonly status: number;
  /** What the answer must say beside its status. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Registered methods that a user agent recognises although it may not take them: 405 instead of 501. */
const REGISTERED = new Set(["INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO", "MESSAGE", "NOTIFY", "PRACK", "PUBLISH", "REFER", "SUBSCRIBE", "UPDATE"]);

/** The first reason against the request in the RFC's order, or undefined. An ACK is never refused. */
export function inspectRequest(request: SipRequest, ours: UserAgentAbilities): Refusal | undefined {
  const { method, headers } = request;
  if (method === "ACK") return undefined;
  if (!ours.methods.includes(method)) return { status: REGISTERED.has(method) ? 405 : 501, headers: [["Allow", ours.methods.join(", ")]] };
  // A CANCEL belongs to a request that was inspected, and section 8.2.2.3 exempts it from Require.
  if (method === "CANCEL") return undefined;
  if (request.uri === undefined) return { status: 416, headers: [] };
  const unsupported = headers.require.filter((tag) => !ours.extensions.includes(tag));
  if (unsupported.length > 0) return { status: 420, headers: [["Unsupported", unsupported.join(", ")]] };
  return inspectBody(request, ours) ?? inspectAccept(request);
}

function inspectBody({ headers, body }: SipRequest, ours: UserAgentAbilities): Refusal | undefined {
  if (body.length === 0 || /;[ \t]*handling[ \t]*=[ \t]*optional/i.test(headers.get("content-disposition") ?? "")) return undefined;
  const encodings = headers.getAll("content-encoding").filter((encoding) => encoding.toLowerCase() !== "identity");
  if (encodings.length > 0) return { status: 415, headers: [["Accept-Encoding", "identity"]] };
  const type = headers.contentType?.type;
  return type !== undefined && ours.contentTypes.includes(type) ? undefined : { status: 415, headers: [["Accept", ours.contentTypes.join(", ")]] };
}

/** An INVITE is answered with SDP (RFC 3261 section 20.1: no Accept means SDP, an empty one means nothing at all). */
function inspectAccept({ method, headers }: SipRequest): Refusal | undefined {
  if (method !== "INVITE" || !headers.has("accept")) return undefined;
  const accepted = headers.fields.filter(({ key }) => key === "accept").flatMap(({ value }) => splitList(value));
  const takesSdp = accepted.some((range) => /^(?:application\/(?:sdp|\*)|\*\/\*)$/i.test(range.split(";")[0]!.replace(/[ \t]/g, "")));
  return takesSdp ? undefined : { status: 406, headers: [] };
}
