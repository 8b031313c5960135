// How far what was referred to has come, as a NOTIFY tells it (RFC 3515 section 2.4.5, RFC 3420).
import type { SipBody } from "../message/build.js";
import { reasonPhrase } from "../message/status.js";

const encoder = new TextEncoder();

/** A status line as a body of its own. */
export const sipfrag = (status: number): SipBody => ({ contentType: "message/sipfrag;version=2.0", bytes: encoder.encode(`SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`) });
