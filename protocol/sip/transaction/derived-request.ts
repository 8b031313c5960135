// Requests that repeat another one's Via: ACK of a rejection (RFC 3261 section 17.1.1.3) and CANCEL (section 9.1).
import { createRequest } from "../message/build.js";
import type { SipRequest, SipResponse } from "../message/message.js";

/** The ACK for a final response other than 2xx: same branch, To with the response's tag. */
export const createAck = (invite: SipRequest, response: SipResponse): SipRequest => derive(invite, "ACK", response.headers.get("to") ?? invite.headers.get("to")!);

/** Fits the request still in progress; to be sent only after a provisional response to it. */
export const createCancel = (request: SipRequest): SipRequest => derive(request, "CANCEL", request.headers.get("to")!);

function derive(request: SipRequest, method: "ACK" | "CANCEL", to: string): SipRequest {
  const { headers } = request;
  return createRequest({
    method,
    uri: request.rawUri,
    via: headers.getAll("via")[0]!,
    from: headers.get("from")!,
    to,
    callId: headers.callId,
    sequence: headers.cseq.sequence,
    routes: headers.getAll("route"),
  });
}
