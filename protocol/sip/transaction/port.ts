// What every transaction is given: its surroundings, and who uses it.
import type { Clock } from "../../base/clock.js";
import type { SipMessage, SipResponse } from "../message/message.js";
import type { TimerValues } from "./timer-values.js";

export interface TransactionPort {
  readonly clock: Clock;
  readonly timers: TimerValues;
  /** TCP and the like: no retransmission, and no wait for what could still arrive. Changes when a request moves back to UDP. */
  readonly reliable: boolean;
  /** To where the transaction's messages go. Never throws. */
  readonly send: (message: SipMessage) => void;
  /** An event that the state has no use for. */
  readonly onIgnored: (state: string, event: string) => void;
  /** Once; no timer is left. */
  readonly onTerminated: () => void;
}

/** The TU of a client transaction. */
export interface ClientUser {
  /** Provisional and final; an INVITE's 2xx as often as it comes, from each branch of a fork. */
  onResponse(response: SipResponse): void;
  /** Timer B or F: nobody answered. Also where the request could not be sent (RFC 3261 section 17.1.4). */
  onTimeout(): void;
}
