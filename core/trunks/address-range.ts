// Address ranges in CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3), read once and matched by bits.

export interface AddressRange {
  /** 4 or 16 bytes. */
  readonly bytes: Uint8Array;
  /** Leading bits that count: 0-32 or 0-128. */
  readonly prefixBits: number;
}

/** `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`; undefined where it is none of these, or has bits set behind the prefix. */
export function readAddressRange(text: string): AddressRange | undefined {
  const slash = text.indexOf("/");
  const bytes = readAddress(slash < 0 ? text : text.slice(0, slash));
  if (bytes === undefined) return undefined;
  const widthBits = bytes.length * 8;
  const prefixText = slash < 0 ? String(widthBits) : text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(prefixText)) return undefined;
  const prefixBits = Number(prefixText);
  if (prefixBits > widthBits) return undefined;
  for (let bit = prefixBits; bit < widthBits; bit++) if (bitAt(bytes, bit) !== 0) return undefined;
  return { bytes, prefixBits };
}

export function rangeHolds(range: AddressRange, address: Uint8Array): boolean {
  if (range.bytes.length !== address.length) return false;
  for (let bit = 0; bit < range.prefixBits; bit++) if (bitAt(range.bytes, bit) !== bitAt(address, bit)) return false;
  return true;
}

/**
 * A numeric address as 4 or 16 bytes, undefined where it is none. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`)
 * is the IPv4 address: sockets that serve both families report it so.
 */
export function readAddress(text: string): Uint8Array | undefined {
  const bytes = text.includes(":") ? readIpv6(text) : readIpv4(text);
  if (bytes === undefined || bytes.length === 4) return bytes;
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? bytes.slice(12) : bytes;
}

const bitAt = (bytes: Uint8Array, bit: number): number => (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1;

function readIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return bytes;
}

function readIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (text.length > 45 || halves.length > 2) return undefined;
  const head = readGroups(halves[0]!);
  const tail = halves.length === 2 ? readGroups(halves[1]!) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** The bytes of `2001:db8` or `ffff:192.0.2.1`. */
function readGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    if (group.includes(".") && i === groups.length - 1) {
      const ipv4 = readIpv4(group);
      if (ipv4 === undefined) return undefined;
      bytes.push(...ipv4);
    } else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      bytes.push(parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff);
    } else return undefined;
  }
  return bytes;
}
