// One leg's recording as the journal has it: a track, or several that follow each other.
import type { RecordingId } from "../../media/engine/command.js";
import type { Leg, RecordingClosed, RecordingContinued } from "../leg/leg.js";
import type { CallEntryData, CallEntryType } from "./entries.js";

export interface LegRecordingOptions {
  readonly callId: string;
  readonly leg: Leg;
  readonly role: "caller" | "agent" | "outside";
  readonly extension?: string;
  readonly journal: <T extends CallEntryType>(type: T, data: CallEntryData<T>) => void;
  /** Milliseconds since the call began. */
  readonly offsetMs: () => number;
}

export class LegRecording {
  readonly #options: LegRecordingOptions;
  /** Where the track that is written now begins. */
  #startedMs = 0;

  constructor(options: LegRecordingOptions) {
    this.#options = options;
  }

  /** On an answered leg, once. `restarts` of the server that the call has gone through: each has its own track. */
  start(restarts = 0): void {
    const { callId, leg, offsetMs } = this.#options;
    const recording = `${callId}-${leg.id}${restarts === 0 ? "" : `-r${restarts}`}` as RecordingId;
    leg.startRecording(recording);
    this.#began(recording, offsetMs());
  }

  continued({ next, afterMs }: RecordingContinued): void {
    this.#began(next, afterMs === undefined ? this.#options.offsetMs() : this.#startedMs + afterMs);
  }

  closed(closed: RecordingClosed): void {
    this.#options.journal("call.recording-closed", { ...closed, leg: this.#options.leg.id });
  }

  #began(recording: RecordingId, offsetMs: number): void {
    this.#startedMs = offsetMs;
    const { leg, role, extension, journal } = this.#options;
    journal("call.recording-started", { recording, leg: leg.id, role, ...(extension === undefined ? {} : { extension }), offsetMs });
  }
}
