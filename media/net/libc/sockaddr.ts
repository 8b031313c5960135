// Addresses as the kernel has them (Linux, little-endian family, big-endian port).
//
// sockaddr_in:  family 2 | port 2 | address 4 | zero 8
// sockaddr_in6: family 2 | port 2 | flow 4 | address 16 | scope 4
import { isIPv4, isIPv6 } from "node:net";
import type { Endpoint } from "../../../protocol/base/endpoint.js";

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCKADDR_BYTES_MAX = 28;
const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;
const GROUPS = 8;

/** Fills `out`; returns its length, or 0 for what is no numeric address or no port of the wire. */
export function writeSockaddr(out: Uint8Array, { address, port }: Endpoint): number {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return 0;
  if (isIPv4(address)) return head(out, { family: AF_INET, port, length: SOCKADDR_IN_BYTES }, () => address.split(".").forEach((part, i) => (out[4 + i] = Number(part))));
  if (!isIPv6(address)) return 0;
  return head(out, { family: AF_INET6, port, length: SOCKADDR_IN6_BYTES }, () => writeIPv6(out, address));
}

/** The endpoint in `bytes`, as `writeSockaddr` takes it. */
export function readSockaddr(bytes: Uint8Array): Endpoint {
  const port = (bytes[2]! << 8) | bytes[3]!;
  if (bytes[0] === AF_INET) return { address: `${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`, port };
  const groups = Array.from({ length: GROUPS }, (_, i) => (bytes[8 + 2 * i]! << 8) | bytes[9 + 2 * i]!);
  return { address: formatIPv6(groups), port };
}

export const addressFamily = (address: string): number => (isIPv6(address) ? AF_INET6 : AF_INET);

function head(out: Uint8Array, { family, port, length }: { readonly family: number; readonly port: number; readonly length: number }, writeAddress: () => void): number {
  out.fill(0, 0, length);
  out[0] = family;
  out[2] = port >> 8;
  out[3] = port;
  writeAddress();
  return length;
}

function writeIPv6(out: Uint8Array, address: string): void {
  const plain = address.replace(/%.*$/, "").replace(/[^:]+\.[^:]+$/, lastGroups);
  const [left = "", right] = plain.split("::");
  const before = left === "" ? [] : left.split(":");
  const after = right === undefined || right === "" ? [] : right.split(":");
  const groups = [...before, ...Array<string>(right === undefined ? 0 : GROUPS - before.length - after.length).fill("0"), ...after];
  groups.forEach((group, i) => {
    const value = Number.parseInt(group, 16);
    out[8 + 2 * i] = value >> 8;
    out[9 + 2 * i] = value;
  });
}

/** An IPv4 address at the end of an IPv6 one, as the two groups that it stands for. */
function lastGroups(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** RFC 5952: the longest run of zero groups, of two or more, becomes `::`. */
function formatIPv6(groups: readonly number[]): string {
  let at = -1;
  let length = 1;
  for (let start = 0; start < GROUPS; start++) {
    let end = start;
    while (end < GROUPS && groups[end] === 0) end++;
    if (end - start > length) [at, length] = [start, end - start];
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  return at < 0 ? hex(groups) : `${hex(groups.slice(0, at))}::${hex(groups.slice(at + length))}`;
}
