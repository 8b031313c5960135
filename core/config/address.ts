// Addresses as settings give them: numeric, since nothing here resolves names.
import type { Endpoint } from "../../protocol/base/endpoint.js";

/** `host:port` or `[ipv6]:port`; `localhost` is 127.0.0.1. Port 0 lets the system choose. Undefined where it is none. */
export function parseListen(text: string): Endpoint | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const address = parseAddress(match[1] ?? match[2]!);
  const port = Number(match[3]);
  return address === undefined || port > 65_535 || (match[1] !== undefined) !== address.includes(":") ? undefined : { address, port };
}

/** A numeric IPv4 or IPv6 address, or `localhost`. */
export function parseAddress(text: string): string | undefined {
  if (text === "localhost") return "127.0.0.1";
  return isIpv4(text) || isIpv6(text) ? text : undefined;
}

const isIpv4 = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split(".").every((part) => Number(part) <= 255);

/** RFC 4291 section 2.2, without a zone and without an IPv4 tail. */
function isIpv6(text: string): boolean {
  if (!/^[0-9a-f:]+$/i.test(text) || text.includes(":::")) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) && (halves.length === 2 ? groups.length < 8 : groups.length === 8);
}

/** Reached from this machine only: 127.0.0.0/8 (RFC 1122 section 3.2.1.3), ::1. */
export const isLoopback = (address: string): boolean => address.startsWith("127.") || address === "::1";

/** Every interface: good to listen on, but no address to tell a far side. */
export const isWildcard = (address: string): boolean => address === "0.0.0.0" || address === "::";

/** `20000-29999`. */
export function parsePortRange(text: string): { portMin: number; portMax: number } | undefined {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  return match === null ? undefined : { portMin: Number(match[1]), portMax: Number(match[2]) };
}
