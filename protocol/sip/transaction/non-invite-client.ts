// RFC 3261 section 17.1.2.
import { Machine, type Table } from "./machine.js";
import type { SavedTransaction } from "./saved.js";
import type { SipRequest, SipResponse } from "../message/message.js";
import type { ClientUser, TransactionPort } from "./port.js";
import { longestMs } from "./timer-values.js";

export type NonInviteClientState = "initial" | "trying" | "proceeding" | "completed" | "terminated";
/** `final`: 200-699. `moved`: TCP refused the large request, UDP shall try (section 18.1.1). `lost`: the transport could not send it (section 17.1.4). */
export type NonInviteClientEvent = "start" | "r1xx" | "final" | "moved" | "lost" | "E" | "F" | "K";
export type NonInviteClientAction = "send" | "resend" | "armE" | "armE2" | "armF" | "keepE" | "keepF" | "armK" | "toTu" | "timeout" | "end";

export const NON_INVITE_CLIENT: Table<NonInviteClientState, NonInviteClientEvent, NonInviteClientAction> = {
  initial: { start: ["trying", "send", "armE", "armF"] },
  trying: {
    E: ["trying", "resend", "armE"],
    F: ["terminated", "timeout", "end"],
    moved: ["trying", "resend", "armE"],
    lost: ["terminated", "timeout", "end"],
    r1xx: ["proceeding", "keepE", "keepF", "toTu"],
    final: ["completed", "armK", "toTu"],
  },
  proceeding: {
    E: ["proceeding", "resend", "armE2"],
    F: ["terminated", "timeout", "end"],
    r1xx: ["proceeding", "toTu"],
    final: ["completed", "armK", "toTu"],
  },
  completed: { r1xx: ["completed"], final: ["completed"], K: ["terminated", "end"] },
  terminated: {},
};

export class NonInviteClientTransaction {
  readonly #machine: Machine<NonInviteClientState, NonInviteClientEvent, NonInviteClientAction, SipResponse>;
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
    this.#machine = new Machine({ table: NON_INVITE_CLIENT, initial: "initial", clock: port.clock, onIgnored: port.onIgnored, act: (action, response) => this.#act(action, response) });
  }

  get state(): NonInviteClientState {
    return this.#machine.state;
  }

  start(): void {
    this.#machine.on("start");
  }

  receive(response: SipResponse): void {
    this.#machine.on(response.status < 200 ? "r1xx" : "final", response);
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

  #act(action: NonInviteClientAction, response: SipResponse | undefined): void {
    const { timers, reliable } = this.#port;
    switch (action) {
      case "send":
      case "resend":
        return this.#port.send(this.request);
      case "armE":
        if (reliable) return;
        this.#machine.arm("E", this.#intervalMs);
        this.#intervalMs = Math.min(this.#intervalMs * 2, timers.t2Ms);
        return;
      case "armE2":
        return this.#machine.arm("E", timers.t2Ms);
      case "armF":
        return this.#machine.arm("F", longestMs(timers));
      case "keepE":
        return this.#machine.keep("E");
      case "keepF":
        return this.#machine.keep("F");
      case "armK":
        return this.#machine.arm("K", reliable ? 0 : timers.t4Ms);
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
