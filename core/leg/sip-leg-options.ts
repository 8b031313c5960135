import type { Clock } from "../../protocol/base/clock.js";
import type { CodecName, LegId } from "../../media/engine/command.js";
import type { ShapeSettings } from "../../media/engine/shaping.js";
import type { MediaHub } from "../media-port/media-hub.js";
import type { OutgoingSession, PartyAddress } from "../signaling/session.js";
import type { NegotiationOptions } from "./negotiation.js";
import type { LegObserver } from "./observation.js";

/** What both directions need. */
export interface SipLegOptions {
  readonly id: LegId;
  /** Our id of the call, for journal and log. */
  readonly callId: string;
  readonly origin: { readonly kind: "trunk" | "phone"; readonly name: string };
  /** RTP is expected from where the SIP comes from, not from where the SDP says. */
  readonly nat: boolean;
  readonly clock: Clock;
  readonly hub: MediaHub;
  /** What others hear of it unless told otherwise: as it is said. */
  readonly shape?: ShapeSettings | undefined;
  readonly negotiation: Omit<NegotiationOptions, "local">;
  readonly observe?: LegObserver | undefined;
}

/** Where the session of an outgoing leg comes from, once there is a port to offer. */
export interface OutgoingParty {
  readonly remote: PartyAddress;
  /** Offered first: what the other leg of the bridge speaks. */
  readonly codecFirst: CodecName | undefined;
  invite(offer: string): OutgoingSession;
}
