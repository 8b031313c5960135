import type { CodecName, LegCounters, LegId, RecordingId } from "../../media/engine/command.js";
import type { SessionEnd } from "../signaling/session.js";

/** What journal, metrics and log are told about legs. No keys and no numbers of callers are in here. */
export type LegObservation = { readonly leg: LegId } & (
  | { readonly type: "leg.created"; readonly direction: "incoming" | "outgoing"; readonly origin: { readonly kind: "trunk" | "phone"; readonly name: string }; readonly callId: string }
  /** `leg.early`: sound goes before the answer. */
  | { readonly type: "leg.ringing" | "leg.early" | "leg.answered" }
  | { readonly type: "leg.media"; readonly codec: CodecName; readonly remote: string; readonly direction: string }
  | { readonly type: "leg.started"; readonly from: string }
  /** The far side holds the call, or no longer. */
  | { readonly type: "leg.held"; readonly held: boolean }
  | { readonly type: "leg.silent"; readonly sentence: string }
  | { readonly type: "leg.recording-failed"; readonly recording: RecordingId; readonly reason: string }
  /** `forced`: signalling or media did not confirm the end in time. */
  | { readonly type: "leg.ended"; readonly end: SessionEnd; readonly counters: LegCounters | undefined; readonly forced: boolean }
  /** A listener of the leg threw. */
  | { readonly type: "leg.listener-failed"; readonly error: unknown }
);

export type LegObserver = (observation: LegObservation) => void;

/** An observer that throws costs nobody anything but its own observation. */
export const guardObserver =
  (observe: LegObserver | undefined): LegObserver =>
  (observation) => {
    try {
      observe?.(observation);
    } catch {
      return; // whoever observes sees to its own faults: telling it about them would only fail again
    }
  };
