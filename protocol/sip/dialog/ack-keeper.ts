// RFC 3261 section 13.2.2.4: the UAC core passes the same ACK each time that the 2xx comes again.
import type { SipRequest } from "../message/message.js";

/** Forks that answer late are few; one more is not acknowledged again. */
const DIALOGS_MAX = 16;

export class AckKeeper {
  readonly #acks = new Map<string, SipRequest>();

  /** @param remoteTag of the 2xx: each branch of a fork has its own ACK. */
  keep(remoteTag: string, ack: SipRequest): void {
    if (this.#acks.size < DIALOGS_MAX) this.#acks.set(remoteTag, ack);
  }

  /** The ACK of that branch, to be sent again; undefined for a branch that is new. */
  get(remoteTag: string): SipRequest | undefined {
    return this.#acks.get(remoteTag);
  }

  /** All of them, by the tag. */
  entries(): readonly (readonly [remoteTag: string, ack: SipRequest])[] {
    return [...this.#acks];
  }

  get isFull(): boolean {
    return this.#acks.size >= DIALOGS_MAX;
  }
}
