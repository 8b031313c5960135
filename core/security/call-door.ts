// The door for calls: phones prove who they are, trunks are known by their address, and nobody else gets in.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import type { Admission, Door } from "../signaling/door.js";
import { callerIdentity } from "../trunks/caller-identity.js";
import type { Trunk } from "../trunks/trunk.js";
import type { PhoneGate } from "./phone-gate.js";

export interface CallDoorOptions {
  readonly gate: PhoneGate;
  readonly isExtension: (user: string) => boolean;
  /** The extension registered from exactly this address and port. */
  readonly findContact: (source: Endpoint) => string | undefined;
  readonly findTrunk: (address: string) => Trunk | undefined;
  /** The trunk that we have registered with under the `line` of our Contact. */
  readonly findLine: (line: string) => Trunk | undefined;
}

/**
 * Decides in this order:
 * 0. a Request-URI with the line of a registration of ours, which only the carrier's registrar was told: that trunk;
 * 1. a From that claims an extension, or a source that is a registered contact: a phone, always challenged;
 * 2. a source that is a trunk's: that trunk;
 * 3. anybody else: challenged just like a phone, so that nobody learns from the answer which extensions there are.
 *    Without a phone's password there is no way on, and after too many wrong ones no answer at all.
 */
export class CallDoor implements Door {
  readonly #options: CallDoorOptions;

  constructor(options: CallDoorOptions) {
    this.#options = options;
  }

  admit(request: SipRequest, source: Endpoint): Admission {
    const { gate, isExtension, findContact, findTrunk, findLine } = this.#options;
    const line = request.uri?.params.get("line");
    const registered = line === undefined ? undefined : findLine(line);
    if (registered !== undefined) return accept(request, registered);
    const claimed = request.headers.from.uri?.user;
    const claimsExtension = claimed !== undefined && isExtension(claimed);
    if (!claimsExtension && findContact(source) === undefined) {
      const trunk = findTrunk(source.address);
      if (trunk !== undefined) return accept(request, trunk);
    }
    const verdict = gate.check(request, source);
    switch (verdict.kind) {
      case "phone":
        // A phone may withhold its number (RFC 3323) but not use another phone's.
        if (claimsExtension && claimed !== verdict.extension) return { kind: "reject", status: 403 };
        return { kind: "accept", origin: { kind: "phone", name: verdict.extension } };
      case "challenge":
        return verdict;
      case "forbidden":
        return { kind: "reject", status: 403 };
      case "blocked":
        return { kind: "drop" };
      default:
        return verdict satisfies never;
    }
  }
}

const accept = (request: SipRequest, { name, callerFrom, account }: Trunk): Admission => ({
  kind: "accept",
  origin: { kind: "trunk", name },
  caller: callerIdentity(request, callerFrom),
  ...(account === undefined ? {} : { account }),
});
