// Messages out of a byte stream (RFC 3261 section 18.3), and the line ends that keep it open (RFC 5626 section 3.5.1).
import { MESSAGE_BYTES_MAX } from "./parse.js";

/** After any of these the rest of the stream means nothing: the connection is to be closed. */
export type FramingFault =
  /** Longer than MESSAGE_BYTES_MAX, or no end of its headers within that. */
  | "framing.limit"
  /** Content-Length is missing, no number, or there twice and unequal. */
  | "framing.length";

export interface FramingListener {
  /** One whole message; the bytes are the listener's. */
  onMessage(bytes: Uint8Array): void;
  /** The double line end of a ping, to be answered by one line end. */
  onPing(): void;
}

const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const ROOM_BYTES = 4096;
/** How far into a line the colon after Content-Length is looked for. */
const NAME_LENGTH_MAX = 64;
const decoder = new TextDecoder("latin1");

/** Holds at most one message that is not whole yet, MESSAGE_BYTES_MAX and what came in the same chunk at most. */
export class StreamFramer {
  readonly #listener: FramingListener;
  #buffer = new Uint8Array(ROOM_BYTES);
  #end = 0;
  /** Up to where no end of headers was found: each byte is looked at once, however small the pieces. */
  #searched = 0;
  /** Of the message at the start of the buffer, once its headers are here. */
  #messageBytes: number | undefined;
  #fault: FramingFault | undefined;

  constructor(listener: FramingListener) {
    this.#listener = listener;
  }

  /** Bytes of what is not whole yet. */
  get pendingBytes(): number {
    return this.#end;
  }

  /** Copies `chunk`. After a fault nothing is taken any more, and the fault is returned again. */
  push(chunk: Uint8Array): FramingFault | undefined {
    if (this.#fault !== undefined) return this.#fault;
    this.#append(chunk);
    let start = 0;
    for (let taken = this.#take(start); taken > 0; taken = this.#take(start)) start += taken;
    this.#drop(start);
    if (this.#fault !== undefined) this.#end = 0;
    return this.#fault;
  }

  /** How many bytes from `start` on were a message or line ends; 0 where more must come, or nothing can. */
  #take(start: number): number {
    const bytes = this.#buffer.subarray(start, this.#end);
    if (this.#messageBytes === undefined) {
      if (bytes[0] === CR && (bytes.length === 1 || bytes[1] === LF)) return this.#takeLineEnds(bytes);
      this.#messageBytes = this.#measure(bytes);
    }
    const length = this.#messageBytes;
    if (length === undefined || bytes.length < length) return 0;
    this.#messageBytes = undefined;
    this.#searched = 0;
    this.#listener.onMessage(bytes.slice(0, length));
    return length;
  }

  /** RFC 3261 section 7.5: line ends before a start line are ignored; two of them are a ping. One alone may become two. */
  #takeLineEnds(bytes: Uint8Array): number {
    if (bytes.length >= 4 && bytes[2] === CR && bytes[3] === LF) {
      this.#listener.onPing();
      return 4;
    }
    const undecided = bytes.length < 3 || (bytes.length === 3 && bytes[2] === CR);
    return undecided ? 0 : 2;
  }

  /** Length of headers and body; undefined where the headers are not whole, or with `#fault` set. */
  #measure(bytes: Uint8Array): number | undefined {
    const headEnd = findHeadEnd(bytes, Math.max(0, this.#searched - 3));
    if (headEnd === undefined) {
      this.#searched = bytes.length;
      if (bytes.length >= MESSAGE_BYTES_MAX) this.#fault = "framing.limit";
      return undefined;
    }
    const bodyBytes = headEnd > MESSAGE_BYTES_MAX ? Infinity : readContentLength(bytes.subarray(0, headEnd));
    if (bodyBytes === undefined) this.#fault = "framing.length";
    else if (headEnd + bodyBytes > MESSAGE_BYTES_MAX) this.#fault = "framing.limit";
    return this.#fault === undefined ? headEnd + bodyBytes! : undefined;
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#end + chunk.length;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#end));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end = needed;
  }

  #drop(start: number): void {
    if (start === 0) return;
    this.#buffer.copyWithin(0, start, this.#end);
    this.#end -= start;
    // An idle connection gives back what one long message took.
    if (this.#end === 0 && this.#buffer.length > ROOM_BYTES) this.#buffer = new Uint8Array(ROOM_BYTES);
  }
}

/** Where the body begins; undefined where the empty line is not there yet. */
function findHeadEnd(bytes: Uint8Array, from: number): number | undefined {
  for (let at = bytes.indexOf(CR, from); at >= 0; at = bytes.indexOf(CR, at + 1)) if (bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF) return at + 4;
  return undefined;
}

/** Section 20.14: "If a stream-based protocol is used, the header field MUST be used"; without it nobody knows where the next message begins. */
function readContentLength(head: Uint8Array): number | undefined {
  let found: number | undefined;
  for (let at = head.indexOf(LF) + 1; at < head.length; at = head.indexOf(LF, at) + 1) {
    const end = head.indexOf(LF, at);
    const line = head.subarray(at, end);
    const colon = line.subarray(0, NAME_LENGTH_MAX).indexOf(COLON);
    const name = colon < 0 ? "" : decoder.decode(line.subarray(0, colon)).trimEnd().toLowerCase();
    if (name !== "content-length" && name !== "l") continue;
    const value = decoder.decode(line.subarray(colon + 1)).trim();
    if (!/^\d{1,10}$/.test(value) || (found !== undefined && found !== Number(value))) return undefined;
    found = Number(value);
  }
  return found;
}
