// One leg's recording as the journal has it: a track, or several that follow each other.
import type { RecordingId } from "../../media/engine/command.js";
import type { Leg, RecordingClosed, RecordingContinued } from "../leg/leg.js";
import type { CallLog } from "./call-log.js";

export interface LegRecordingOptions {
  readonly callId: string;
  readonly leg: Leg;
  readonly role: "caller" | "agent" | "outside";
  readonly extension?: string;
  /** Counts the legs that came from other calls, from 1: one of them may have been here before. */
  readonly take?: number;
  readonly log: Pick<CallLog, "write" | "offsetMs">;
}

export class LegRecording {
  readonly #options: LegRecordingOptions;
  /** Where the track that is written now begins. */
  #startedMs = 0;
  /** Tracks that are not closed. */
  readonly #open = new Set<RecordingId>();
  #onClosed: () => void = () => undefined;

  constructor(options: LegRecordingOptions) {
    this.#options = options;
  }

  /** On an answered leg, once. `restarts` of the server that the call has gone through: each has its own track. */
  start(restarts = 0): void {
    const { callId, leg, log, take = 0 } = this.#options;
    const recording = `${callId}-${leg.id}${take === 0 ? "" : `-t${take}`}${restarts === 0 ? "" : `-r${restarts}`}` as RecordingId;
    leg.startRecording(recording);
    this.#began(recording, log.offsetMs());
  }

  continued({ next, afterMs }: RecordingContinued): void {
    this.#began(next, afterMs === undefined ? this.#options.log.offsetMs() : this.#startedMs + afterMs);
  }

  closed(closed: RecordingClosed): void {
    this.#open.delete(closed.recording);
    this.#options.log.write("call.recording-closed", { ...closed, leg: this.#options.leg.id });
    if (this.#open.size === 0) this.#onClosed();
  }

  /** Whether the track is one of its own, and not what a call that the leg was in before has of it. */
  owns(recording: RecordingId): boolean {
    return this.#open.has(recording);
  }

  /** The leg goes on in another call. `onClosed`: its last track here is closed. */
  stop(onClosed: () => void): void {
    if (this.#open.size === 0) return onClosed();
    this.#onClosed = onClosed;
    for (const recording of this.#open) this.#options.leg.stopRecording(recording);
  }

  #began(recording: RecordingId, offsetMs: number): void {
    this.#startedMs = offsetMs;
    this.#open.add(recording);
    const { leg, role, extension, log } = this.#options;
    log.write("call.recording-started", { recording, leg: leg.id, role, ...(extension === undefined ? {} : { extension }), offsetMs });
  }
}
