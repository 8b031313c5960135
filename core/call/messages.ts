// The messages of one call, each in a track of its own beside the call's recording.
import type { RecordingId } from "../../media/engine/command.js";
import type { MessageLimits, MessageRecording } from "../leg/leg.js";
import type { CallerSeat } from "./caller-seat.js";
import type { CallEntryData, CallEntryType } from "./entries.js";

export interface MessagesOptions {
  readonly callId: string;
  /** Of the server, that the call has gone through: tracks of different processes never have one name. */
  readonly restarts: number;
  readonly seat: CallerSeat;
  /** Milliseconds since the call began. */
  readonly offsetMs: () => number;
  readonly journal: <T extends CallEntryType>(type: T, data: CallEntryData<T>) => void;
}

export class Messages {
  readonly #options: MessagesOptions;
  #count = 0;

  constructor(options: MessagesOptions) {
    this.#options = options;
  }

  /** From now on, until the caller has finished; the journal has it then. */
  record(limits: MessageLimits): { readonly recording: RecordingId; readonly message: MessageRecording } {
    const { callId, restarts, seat, offsetMs, journal } = this.#options;
    const recording = `${callId}-message-${restarts === 0 ? "" : `r${restarts}-`}${(this.#count += 1)}` as RecordingId;
    const { leg } = seat;
    const beganMs = offsetMs();
    const message = leg.recordMessage(recording, limits);
    void message.ended.then((end) => {
      if (end.why !== "failed") journal("call.message-recorded", { recording, leg: leg.id, ...end, offsetMs: beganMs });
    });
    return { recording, message };
  }
}
