// A SIP message to bytes (RFC 3261 section 7).
import type { SipMessage } from "./message.js";

const encoder = new TextEncoder();

/** Fields in their order, Content-Length last and always right. What was received as UTF-8 goes out as UTF-8. */
export function serializeMessage(message: SipMessage): Uint8Array {
  let head = message.kind === "request" ? `${message.method} ${message.rawUri} SIP/2.0\r\n` : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  const fields = message.headers.fields;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    if (field.key !== "content-length") head += `${field.name}: ${field.value}\r\n`;
  }
  head += `Content-Length: ${message.body.length}\r\n\r\n`;
  const encoded = encoder.encode(head);
  if (message.body.length === 0) return encoded;
  const bytes = new Uint8Array(encoded.length + message.body.length);
  bytes.set(encoded);
  bytes.set(message.body, encoded.length);
  return bytes;
}
