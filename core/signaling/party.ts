// Who calls, and how we name ourselves.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { formatNameAddr } from "../../protocol/sip/message/name-addr.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import type { PartyAddress } from "./session.js";

/** RFC 3323 section 4.1.1.3: what a caller who shows no number puts into From. */
const ANONYMOUS = "anonymous";

export function callerOf(request: SipRequest): PartyAddress {
  const { from } = request.headers;
  const user = from.uri?.user ?? "";
  const number = user.toLowerCase() === ANONYMOUS || from.uri?.host === "anonymous.invalid" ? "" : user;
  return from.displayName === undefined ? { number } : { number, displayName: from.displayName };
}

/** A whole From value; `at`: our own address, or the name that a carrier knows us by. */
export function formatFrom(party: PartyAddress, at: Endpoint | string, tag: string): string {
  const user = party.number === "" ? ANONYMOUS : party.number;
  const place = typeof at === "string" ? { host: at } : { host: uriHost(at), port: at.port };
  return formatNameAddr({ displayName: party.displayName, uri: { scheme: "sip", user, ...place, params: new Map() }, tag });
}

/** The address as a URI holds it: IPv6 with brackets. */
export const uriHost = ({ address }: Endpoint): string => (address.includes(":") ? `[${address}]` : address);
