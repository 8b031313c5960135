// Where a request inside of a dialog goes (RFC 3261 section 8.1.2), without DNS.
import { sameEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
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
  /** What we called: a phone may name the port of its end of a connection in the dialog, which takes no other. */
  readonly called?: string;
  /** Where the phone that called has registered, now. */
  readonly registered?: () => readonly RegisteredAt[];
}

export interface RegisteredAt {
  readonly uri: string;
  /** Where the REGISTER came from. */
  readonly source: Endpoint;
}

/**
 * The route or target where it is a number, except behind NAT, and where it is a name: where the packets come from. A
 * connection that the machine named there has opened is used again while it lasts, instead of a second one; behind NAT,
 * too, the target is all that is left once that connection is gone.
 */
export function nextHop(dialog: Dialog, peer: Peer, isConnected: (to: Endpoint) => boolean): Endpoint {
  if (peer.symmetric && dialog.routes.length === 0) {
    const hops = [nextHopUri(dialog), peer.called ?? ""].map((uri) => contactHop(uri, peer.endpoint, isConnected));
    return hops.find((hop) => hop !== undefined) ?? registeredHop(peer, isConnected) ?? peer.endpoint;
  }
  const named = uriEndpoint(nextHopUri(dialog)) ?? peer.endpoint;
  const reused = peer.endpoint.protocol === "TCP" && named.address === peer.endpoint.address && isConnected(peer.endpoint);
  return reused ? peer.endpoint : named;
}

/** Of several devices the one at the address that the call came from: another knows nothing of the dialog. */
function registeredHop({ registered, endpoint }: Peer, isConnected: (to: Endpoint) => boolean): Endpoint | undefined {
  const here = registered?.().filter(({ source }) => source.address === endpoint.address) ?? [];
  return here.map(({ uri, source }) => contactHop(uri, source, isConnected)).find((hop) => hop !== undefined);
}

/**
 * Where a contact is reached that came from `source`: there, and where that was a connection which is gone, by a new one to
 * what the contact itself names. Undefined where it names no number that takes TCP: nobody can be reached (RFC 5626
 * section 5.3: a connection that failed is not replaced from our side).
 */
export function contactHop(uri: string, source: Endpoint, isConnected: (to: Endpoint) => boolean): Endpoint | undefined {
  if (source.protocol !== "TCP" || isConnected(source)) return source;
  const named = uriEndpoint(uri);
  return named?.protocol === "TCP" && !sameEndpoint(named, source) ? named : undefined;
}
