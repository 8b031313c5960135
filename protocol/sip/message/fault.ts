// Why bytes from the network are no SIP message that we take, as a value.
import type { SipRequest } from "./message.js";

export type SipFaultCode =
  /** Only line ends: the keep-alive of RFC 5626 section 3.5.1, or an empty datagram. */
  | "sip.keepalive"
  /** Longer than a datagram can be, or more or longer header fields than any real message has. */
  | "sip.limit"
  /** Not SIP at all: nothing in the first line says so. */
  | "sip.foreign"
  | "sip.start-line"
  | "sip.version"
  | "sip.status"
  | "sip.uri"
  /** The empty line that ends the headers is missing. */
  | "sip.truncated"
  /** A line that is no header field, or a control character outside of a quoted pair. */
  | "sip.syntax"
  | "sip.missing"
  | "sip.duplicate"
  /** A header field that everything else depends on can't be read. */
  | "sip.header"
  /** Content-Length is no number or promises more than came. */
  | "sip.length"
  /** The CSeq names another method than the request line (RFC 3261 section 8.1.1.5). */
  | "sip.method"
  /** A branch of the magic cookie alone identifies no transaction (RFC 4475 section 3.2.1). */
  | "sip.branch";

export interface SipFault {
  readonly code: SipFaultCode;
  /** What was wrong, for the log; holds a header's name, never its value. */
  readonly detail: string;
  /**
   * How to answer, statelessly, with `createResponse(answer.request, answer.status)`; absent where the message is to be
   * dropped (responses, ACK, no Via). The request holds what could be read: its typed readers may throw, `get` and
   * `getAll` don't. Its Via may be unreadable; then only the packet's source address is left to answer to.
   */
  readonly answer?: { readonly status: number; readonly request: SipRequest };
}
