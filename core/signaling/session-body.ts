// Session descriptions as message bodies.
import type { SipBody } from "../../protocol/sip/message/build.js";
import type { SipMessage } from "../../protocol/sip/message/message.js";

export const SDP_TYPE = "application/sdp";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Undefined where there is no body or it is something else. */
export function readSdp(message: SipMessage): string | undefined {
  return message.body.length > 0 && message.headers.contentType?.type === SDP_TYPE ? decoder.decode(message.body) : undefined;
}

export const sdpBody = (sdp: string): SipBody => ({ contentType: SDP_TYPE, bytes: encoder.encode(sdp) });
