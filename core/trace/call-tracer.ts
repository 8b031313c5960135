// Joins what signalling shows with the ids of our calls.
import type { LegObservation } from "../leg/observation.js";
import type { Entry } from "../journal/entry.js";
import { SipTrace, type SipTraceOptions } from "./sip-trace.js";

/** Callers' legs whose call has not been told of yet: the journal is some 200 ms behind. */
const LEGS_MAX = 10_000;

export class CallTracer {
  readonly trace: SipTrace;
  /** Call-ID of the caller's dialog by leg, the oldest first. */
  readonly #legs = new Map<string, string>();

  constructor(options: SipTraceOptions) {
    this.trace = new SipTrace(options);
  }

  /** Legs that we call bear our call's id on the wire; a caller's leg is known by its dialog alone. */
  onLeg(observation: LegObservation): void {
    if (observation.type !== "leg.created" || observation.direction !== "incoming") return;
    this.#legs.set(observation.leg, observation.callId);
    if (this.#legs.size <= LEGS_MAX) return;
    const [oldest] = this.#legs.keys();
    this.#legs.delete(oldest!);
  }

  onEntry({ type, subject, data }: Entry): void {
    if (type !== "call.started" || typeof data.leg !== "string") return;
    const sipCallId = this.#legs.get(data.leg);
    this.#legs.delete(data.leg);
    if (sipCallId !== undefined) this.trace.join(sipCallId, subject.id);
  }
}
