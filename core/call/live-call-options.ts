import type { Leg } from "../leg/leg.js";
import type { Language } from "../speech/part.js";
import type { Refer } from "../signaling/refer.js";
import type { RingingLeg } from "./attempt.js";
import type { CallRoute } from "./call-manager.js";
import type { CallPorts } from "./call-ports.js";
import type { CallState } from "./call-state.js";
import type { LiveCall } from "./live-call.js";

export interface LiveCallOptions {
  readonly id: string;
  readonly hospital: string;
  readonly called: string;
  readonly language: Language;
  readonly caller: Leg;
  readonly ports: CallPorts;
  /** Where a number leads for `origin`. */
  readonly route: (called: string, origin: Leg["origin"]) => CallRoute | undefined;
  /** A side of the call wants the other one put through; the status of the answer. */
  readonly onRefer: (call: LiveCall, leg: Leg, refer: Refer) => number;
  /** The caller's leg and all others are over. */
  readonly onReleased: () => void;
  /** Of a call that another process had. */
  readonly past?: CallPast;
}

export interface CallPast {
  readonly state: CallState;
  readonly elapsedMs: number;
  /** Whom that process had reached, as far as they are still there. */
  readonly others: readonly (RingingLeg & { readonly bridged: boolean })[];
}
