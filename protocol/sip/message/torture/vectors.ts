// The 49 torture messages of RFC 4475: who decides about each, and how. The messages are the RFC's; the decisions are ours.
import type { SipFaultCode } from "../fault.js";
import { INVALID } from "./invalid.js";
import { joinLines } from "./line.js";
import { SEMANTICS } from "./semantics.js";
import { VALID } from "./valid.js";

/** Who says the last word about the message. */
export type TortureLayer = "parser" | "transport" | "transaction" | "user agent" | "registrar" | "routing";

export interface TortureVector {
  /** As the RFC names it. */
  readonly name: string;
  /** Of RFC 4475. */
  readonly section: string;
  readonly layer: TortureLayer;
  /** What `parseMessage` says: the message, or this fault. */
  readonly parser: "accepted" | SipFaultCode;
  /**
   * Final status that our server gives, sent over UDP from a trusted trunk that dials numbers which nobody has;
   * "dropped" where it says nothing.
   */
  readonly answer: number | "dropped";
  /** Whether the RFC leaves the outcome to us. */
  readonly choice: boolean;
  readonly why: string;
  bytes(): Uint8Array;
}

type Row = readonly [name: string, section: string, layer: TortureLayer, parser: TortureVector["parser"], answer: TortureVector["answer"], why: string, choice?: "choice"];

const ROWS: readonly Row[] = [
  ["wsinv", "3.1.1.1", "transaction", "accepted", 481, "folding, odd spaces, compact names and leading zeros are legal; its To has the tag of a dialog that we do not have"],
  ["intmeth", "3.1.1.2", "user agent", "accepted", 501, "every character is legal; the method is one that nobody knows"],
  ["esc01", "3.1.1.3", "routing", "accepted", 404, "the user part is 'sips:user@example.com' once decoded, a number that nobody has; the URI is not sips"],
  ["escnull", "3.1.1.4", "registrar", "accepted", 401, "%00 is a character like others; a REGISTER is challenged before anything else"],
  ["esc02", "3.1.1.5", "user agent", "accepted", 501, "methods and header names have no escapes: RE%47IST%45R is not REGISTER, C%6Fntact is an unknown header"],
  ["lwsdisp", "3.1.1.6", "user agent", "accepted", 200, "no space is needed between display name and <"],
  ["longreq", "3.1.1.7", "routing", "accepted", 404, "long, but within our limits of 8192 characters a field and 256 fields"],
  ["dblreq", "3.1.1.8", "registrar", "accepted", 401, "over UDP what follows the body is dropped, so there is one request, the REGISTER"],
  ["semiuri", "3.1.1.9", "user agent", "accepted", 200, "the semicolon stands before the @: it belongs to the user part"],
  ["transports", "3.1.1.10", "user agent", "accepted", 200, "transports that we don't have may stand in any Via; only the topmost decides where the answer goes"],
  ["mpart01", "3.1.1.11", "user agent", "accepted", 405, "MESSAGE is a method we know and don't take; its binary body is no concern of the parser"],
  ["unreason", "3.1.1.12", "transaction", "accepted", "dropped", "a response to no request of ours"],
  ["noreason", "3.1.1.13", "transaction", "accepted", "dropped", "an empty reason phrase is legal; a response to no request of ours"],

  ["badinv01", "3.1.2.1", "parser", "sip.header", 400, "empty parameters in the Via; the answer goes to the packet's source"],
  ["clerr", "3.1.2.2", "parser", "sip.length", 400, "9999 bytes promised and the datagram is over before"],
  ["ncl", "3.1.2.3", "parser", "sip.length", 400, "a negative Content-Length"],
  ["scalar02", "3.1.2.4", "parser", "sip.header", 400, "CSeq above 2^31 - 1; Max-Forwards above 255 would do as well; the Expires alone would be cut to 2^32 - 1"],
  ["scalarlg", "3.1.2.5", "parser", "sip.header", "dropped", "a response with such a CSeq answers none of our requests"],
  ["quotbal", "3.1.2.6", "parser", "sip.header", 400, "the quote in To is never closed"],
  ["ltgtruri", "3.1.2.7", "parser", "sip.uri", 400, "a URI in brackets is no Request-URI: what would be inside is a guess, and no peer worth connecting sends it", "choice"],
  ["lwsruri", "3.1.2.8", "parser", "sip.start-line", 400, "white space inside the URI makes four parts: where the URI ends is a guess", "choice"],
  ["lwsstart", "3.1.2.9", "routing", "accepted", 404, "more than one space between method, URI and version: three parts all the same, so what is meant is clear; never sent on like that", "choice"],
  ["trws", "3.1.2.10", "user agent", "accepted", 200, "spaces after the version: as lwsstart", "choice"],
  ["escruri", "3.1.2.11", "parser", "sip.uri", 400, "a Request-URI has no headers; taking Route out of it would let a caller steer us", "choice"],
  ["baddate", "3.1.2.12", "routing", "accepted", 404, "nothing we decide depends on Date, and RFC 3261 section 8.2 asks to ignore what is malformed and not needed", "choice"],
  ["regbadct", "3.1.2.13", "parser", "sip.header", 400, "a URI with ? needs brackets: else nobody knows whether the rest belongs to the URI or to the header"],
  ["badaspec", "3.1.2.14", "parser", "sip.header", 400, "spaces inside the brackets are no URI; one rule for all URIs", "choice"],
  ["baddn", "3.1.2.15", "parser", "sip.truncated", 400, "a comma in an unquoted display name; and the empty line after the headers is missing", "choice"],
  ["badvers", "3.1.2.16", "parser", "sip.version", 505, "SIP/7.0"],
  ["mismatch01", "3.1.2.17", "parser", "sip.method", 400, "CSeq says INVITE, the request line OPTIONS"],
  ["mismatch02", "3.1.2.18", "parser", "sip.method", 400, "the same with a method that nobody knows; malformed is said before unknown", "choice"],
  ["bigcode", "3.1.2.19", "parser", "sip.status", "dropped", "a status code has three digits"],

  ["badbranch", "3.2.1", "parser", "sip.branch", 400, "the cookie without an identifier: answered without a transaction, else all such requests look like retransmissions of one", "choice"],
  ["insuf", "3.3.1", "parser", "sip.missing", 400, "no Call-ID, From and To; the answer copies what is there"],
  ["unkscm", "3.3.2", "user agent", "accepted", 416, "a scheme that nobody knows"],
  ["novelsc", "3.3.3", "user agent", "accepted", 416, "a known scheme that is not SIP's"],
  ["unksm2", "3.3.4", "registrar", "accepted", 400, "the To of a REGISTER must be a SIP URI"],
  ["bext01", "3.3.5", "user agent", "accepted", 420, "Require names what we don't have; Proxy-Require is not for us"],
  ["invut", "3.3.6", "user agent", "accepted", 415, "the body is no SDP"],
  ["regaut01", "3.3.7", "registrar", "accepted", 401, "an unknown scheme of authorization is none: challenged"],
  ["multi01", "3.3.8", "parser", "sip.duplicate", 400, "two of CSeq, Call-ID, From, To and Max-Forwards"],
  ["mcl01", "3.3.9", "parser", "sip.duplicate", 400, "two Content-Lengths, so where the message ends is unknown"],
  ["bcast", "3.3.10", "transaction", "accepted", "dropped", "a response whose topmost Via is not ours; nothing is ever sent to the second one"],
  ["zeromf", "3.3.11", "user agent", "accepted", 200, "we end the request and pass none on, so that no hop is needed; 483 is for those who forward", "choice"],
  ["cparam01", "3.3.12", "registrar", "accepted", 401, "without brackets unknownparam belongs to the Contact, not to its URI; challenged first"],
  ["cparam02", "3.3.13", "registrar", "accepted", 401, "within brackets unknownparam belongs to the URI; challenged first"],
  ["regescrt", "3.3.14", "registrar", "accepted", 401, "headers in a bracketed Contact URI are legal and kept; challenged first"],
  ["sdp01", "3.3.15", "user agent", "accepted", 406, "the caller takes no SDP, and an INVITE is answered with nothing else"],
  ["inv2543", "3.4.1", "routing", "accepted", 404, "RFC 2543: no branch, no From tag, no Max-Forwards, no Content-Length; the datagram ends the body"],
];

export const TORTURE_VECTORS: readonly TortureVector[] = ROWS.map(([name, section, layer, parser, answer, why, choice]) => ({
  name,
  section,
  layer,
  parser,
  answer,
  choice: choice !== undefined,
  why,
  bytes: () => joinLines(VALID[name] ?? INVALID[name] ?? SEMANTICS[name]!),
}));
