// The door for calls: phones prove who they are, trunks are known by their address, and nobody else gets in.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { SipRequest } from "../../protocol/sip/message/message.js";
import type { Admission, Door } from "../signaling/door.js";
import type { PhoneGate } from "./phone-gate.js";

export interface CallDoorOptions {
  readonly gate: PhoneGate;
  readonly isExtension: (user: string) => boolean;
  /** The extension registered from exactly this address and port. */
  readonly findContact: (source: Endpoint) => string | undefined;
  readonly findTrunk: (address: string) => { readonly name: string } | undefined;
}

/**
 * Decides in this order:
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
    const { gate, isExtension, findContact, findTrunk } = this.#options;
    const claimed = request.headers.from.uri?.user;
    const claimsExtension = claimed !== undefined && isExtension(claimed);
    if (!claimsExtension && findContact(source) === undefined) {
      const trunk = findTrunk(source.address);
      if (trunk !== undefined) return { kind: "accept", origin: { kind: "trunk", name: trunk.name } };
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
