// RFC 3261 section 17.2.1 with the Accepted state of RFC 6026 section 7.1.
import { Machine, type Table } from "./machine.js";
import { readSavedResponse, type SavedTransaction } from "./saved.js";
import { messageText } from "../message/message-text.js";
import type { SipRequest, SipResponse } from "../message/message.js";
import type { TransactionPort } from "./port.js";
import { longestMs } from "./timer-values.js";

export type InviteServerState = "proceeding" | "accepted" | "completed" | "confirmed" | "terminated";
/** `tu3xx`: any final response but 2xx. `dropped`: the TU gives no answer at all, not even a state that would betray it. */
export type InviteServerEvent = "invite" | "ack" | "tu1xx" | "tu2xx" | "tu3xx" | "dropped" | "G" | "H" | "I" | "L";
export type InviteServerAction = "send" | "resend" | "armG" | "armH" | "armI" | "armL" | "ackToTu" | "failed" | "end";

export const INVITE_SERVER: Table<InviteServerState, InviteServerEvent, InviteServerAction> = {
  proceeding: {
    invite: ["proceeding", "resend"],
    tu1xx: ["proceeding", "send"],
    tu2xx: ["accepted", "send", "armL"],
    tu3xx: ["completed", "send", "armG", "armH"],
    dropped: ["terminated", "end"],
  },
  accepted: { invite: ["accepted"], ack: ["accepted", "ackToTu"], tu2xx: ["accepted", "send"], L: ["terminated", "end"] },
  completed: { invite: ["completed", "resend"], ack: ["confirmed", "armI"], G: ["completed", "resend", "armG"], H: ["terminated", "failed", "end"] },
  confirmed: { invite: ["confirmed"], ack: ["confirmed"], I: ["terminated", "end"] },
  terminated: {},
};

/** The TU of an INVITE server transaction. */
export interface InviteServerUser {
  /** An ACK for a 2xx under the INVITE's own branch, as clients of RFC 2543 send it. */
  onAck(ack: SipRequest): void;
  /** Timer H: nobody acknowledged our rejection. */
  onAckMissing(): void;
}

export class InviteServerTransaction {
  readonly kind = "invite";
  readonly #machine: Machine<InviteServerState, InviteServerEvent, InviteServerAction, SipRequest | SipResponse>;
  readonly #port: TransactionPort;
  readonly #user: InviteServerUser;
  #last: SipResponse | undefined;
  #intervalMs: number;

  constructor(
    readonly request: SipRequest,
    port: TransactionPort,
    user: InviteServerUser,
  ) {
    this.#port = port;
    this.#user = user;
    this.#intervalMs = port.timers.t1Ms;
    this.#machine = new Machine({ table: INVITE_SERVER, initial: "proceeding", clock: port.clock, onIgnored: port.onIgnored, act: (action, message) => this.#act(action, message) });
  }

  get state(): InviteServerState {
    return this.#machine.state;
  }

  /** The last response sent: an ACK of RFC 2543 is told by its To tag. */
  get lastResponse(): SipResponse | undefined {
    return this.#last;
  }

  /** A retransmitted INVITE, or an ACK. */
  receive(request: SipRequest): void {
    this.#machine.on(request.method === "ACK" ? "ack" : "invite", request);
  }

  /** From the TU. A 2xx may be given again: its retransmission is the TU's (section 13.3.1.4). */
  respond(response: SipResponse): void {
    this.#machine.on(response.status < 200 ? "tu1xx" : response.status < 300 ? "tu2xx" : "tu3xx", response);
  }

  /** From the TU: forget the request; the next retransmission is new again. */
  drop(): void {
    this.#machine.on("dropped");
  }

  /** What makes it go on in another process, besides its request. */
  save(): Omit<SavedTransaction, "kind" | "request" | "way"> {
    return { machine: this.#machine.save(), intervalMs: this.#intervalMs, ...(this.#last === undefined ? {} : { response: messageText(this.#last) }) };
  }

  /** For one that did nothing yet. */
  restore(saved: SavedTransaction, elapsedMs: number): void {
    this.#last = readSavedResponse(saved);
    this.#intervalMs = saved.intervalMs ?? this.#port.timers.t1Ms;
    this.#machine.restore(saved.machine, elapsedMs);
  }

  close(): void {
    this.#machine.close();
  }

  #act(action: InviteServerAction, message: SipRequest | SipResponse | undefined): void {
    const { timers, reliable } = this.#port;
    switch (action) {
      case "send":
        this.#last = message as SipResponse;
        return this.#port.send(this.#last);
      case "resend":
        if (this.#last !== undefined) this.#port.send(this.#last);
        return;
      case "armG":
        if (!reliable) this.#machine.arm("G", this.#intervalMs);
        this.#intervalMs = Math.min(this.#intervalMs * 2, timers.t2Ms);
        return;
      case "armH":
        return this.#machine.arm("H", longestMs(timers));
      case "armI":
        return this.#machine.arm("I", reliable ? 0 : timers.t4Ms);
      case "armL":
        return this.#machine.arm("L", longestMs(timers));
      case "ackToTu":
        return this.#user.onAck(message as SipRequest);
      case "failed":
        return this.#user.onAckMissing();
      case "end":
        return this.#port.onTerminated();
      default:
        action satisfies never;
    }
  }
}
