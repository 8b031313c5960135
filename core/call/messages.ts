// The messages of one call, each in a track of its own beside the call's recording.
import type { RecordingId } from "../../media/engine/command.js";
import type { MessageLimits, MessageRecording } from "../leg/leg.js";
import type { CallLog } from "./call-log.js";
import type { CallerSeat } from "./caller-seat.js";

export interface MessagesOptions {
  readonly callId: string;
  /** Of the server, that the call has gone through: tracks of different processes never have one name. */
  readonly restarts: number;
  readonly seat: CallerSeat;
  readonly log: CallLog;
}

export class Messages {
  readonly #options: MessagesOptions;
  #count = 0;

  constructor(options: MessagesOptions) {
    this.#options = options;
  }

  /** From now on, until the caller has finished; the journal has it then. */
  record(limits: MessageLimits): { readonly recording: RecordingId; readonly message: MessageRecording } {
    const { callId, restarts, seat, log } = this.#options;
    const recording = `${callId}-message-${restarts === 0 ? "" : `r${restarts}-`}${(this.#count += 1)}` as RecordingId;
    const { leg } = seat;
    const beganMs = log.offsetMs();
    const message = leg.recordMessage(recording, limits);
    void message.ended.then((end) => {
      if (end.why !== "failed") log.write("call.message-recorded", { recording, leg: leg.id, ...end, offsetMs: beganMs });
    });
    return { recording, message };
  }
}
