// RFC 3261 section 17.2.2.
import { Machine, type Table } from "./machine.js";
import { readSavedResponse, type SavedTransaction } from "./saved.js";
import { messageText } from "../message/message-text.js";
import type { SipRequest, SipResponse } from "../message/message.js";
import type { TransactionPort } from "./port.js";
import { longestMs } from "./timer-values.js";

export type NonInviteServerState = "trying" | "proceeding" | "completed" | "terminated";
export type NonInviteServerEvent = "request" | "tu1xx" | "tuFinal" | "J";
export type NonInviteServerAction = "send" | "resend" | "armJ" | "end";

export const NON_INVITE_SERVER: Table<NonInviteServerState, NonInviteServerEvent, NonInviteServerAction> = {
  trying: { request: ["trying"], tu1xx: ["proceeding", "send"], tuFinal: ["completed", "send", "armJ"] },
  proceeding: { request: ["proceeding", "resend"], tu1xx: ["proceeding", "send"], tuFinal: ["completed", "send", "armJ"] },
  completed: { request: ["completed", "resend"], J: ["terminated", "end"] },
  terminated: {},
};

export class NonInviteServerTransaction {
  readonly kind = "non-invite";
  readonly #machine: Machine<NonInviteServerState, NonInviteServerEvent, NonInviteServerAction, SipResponse>;
  readonly #port: TransactionPort;
  #last: SipResponse | undefined;

  constructor(
    readonly request: SipRequest,
    port: TransactionPort,
  ) {
    this.#port = port;
    this.#machine = new Machine({ table: NON_INVITE_SERVER, initial: "trying", clock: port.clock, onIgnored: port.onIgnored, act: (action, response) => this.#act(action, response) });
  }

  get state(): NonInviteServerState {
    return this.#machine.state;
  }

  /** A retransmission of the request. */
  receive(_request: SipRequest): void {
    this.#machine.on("request");
  }

  respond(response: SipResponse): void {
    this.#machine.on(response.status < 200 ? "tu1xx" : "tuFinal", response);
  }

  /** What makes it go on in another process, besides its request. */
  save(): Omit<SavedTransaction, "kind" | "request" | "way"> {
    return { machine: this.#machine.save(), ...(this.#last === undefined ? {} : { response: messageText(this.#last) }) };
  }

  /** For one that did nothing yet. */
  restore(saved: SavedTransaction, elapsedMs: number): void {
    this.#last = readSavedResponse(saved);
    this.#machine.restore(saved.machine, elapsedMs);
  }

  close(): void {
    this.#machine.close();
  }

  #act(action: NonInviteServerAction, response: SipResponse | undefined): void {
    switch (action) {
      case "send":
        this.#last = response!;
        return this.#port.send(this.#last);
      case "resend":
        if (this.#last !== undefined) this.#port.send(this.#last);
        return;
      case "armJ":
        return this.#machine.arm("J", this.#port.reliable ? 0 : longestMs(this.#port.timers));
      case "end":
        return this.#port.onTerminated();
      default:
        action satisfies never;
    }
  }
}
