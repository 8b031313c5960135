// The Via header field: RFC 3261 sections 18.2.1 and 20.42, rport per RFC 3581.
import type { Endpoint } from "../../base/endpoint.js";
import { formatParams, readParams, type SipParams } from "./grammar.js";

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

const SENT = /^[ \t]*SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?:[ \t]*:[ \t]*(\d{1,5}))?[ \t]*/i;

/** One value of a Via header field; undefined where malformed. */
export function readVia(text: string): Via | undefined {
  const sent = SENT.exec(text);
  if (sent === null) return undefined;
  const port = sent[3] === undefined ? undefined : Number(sent[3]);
  if (port !== undefined && (port === 0 || port > 65535)) return undefined;
  const params = readParams(text, sent[0].length);
  if (params === undefined) return undefined;
  const rportText = params.get("rport");
  const rport = rportText === undefined ? undefined : Number(rportText);
  if (rport !== undefined && !(rport >= 0 && rport <= 65535)) return undefined;
  return { protocol: sent[1]!.toUpperCase(), host: sent[2]!.toLowerCase(), port, branch: params.get("branch") || undefined, received: params.get("received") || undefined, rport, params };
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
