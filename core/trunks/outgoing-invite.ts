// What a call of ours looks like to a carrier: where it goes, and which number it shows.
import { formatEndpoint } from "../../protocol/base/endpoint.js";
import { formatNameAddr } from "../../protocol/sip/message/name-addr.js";
import type { InviteRequest } from "../signaling/session.js";
import type { Trunk } from "./trunk.js";

/** @param number as the carrier is told. Undefined where the trunk takes no calls of ours. */
export function outgoingInvite(trunk: Trunk, number: string): Omit<InviteRequest, "offer" | "callId"> | undefined {
  const { address, domain, account, nat, silenceMs, showNumberIn } = trunk;
  if (address === undefined) return undefined;
  const place = domain ?? formatEndpoint(address);
  const shown = trunk.number ?? "";
  const asserted = showNumberIn === "p-asserted-identity" && shown !== "";
  return {
    uri: `sip:${number}@${place}`,
    to: address,
    from: { number: asserted && account !== undefined ? account.username : shown },
    fromHost: domain,
    // RFC 3325 section 9.1.
    headers: asserted ? [["P-Asserted-Identity", formatNameAddr({ uri: `sip:${shown}@${place}` })]] : [],
    account,
    symmetric: nat,
    silenceMaxMs: silenceMs,
  };
}
