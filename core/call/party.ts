// Somebody in a call beside the caller: one leg, what is recorded of it, and what it does there just now.
import type { Leg } from "../leg/leg.js";
import type { RingingLeg } from "./attempt.js";
import type { LegRecording } from "./leg-recording.js";
import type { PickUp } from "./pick-up.js";
import type { Talk } from "./talk.js";

export interface Party {
  readonly ringing: RingingLeg;
  readonly recording: LegRecording;
  /** The two heard each other in another process already. */
  readonly bridgedBefore?: boolean;
  /** It lets hear something before it answers. */
  early?: boolean;
  /** While it is joined to the caller. */
  unbridge?: () => void;
  /** Ends when it leaves. */
  talk?: Talk;
  /** It waits while the caller is put through to somebody else; ends what it hears meanwhile. */
  aside?: () => void;
  /** Of the call that it was in before: its last track there. */
  readonly earlier?: LegRecording;
  pickUp?: PickUp;
  /** A busy tone of the exchange says that it hung up, as analogue lines do. */
  supervised?: boolean;
}

/** As the journal names it. */
export const told = ({ leg, extension, trunk }: RingingLeg): { readonly leg: string; readonly extension: string; readonly trunk?: string } => ({ leg: leg.id, extension, ...(trunk === undefined ? {} : { trunk }) });

/** A leg that was the caller's, as one of the others. */
export const partyOfLeg = (leg: Leg): RingingLeg => (leg.origin.kind === "phone" ? { leg, extension: leg.origin.name } : { leg, extension: leg.remote.number, trunk: leg.origin.name });
