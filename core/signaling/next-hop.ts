// Where a request inside of a dialog goes (RFC 3261 section 8.1.2), without DNS.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { nextHopUri, type Dialog } from "../../protocol/sip/dialog/dialog.js";
import { parseUri } from "../../protocol/sip/message/uri.js";

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** The numeric host and port of a SIP URI; undefined for a name. */
export function uriEndpoint(text: string): Endpoint | undefined {
  const uri = parseUri(text);
  if (uri === undefined) return undefined;
  const place = { port: uri.port ?? 5060, ...(uri.params.get("transport")?.toLowerCase() === "tcp" ? { protocol: "TCP" as const } : {}) };
  if (uri.host.startsWith("[")) return { address: uri.host.slice(1, -1), ...place };
  return IPV4.test(uri.host) ? { address: uri.host, ...place } : undefined;
}

export interface Peer {
  /** Where the far side's packets come from. */
  endpoint: Endpoint;
  /** Behind NAT: its Contact holds an address that can't be reached. */
  readonly symmetric: boolean;
}

/**
 * The route or target where it is a number, except behind NAT, and where it is a name: where the packets come from. A
 * connection that the machine named there has opened is used again while it lasts, instead of a second one.
 */
export function nextHop(dialog: Dialog, peer: Peer, isConnected: (to: Endpoint) => boolean): Endpoint {
  if (peer.symmetric && dialog.routes.length === 0) return peer.endpoint;
  const named = uriEndpoint(nextHopUri(dialog)) ?? peer.endpoint;
  const reused = peer.endpoint.protocol === "TCP" && named.address === peer.endpoint.address && isConnected(peer.endpoint);
  return reused ? peer.endpoint : named;
}
