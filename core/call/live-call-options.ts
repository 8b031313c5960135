import type { Leg } from "../leg/leg.js";
import type { Language } from "../speech/part.js";
import type { RingingLeg } from "./attempt.js";
import type { CallPorts } from "./call-ports.js";
import type { CallState } from "./call-state.js";

export interface LiveCallOptions {
  readonly id: string;
  readonly hospital: string;
  readonly called: string;
  readonly language: Language;
  readonly caller: Leg;
  readonly ports: CallPorts;
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
