/** A line of a message: text that is UTF-8 on the wire, or bytes that are no text. */
export type TortureLine = string | Uint8Array;

export const hex = (digits: string): Uint8Array => Uint8Array.from(digits.match(/../g) ?? [], (byte) => parseInt(byte, 16));

/** The lines with CRLF between them. */
export function joinLines(lines: readonly TortureLine[]): Uint8Array {
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  lines.forEach((line, i) => {
    if (i > 0) bytes.push(0x0d, 0x0a);
    for (const byte of typeof line === "string" ? encoder.encode(line) : line) bytes.push(byte);
  });
  return Uint8Array.from(bytes);
}
