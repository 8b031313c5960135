// Who calls over a trunk, from the header field that its setting believes: P-Asserted-Identity (RFC 3325), Remote-Party-ID
// (draft-ietf-sip-privacy-04, which many gateways still send) or From.
import type { SipRequest } from "../../protocol/sip/message/message.js";
import { readNameAddr, type NameAddr } from "../../protocol/sip/message/name-addr.js";
import { callerOf, numberOf } from "../signaling/party.js";
import type { PartyAddress } from "../signaling/session.js";

export type CallerSource = "p-asserted-identity" | "remote-party-id" | "from";

/**
 * The first of `sources` that the request has. RFC 3325 section 9.3, RFC 3323 section 4.2: with `Privacy: id` (also
 * `user`, `header`) the number is known to us, for records and emergencies, and is shown to nobody.
 */
export function callerIdentity(request: SipRequest, sources: readonly CallerSource[]): PartyAddress {
  for (const source of sources) {
    const found = source === "from" ? callerOf(request) : readIdentity(request, source);
    if (found !== undefined) return wantsPrivacy(request, source) ? { ...found, withheld: true } : found;
  }
  return callerOf(request);
}

function readIdentity({ headers }: SipRequest, source: Exclude<CallerSource, "from">): PartyAddress | undefined {
  // A list may hold a SIP and a tel URI of the same party; RFC 3325 section 9.1 allows no more.
  const values = headers.getAll(source).slice(0, 2).map(readNameAddr);
  const identities = values.filter((value): value is NameAddr => value !== undefined && isCaller(value, source)).map(partyOf);
  return identities.find(({ number }) => number !== "");
}

/** Remote-Party-ID stands for either side. */
const isCaller = ({ params }: NameAddr, source: CallerSource): boolean => source !== "remote-party-id" || (params.get("party") ?? "calling").toLowerCase() === "calling";

function partyOf(address: NameAddr): PartyAddress {
  const number = numberOf(address);
  return address.displayName === undefined ? { number } : { number, displayName: address.displayName };
}

function wantsPrivacy({ headers }: SipRequest, source: CallerSource): boolean {
  const wanted = headers.getAll("privacy").flatMap((value) => value.split(/[;,]/)).map((value) => value.trim().toLowerCase());
  if (wanted.some((value) => value === "id" || value === "user" || value === "header")) return true;
  if (source !== "remote-party-id") return false;
  const party = readNameAddr(headers.getAll("remote-party-id")[0] ?? "");
  const privacy = party?.params.get("privacy")?.toLowerCase();
  return privacy === "full" || privacy === "name" || privacy === "uri";
}
