// A call's place in a queue: entered, told to the journal, kept for another process to go on with.
import type { Call, QueueOutcome } from "../sdk/call.js";
import type { CallLog } from "./call-log.js";
import type { CallPorts } from "./call-ports.js";
import type { Queued } from "./call-state.js";
import type { Ending } from "./ending.js";
import { CallError } from "./error.js";

export interface QueueingOptions {
  readonly call: Call;
  readonly ports: Pick<CallPorts, "queue">;
  readonly ending: Ending;
  readonly log: CallLog;
}

export class Queueing {
  readonly #options: QueueingOptions;
  #place: Queued | undefined;

  constructor(options: QueueingOptions) {
    this.#options = options;
  }

  /** Where the call waits now. */
  get place(): Queued | undefined {
    return this.#place;
  }

  /** See `Call.enqueue`. Rejects with CallError "CALL_QUEUE_UNKNOWN". */
  async enter(queue: string, priority: number): Promise<QueueOutcome> {
    this.mustExist(queue);
    const { log } = this.#options;
    const enteredMs = log.offsetMs();
    log.write("call.queued", { queue, priority, offsetMs: enteredMs });
    return this.#wait({ name: queue, priority, enteredMs });
  }

  /** @throws CallError "CALL_QUEUE_UNKNOWN" */
  mustExist(queue: string): void {
    if (this.#options.ports.queue(queue) === undefined) throw new CallError("CALL_QUEUE_UNKNOWN", `no plugin provides the queue ${queue}`, { queue });
  }

  /** As `enter`, for a call that another process had in that queue. */
  goOn(place: Queued): Promise<QueueOutcome> {
    return this.#wait(place, this.#options.log.offsetMs() - place.enteredMs);
  }

  async #wait(place: Queued, waitedMs?: number): Promise<QueueOutcome> {
    const { call, ports, ending, log } = this.#options;
    // Put through from one queue to another, the caller is not back in the first one before that is over.
    const before = this.#place;
    this.#place = place;
    try {
      const serve = ports.queue(place.name);
      const options = { priority: place.priority, ...(waitedMs === undefined ? {} : { waitedMs }) };
      const outcome = serve === undefined ? "nobody-there" : await ending.race(serve(call, options));
      log.write("call.dequeued", { queue: place.name, outcome, offsetMs: log.offsetMs() });
      return outcome;
    } finally {
      this.#place = before;
    }
  }
}
