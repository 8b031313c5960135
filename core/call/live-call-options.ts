import type { Leg } from "../leg/leg.js";
import type { Refer } from "../signaling/refer.js";
import type { CallLifeOptions } from "./call-life.js";
import type { CallRoute } from "./call-manager.js";
import type { LiveCall } from "./live-call.js";

export interface LiveCallOptions extends Omit<CallLifeOptions, "onRefer"> {
  /** Where a number leads for `origin`. */
  readonly route: (called: string, origin: Leg["origin"]) => CallRoute | undefined;
  /** A side of the call wants the other one put through; the status of the answer. */
  readonly onRefer: (call: LiveCall, leg: Leg, refer: Refer) => number;
}
