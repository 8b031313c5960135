// Who calls, and how we name ourselves.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import { formatNameAddr, type NameAddr } from "../../protocol/sip/message/name-addr.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import type { PartyAddress } from "./session.js";

/** RFC 3323 section 4.1.1.3: what a caller who shows no number puts into From. */
const ANONYMOUS = "anonymous";

/** As From says. */
export function callerOf(request: SipRequest): PartyAddress {
  const { from } = request.headers;
  const number = numberOf(from);
  return from.displayName === undefined ? { number } : { number, displayName: from.displayName };
}

/** The user part, or the number of a tel URI (RFC 3966) without its visual separators; empty where anonymous. */
export function numberOf({ uri, rawUri }: NameAddr): string {
  if (uri === undefined) return /^tel:([^;?]*)/i.exec(rawUri)?.[1]?.replace(/[-.()]/g, "") ?? "";
  // RFC 3261 section 19.1.6: a telephone number's own parameters stand in the user part.
  const user = uri.user?.split(";", 1)[0] ?? "";
  return user.toLowerCase() === ANONYMOUS || uri.host === "anonymous.invalid" ? "" : user;
}

/** As the called phone may show it: nothing of a party that withholds it. */
export const shownTo = (party: PartyAddress): PartyAddress => (party.withheld === true ? { number: "" } : party);

/** A whole From value; `at`: our own address, or the name that a carrier knows us by. */
export function formatFrom(party: PartyAddress, at: Endpoint | string, tag: string): string {
  const { number, displayName } = shownTo(party);
  const user = number === "" ? ANONYMOUS : number;
  const place = typeof at === "string" ? { host: at } : { host: uriHost(at), port: at.port };
  return formatNameAddr({ displayName, uri: { scheme: "sip", user, ...place, params: new Map() }, tag });
}

/** The address as a URI holds it: IPv6 with brackets. */
export const uriHost = ({ address }: Endpoint): string => (address.includes(":") ? `[${address}]` : address);
