// A message as text for what is written down as JSON: each character is one byte of the wire, so that any body survives.
import type { SipMessage } from "./message.js";
import { parseMessage } from "./parse.js";
import { serializeMessage } from "./serialize.js";

/** Characters at a time: a call's arguments are bounded. */
const CHUNK = 8192;

export function messageText(message: SipMessage): string {
  const bytes = serializeMessage(message);
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return text;
}

/** Undefined where it is no message. */
export const readMessageText = (text: string): SipMessage | undefined => parseMessage(Uint8Array.from(text, (char) => char.charCodeAt(0) & 0xff)).message;
