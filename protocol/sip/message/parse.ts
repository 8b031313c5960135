// Bytes of one datagram to a SIP message (RFC 3261 sections 7, 18.3, 25; RFC 4475 for what is refused).
// What this accepts has readable Via, From, To, Call-ID and CSeq, and readable Contact, Route and Record-Route if any.
import { isToken, skipSpace, trimSpace } from "./grammar.js";
import type { SipFault, SipFaultCode } from "./fault.js";
import { knownHeader } from "./header-name.js";
import { SipHeaders, type HeaderField } from "./headers.js";
import type { SipMessage, SipRequest } from "./message.js";
import { parseUri } from "./uri.js";
import { MAGIC_COOKIE } from "./via.js";

/** The largest UDP payload; also the most that `parseMessage` looks at. */
export const MESSAGE_BYTES_MAX = 65_535;
export const HEADER_FIELDS_MAX = 256;
/** Characters of one unfolded header field or start line. */
export const HEADER_LENGTH_MAX = 8192;

export type ParseResult = { readonly message: SipMessage; readonly fault?: never } | { readonly fault: SipFault; readonly message?: never };

interface Problem {
  readonly code: SipFaultCode;
  readonly detail: string;
  readonly status?: number;
}

type StartLine =
  | { readonly kind: "request"; readonly method: string; readonly rawUri: string; readonly problem?: Problem | undefined }
  | { readonly kind: "response"; readonly status: number; readonly reason: string; readonly problem?: Problem | undefined };

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const REQUEST_LINE = /^([A-Za-z0-9\-.!%*_+`'~]+) +([^ ]+) +SIP\/(\d{1,5}\.\d{1,5})[ \t]*$/i;
/** Enough of a request line to know that it is one and must be answered. */
const REQUEST_LIKE = /^([A-Za-z0-9\-.!%*_+`'~]+)[ \t].*[ \t]SIP\/\d+\.\d+[ \t]*$/i;
const STATUS_LINE = /^SIP\/(\d{1,5}\.\d{1,5}) +(\d+)(?: (.*))?$/i;
const OTHER_URI = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21\x23-\x3b\x3d\x3f-\x7e]+$/;

/** The message, or the fault with what is needed to answer it. Never throws. The body aliases `bytes`. */
export function parseMessage(bytes: Uint8Array): ParseResult {
  if (bytes.length > MESSAGE_BYTES_MAX) return dropped("sip.limit", "longer than a datagram");
  const text = decoder.decode(bytes);
  let start = 0;
  // RFC 3261 section 7.5: line ends before the start line are ignored.
  while (text.startsWith("\r\n", start)) start += 2;
  if (start >= text.length) return dropped("sip.keepalive", "no message");
  const headEnd = text.indexOf("\r\n\r\n", start);
  const head = text.slice(start, headEnd < 0 ? text.length : headEnd);
  const lineEnd = head.indexOf("\r\n");
  const startLine = readStartLine(lineEnd < 0 ? head : head.slice(0, lineEnd));
  if (startLine === undefined) return dropped("sip.foreign", "no SIP in the first line");
  const fields: HeaderField[] = [];
  let problem = startLine.problem ?? (headEnd < 0 ? { code: "sip.truncated", detail: "no empty line after the headers" } : undefined);
  if (lineEnd >= 0) {
    const found = readFields(head, lineEnd + 2, { fields, suspicious: hasControls(head) });
    problem ??= found;
  }
  const headers = SipHeaders.fromFields(fields);
  problem ??= checkHeaders(headers, startLine);
  let body = headEnd < 0 ? bytes.subarray(bytes.length) : bytes.subarray(bodyStart(bytes, text, headEnd));
  if (problem === undefined) {
    const length = headers.get("content-length");
    if (length !== undefined) {
      const promised = headers.contentLength;
      if (promised === undefined || promised > body.length) problem = { code: "sip.length", detail: promised === undefined ? "Content-Length is no number" : `${promised} bytes promised, ${body.length} here` };
      // RFC 3261 section 18.3: what follows in the datagram is no part of the message.
      else if (promised < body.length) body = body.subarray(0, promised);
    }
  }
  return finish(startLine, headers, body, problem);
}

function finish(startLine: StartLine, headers: SipHeaders, body: Uint8Array, problem: Problem | undefined): ParseResult {
  if (startLine.kind === "response") {
    if (problem !== undefined) return dropped(problem.code, problem.detail);
    return { message: { kind: "response", status: startLine.status, reason: startLine.reason, headers, body } };
  }
  const request: SipRequest = { kind: "request", method: startLine.method, uri: parseUri(startLine.rawUri), rawUri: startLine.rawUri, headers, body };
  problem ??= checkUri(request);
  if (problem === undefined) return { message: request };
  // An ACK is never answered (RFC 3261 section 17.2.1), and without a Via nobody knows what would be.
  if (request.method === "ACK" || !headers.has("via")) return dropped(problem.code, problem.detail);
  return { fault: { code: problem.code, detail: problem.detail, answer: { status: problem.status ?? 400, request } } };
}

const dropped = (code: SipFaultCode, detail: string): ParseResult => ({ fault: { code, detail } });

/** Several spaces between its parts, or after them, are forgiven: what is meant is clear (RFC 4475 sections 3.1.2.9 and 3.1.2.10). */
function readStartLine(line: string): StartLine | undefined {
  const tooLong = line.length > HEADER_LENGTH_MAX;
  const request = tooLong ? null : REQUEST_LINE.exec(line);
  if (request !== null) {
    const problem: Problem | undefined = request[3] === "2.0" ? undefined : { code: "sip.version", detail: "not SIP/2.0", status: 505 };
    return { kind: "request", method: request[1]!, rawUri: request[2]!, problem };
  }
  const status = tooLong ? null : STATUS_LINE.exec(line);
  if (status !== null) {
    const code = status[2]!.length === 3 ? Number(status[2]) : 0;
    let problem: Problem | undefined;
    if (status[1] !== "2.0") problem = { code: "sip.version", detail: "not SIP/2.0" };
    else if (code < 100 || code > 699) problem = { code: "sip.status", detail: "status code outside of 100-699" };
    return { kind: "response", status: code, reason: status[3] ?? "", problem };
  }
  const like = tooLong ? null : REQUEST_LIKE.exec(line);
  if (like !== null) return { kind: "request", method: like[1]!, rawUri: "", problem: { code: "sip.start-line", detail: "request line is not method, URI, version" } };
  return tooLong && / SIP\/\d+\.\d+[ \t]*$/.test(line) ? { kind: "request", method: "", rawUri: "", problem: { code: "sip.limit", detail: "request line too long", status: 414 } } : undefined;
}

/** Reads every field it can, since an answer to a broken message needs them, and returns the first problem. */
function readFields(head: string, from: number, { fields, suspicious }: { readonly fields: HeaderField[]; readonly suspicious: boolean }): Problem | undefined {
  let problem: Problem | undefined = suspicious && hasControls(head.slice(0, from - 2)) ? { code: "sip.syntax", detail: "control character in the start line" } : undefined;
  let at = from;
  while (at < head.length) {
    let end = head.indexOf("\r\n", at);
    if (end < 0) end = head.length;
    const begin = at;
    let folded = false;
    // RFC 3261 section 7.3.1: a line that begins with white space goes on with the one before.
    while (head.charCodeAt(end + 2) === 0x20 || head.charCodeAt(end + 2) === 0x09) {
      folded = true;
      end = head.indexOf("\r\n", end + 2);
      if (end < 0) end = head.length;
    }
    at = end + 2;
    if (end - begin > HEADER_LENGTH_MAX || fields.length >= HEADER_FIELDS_MAX) return problem ?? { code: "sip.limit", detail: "too many or too long header fields", status: 513 };
    const line = folded ? head.slice(begin, end).replace(/[ \t]*\r\n[ \t]+/g, " ") : head.slice(begin, end);
    const found = readField(line, suspicious);
    if ("key" in found) fields.push(found);
    else problem ??= found;
  }
  return problem;
}

function readField(line: string, suspicious: boolean): HeaderField | Problem {
  const colon = line.indexOf(":");
  const given = colon < 0 ? "" : trimSpace(line.slice(0, colon));
  if (!isToken(given) || skipSpace(line, 0) !== 0) return { code: "sip.syntax", detail: "a line that is no header field" };
  const known = knownHeader(given);
  const value = trimSpace(line.slice(colon + 1));
  if (suspicious && !controlsAreQuoted(value)) return { code: "sip.syntax", detail: `control character in ${known?.display ?? "an extension header"}` };
  return { key: known?.key ?? given.toLowerCase(), name: known?.display ?? given, value };
}

/** Whether anything below SP but HTAB and the pair CRLF, or DEL, stands in the text: then each value is looked at closely. */
function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x20 ? code !== 0x7f : code === 0x09) continue;
    if (code !== 0x0d || text.charCodeAt(i + 1) !== 0x0a) return true;
    i++;
  }
  return false;
}

/** quoted-pair of RFC 3261 section 25.1 may hold any control character but CR and LF. */
function controlsAreQuoted(value: string): boolean {
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0x22) quoted = !quoted;
    else if (code === 0x5c && quoted) {
      const next = value.charCodeAt(++i);
      if (next === 0x0a || next === 0x0d) return false;
    } else if ((code < 0x20 && code !== 0x09) || code === 0x7f) return false;
  }
  return true;
}

function checkHeaders(headers: SipHeaders, startLine: StartLine): Problem | undefined {
  let seen = 0;
  for (const { key, name } of headers.fields) {
    const single = knownHeader(key)?.single ?? 0;
    if ((seen & single) !== 0) return { code: "sip.duplicate", detail: name };
    seen |= single;
  }
  for (const name of REQUIRED) if (!headers.has(name)) return { code: "sip.missing", detail: name };
  const top = headers.vias[0];
  if (top === undefined) return { code: "sip.header", detail: "Via" };
  // Answered without a transaction: the next request from there would look like a retransmission of this one.
  if (top.branch === MAGIC_COOKIE) return { code: "sip.branch", detail: "nothing after the magic cookie" };
  if (headers.tryFrom() === undefined) return { code: "sip.header", detail: "From" };
  if (headers.tryTo() === undefined) return { code: "sip.header", detail: "To" };
  if (!CALL_ID.test(headers.callId)) return { code: "sip.header", detail: "Call-ID" };
  const cseq = headers.tryCSeq();
  if (cseq === undefined) return { code: "sip.header", detail: "CSeq" };
  if (startLine.kind === "request" && cseq.method !== startLine.method) return { code: "sip.method", detail: "CSeq names another method" };
  if (headers.has("max-forwards") && headers.maxForwards === undefined) return { code: "sip.header", detail: "Max-Forwards" };
  if (headers.has("contact") && !headers.isContactStar && headers.contacts.length === 0) return { code: "sip.header", detail: "Contact" };
  if (headers.has("route") && headers.routes.length === 0) return { code: "sip.header", detail: "Route" };
  if (headers.has("record-route") && headers.recordRoutes.length === 0) return { code: "sip.header", detail: "Record-Route" };
  return undefined;
}

const REQUIRED = ["Via", "From", "To", "Call-ID", "CSeq"] as const;
/** Wider than `word ["@" word]`: anything printable without spaces identifies a call as well. */
const CALL_ID = /^[\x21-\x7e]+$/;

function checkUri({ uri, rawUri }: SipRequest): Problem | undefined {
  // RFC 3261 section 19.1.1, table 1: no headers in a Request-URI.
  if (uri !== undefined) return uri.headers === undefined ? undefined : { code: "sip.uri", detail: "headers in the Request-URI" };
  return OTHER_URI.test(rawUri) && !/^sips?:/i.test(rawUri) ? undefined : { code: "sip.uri", detail: "malformed Request-URI" };
}

/** Where the body begins; in plain ASCII (every byte one character) that is where it begins in the text. */
function bodyStart(bytes: Uint8Array, text: string, headEnd: number): number {
  if (text.length === bytes.length) return headEnd + 4;
  let at = 0;
  while (bytes[at] === 0x0d && bytes[at + 1] === 0x0a) at += 2;
  for (;;) {
    at = bytes.indexOf(0x0d, at);
    if (bytes[at + 1] === 0x0a && bytes[at + 2] === 0x0d && bytes[at + 3] === 0x0a) return at + 4;
    at++;
  }
}
