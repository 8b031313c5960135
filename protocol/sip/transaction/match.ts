// Which transaction a message belongs to: RFC 3261 sections 17.1.3, 17.2.3, 9.2 and 8.2.2.2. Parts are joined by a line
// break, which no header value contains.
import type { SipRequest, SipResponse } from "../message/message.js";
import { MAGIC_COOKIE } from "../message/via.js";

const join = (...parts: readonly (string | number)[]): string => parts.join("\n");

/** Section 17.1.3: the branch, and the method, since a CANCEL shares its INVITE's branch. */
export const clientKey = (branch: string, method: string): string => join(branch, method);

export const responseKey = (response: SipResponse): string => clientKey(response.headers.topVia.branch ?? "", response.headers.cseq.method);

/** Section 17.2.3; an ACK has its INVITE's key. Without the magic cookie, by RFC 2543's rules: there `acknowledges` decides about an ACK. */
export function serverKey(request: SipRequest, method = request.method): string {
  const { headers } = request;
  const via = headers.topVia;
  const role = method === "ACK" ? "INVITE" : method;
  if (hasCookie(via.branch)) return join(via.branch!, via.host, via.port ?? 5060, role);
  // An ACK carries the tag that the INVITE did not have yet.
  const toTag = role === "INVITE" ? "" : (headers.to.tag ?? "");
  return join("2543", request.rawUri, toTag, headers.from.tag ?? "", headers.callId, headers.cseq.sequence, headers.getAll("via")[0]!, role);
}

export const isOldStyle = (request: SipRequest): boolean => !hasCookie(request.headers.topVia.branch);

/** Section 17.2.3, RFC 2543: "the To tag of the ACK equals that of the response". */
export const acknowledges = (ack: SipRequest, response: SipResponse): boolean => ack.headers.to.tag === response.headers.to.tag;

/** Section 8.2.2.2: the same request, come by another way, has this key too; undefined inside of a dialog. */
export function mergeKey(request: SipRequest): string | undefined {
  const { headers } = request;
  return headers.to.tag === undefined ? join(headers.from.tag ?? "", headers.callId, headers.cseq.sequence, request.method) : undefined;
}

const hasCookie = (branch: string | undefined): boolean => branch !== undefined && branch.length > MAGIC_COOKIE.length && branch.startsWith(MAGIC_COOKIE);
