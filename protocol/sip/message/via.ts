// The Via header field: RFC 3261 sections 18.2.1 and 20.42, rport per RFC 3581.
import type { Endpoint } from "../../base/endpoint.js";
import { classOf, formatParams, readNumber, readParams, skipClass, skipSpace, TOKEN, type SipParams } from "./grammar.js";
import { skipHost } from "./uri.js";

export const MAGIC_COOKIE = "z9hG4bK";

export interface Via {
  /** `UDP`, `TCP`, ...: upper case. */
  readonly protocol: string;
  /** Lower case; IPv6 with its brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** Undefined in a message of RFC 2543. */
  readonly branch: string | undefined;
  readonly received: string | undefined;
  /** A port; 0 where `rport` stands without a value, which asks us to fill it in; undefined where absent. */
  readonly rport: number | undefined;
  readonly params: SipParams;
}

const SIP = /^sip$/i;
const DIGIT = classOf((code) => code >= 0x30 && code <= 0x39);

/** One value of a Via header field; undefined where malformed. */
export function readVia(text: string): Via | undefined {
  const protocolAt = skipVersion(text);
  let at = skipClass(TOKEN, text, protocolAt);
  const hostAt = skipSpace(text, at);
  if (at === protocolAt || hostAt === at) return undefined;
  const protocol = text.slice(protocolAt, at).toUpperCase();
  at = skipHost(text, hostAt);
  if (at === hostAt) return undefined;
  const host = text.slice(hostAt, at).toLowerCase();
  at = skipSpace(text, at);
  let port: number | undefined;
  if (text.charCodeAt(at) === 0x3a) {
    const portAt = skipSpace(text, at + 1);
    at = skipClass(DIGIT, text, portAt);
    port = readNumber(text.slice(portAt, at), 65_535);
    if (port === undefined || port === 0) return undefined;
  }
  const params = readParams(text, at);
  if (params === undefined) return undefined;
  const rportText = params.get("rport");
  const rport = rportText === undefined ? undefined : rportText === "" ? 0 : readNumber(rportText, 65_535);
  if (rportText !== undefined && rport === undefined) return undefined;
  return { protocol, host, port, branch: params.get("branch") || undefined, received: params.get("received") || undefined, rport, params };
}

/** The index after `SIP/2.0/` with spaces anywhere in it; past the end of the text where it does not begin so. */
function skipVersion(text: string): number {
  if (text.startsWith("SIP/2.0/")) return skipSpace(text, 8);
  const nowhere = text.length;
  let at = skipSpace(text, 0);
  if (!SIP.test(text.slice(at, at + 3))) return nowhere;
  at = skipSpace(text, at + 3);
  if (text.charCodeAt(at) !== 0x2f) return nowhere;
  at = skipSpace(text, at + 1);
  if (!text.startsWith("2.0", at)) return nowhere;
  at = skipSpace(text, at + 3);
  return text.charCodeAt(at) === 0x2f ? skipSpace(text, at + 1) : nowhere;
}

export function formatVia(via: { readonly protocol: string; readonly host: string; readonly port?: number | undefined; readonly params: SipParams }): string {
  return `SIP/2.0/${via.protocol} ${via.host}${via.port === undefined ? "" : `:${via.port}`}${formatParams(via.params)}`;
}

/** Our own Via: asks for the response at the port that we send from (RFC 3581). IPv6 addresses get their brackets. */
export function createVia(protocol: string, local: Endpoint, branch: string): string {
  const host = local.address.includes(":") ? `[${local.address}]` : local.address;
  return `SIP/2.0/${protocol} ${host}:${local.port};branch=${branch};rport`;
}

/**
 * The Via with what the transport saw (RFC 3261 section 18.2.1, RFC 3581 section 4): `received` where the sent-by is
 * not the source or `rport` is asked for, `rport` filled with the source port.
 */
export function receivedVia(via: Via, source: Endpoint): string {
  const params = new Map(via.params);
  const bare = via.host.startsWith("[") ? via.host.slice(1, -1) : via.host;
  const asked = via.rport !== undefined;
  params.delete("received");
  if (asked) params.set("rport", String(source.port));
  if (asked || bare !== source.address.toLowerCase()) params.set("received", source.address);
  return formatVia({ protocol: via.protocol, host: via.host, port: via.port, params });
}
