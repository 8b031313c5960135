// What a session is given by the endpoint that it lives in.
import type { Clock } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { Random } from "../../protocol/base/random.js";
import type { SipMessage, SipRequest } from "../../protocol/sip/message/message.js";
import type { ReplacedState } from "../../protocol/sip/refer/replaces.js";
import type { ServerTransaction, TransactionLayer } from "../../protocol/sip/transaction/layer.js";
import type { TimerValues } from "../../protocol/sip/transaction/timer-values.js";
import type { CounterName } from "./counters.js";
import type { RegisteredAt } from "./next-hop.js";
import type { SignalingState } from "./session-state.js";

export interface SessionPort {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: TimerValues;
  readonly layer: TransactionLayer;
  /** Ours, as a whole header value, for who is reached at `to`. */
  readonly contact: (to: Endpoint) => string;
  /** Whether there is a TCP connection to `to`. */
  readonly isConnected: (to: Endpoint) => boolean;
  /** Where a phone has registered; nowhere where nobody knows. */
  readonly contactsOf: (extension: string) => readonly RegisteredAt[];
  /** Where we say that we are: the host of From, Contact and Via. */
  readonly local: Endpoint;
  /** How long a call may ring, in either direction, before it is given up. */
  readonly setupMaxMs: number;
  /** Outside of a transaction: the ACK of a 2xx. */
  readonly send: (message: SipMessage, to: Endpoint) => void;
  readonly count: (name: CounterName) => void;
  /** Something that was called threw. */
  readonly onFault: (error: unknown) => void;
  /** The session wants no more requests: its dialog is over. */
  readonly release: (session: DialogOwner) => void;
}

/** A session as the endpoint sees it. */
export interface DialogOwner {
  readonly callId: string;
  readonly localTag: string;
  /** A request inside of the dialog, its methods checked; ACK comes to `receiveAck`. */
  receive(transaction: ServerTransaction, source: Endpoint): void;
  receiveAck(ack: SipRequest): void;
  shutdown(): void;
  /** What the dialog with that tag of the far side is to a Replaces (RFC 3891 section 3). */
  replaced(fromTag: string): Exclude<ReplacedState, "ended">;
  /** Writes it down for another process: nothing happens to it from now on. */
  suspend(): SignalingState["sessions"][number];
}
