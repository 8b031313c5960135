// Where a request inside of a dialog goes (RFC 3261 section 8.1.2), without DNS.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { nextHopUri, type Dialog } from "../../protocol/sip/dialog/dialog.js";
import { parseUri } from "../../protocol/sip/message/uri.js";

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** The numeric host and port of a SIP URI; undefined for a name. */
export function uriEndpoint(text: string): Endpoint | undefined {
  const uri = parseUri(text);
  if (uri === undefined) return undefined;
  const port = uri.port ?? 5060;
  if (uri.host.startsWith("[")) return { address: uri.host.slice(1, -1), port };
  return IPV4.test(uri.host) ? { address: uri.host, port } : undefined;
}

export interface Peer {
  /** Where the far side's packets come from. */
  endpoint: Endpoint;
  /** Behind NAT: its Contact holds an address that can't be reached. */
  readonly symmetric: boolean;
}

/** The route or target where it is a number, except behind NAT, and where it is a name: where the packets come from. */
export function nextHop(dialog: Dialog, peer: Peer): Endpoint {
  if (peer.symmetric && dialog.routes.length === 0) return peer.endpoint;
  return uriEndpoint(nextHopUri(dialog)) ?? peer.endpoint;
}
