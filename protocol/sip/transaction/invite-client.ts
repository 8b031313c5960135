// RFC 3261 section 17.1.1 with the Accepted state of RFC 6026 section 7.2, and section 9.1 for what was cancelled.
import { createAck } from "./derived-request.js";
import { Machine, type Table } from "./machine.js";
import type { SavedTransaction } from "./saved.js";
import type { SipRequest, SipResponse } from "../message/message.js";
import type { ClientUser, TransactionPort } from "./port.js";
import { longestMs } from "./timer-values.js";

export type InviteClientState = "initial" | "calling" | "proceeding" | "completed" | "accepted" | "terminated";
/** `r3xx`: any final response but 2xx. `X`: 64*T1 after a CANCEL was sent (section 9.1). `moved`: TCP refused the large request, UDP shall try (section 18.1.1). `lost`: the transport could not send it (section 17.1.4). */
export type InviteClientEvent = "start" | "r1xx" | "r2xx" | "r3xx" | "cancelled" | "moved" | "lost" | "A" | "B" | "D" | "M" | "X";
export type InviteClientAction = "send" | "resend" | "armA" | "armB" | "armD" | "armM" | "armX" | "ack" | "toTu" | "timeout" | "end";

export const INVITE_CLIENT: Table<InviteClientState, InviteClientEvent, InviteClientAction> = {
  initial: { start: ["calling", "send", "armA", "armB"] },
  calling: {
    A: ["calling", "resend", "armA"],
    B: ["terminated", "timeout", "end"],
    moved: ["calling", "resend", "armA"],
    lost: ["terminated", "timeout", "end"],
    r1xx: ["proceeding", "toTu"],
    r2xx: ["accepted", "armM", "toTu"],
    r3xx: ["completed", "ack", "armD", "toTu"],
  },
  proceeding: {
    r1xx: ["proceeding", "toTu"],
    r2xx: ["accepted", "armM", "toTu"],
    r3xx: ["completed", "ack", "armD", "toTu"],
    cancelled: ["proceeding", "armX"],
    X: ["terminated", "timeout", "end"],
  },
  completed: { r3xx: ["completed", "ack"], r1xx: ["completed"], D: ["terminated", "end"] },
  accepted: { r2xx: ["accepted", "toTu"], r1xx: ["accepted"], M: ["terminated", "end"] },
  terminated: {},
};

export class InviteClientTransaction {
  readonly #machine: Machine<InviteClientState, InviteClientEvent, InviteClientAction, SipResponse>;
  readonly #port: TransactionPort;
  readonly #user: ClientUser;
  #intervalMs: number;

  /** @param request complete with its Via; sent by `start`. */
  constructor(
    readonly request: SipRequest,
    port: TransactionPort,
    user: ClientUser,
  ) {
    this.#port = port;
    this.#user = user;
    this.#intervalMs = port.timers.t1Ms;
    this.#machine = new Machine({ table: INVITE_CLIENT, initial: "initial", clock: port.clock, onIgnored: port.onIgnored, act: (action, response) => this.#act(action, response) });
  }

  get state(): InviteClientState {
    return this.#machine.state;
  }

  start(): void {
    this.#machine.on("start");
  }

  receive(response: SipResponse): void {
    this.#machine.on(response.status < 200 ? "r1xx" : response.status < 300 ? "r2xx" : "r3xx", response);
  }

  /** A CANCEL for this one went out: gives up 64*T1 later where no final response comes. */
  cancelled(): void {
    this.#machine.on("cancelled");
  }

  /** The request's Via and its port say UDP now. */
  moved(): void {
    this.#machine.on("moved");
  }

  /** What was sent last did not go out. */
  lost(): void {
    this.#machine.on("lost");
  }

  /** What makes it go on in another process, besides its request. */
  save(): Omit<SavedTransaction, "kind" | "request" | "way"> {
    return { machine: this.#machine.save(), intervalMs: this.#intervalMs };
  }

  /** For one that did nothing yet. */
  restore(saved: SavedTransaction, elapsedMs: number): void {
    this.#intervalMs = saved.intervalMs ?? this.#port.timers.t1Ms;
    this.#machine.restore(saved.machine, elapsedMs);
  }

  close(): void {
    this.#machine.close();
  }

  #act(action: InviteClientAction, response: SipResponse | undefined): void {
    const { timers, reliable } = this.#port;
    switch (action) {
      case "send":
      case "resend":
        return this.#port.send(this.request);
      case "armA":
        if (reliable) return;
        this.#machine.arm("A", this.#intervalMs);
        this.#intervalMs *= 2;
        return;
      case "armB":
        return this.#machine.arm("B", longestMs(timers));
      case "armD":
        return this.#machine.arm("D", reliable ? 0 : longestMs(timers));
      case "armM":
        return this.#machine.arm("M", longestMs(timers));
      case "armX":
        return this.#machine.arm("X", longestMs(timers));
      case "ack":
        return this.#port.send(createAck(this.request, response!));
      case "toTu":
        return this.#user.onResponse(response!);
      case "timeout":
        return this.#user.onTimeout();
      case "end":
        return this.#port.onTerminated();
      default:
        action satisfies never;
    }
  }
}
