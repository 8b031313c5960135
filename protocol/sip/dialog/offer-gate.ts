// RFC 3261 section 14.2 and RFC 6337 section 4: whether an INVITE inside of a dialog may be handled now.

export interface OfferState {
  /** An INVITE from the far side that has no final answer yet. */
  readonly theirsPending: boolean;
  /** An INVITE of ours that has no final answer yet. */
  readonly oursPending: boolean;
  /** We made an offer in a 2xx, and the ACK with its answer is not here yet. */
  readonly offerUnanswered: boolean;
}

export type OfferVerdict = { readonly kind: "accept" } | { readonly kind: "refuse"; readonly status: 491 | 500; readonly retryAfterS?: number };

/** @param retryAfterS 0-10, picked by chance: "a randomly chosen value of between 0 and 10 seconds". */
export function judgeInvite(state: OfferState, retryAfterS: number): OfferVerdict {
  if (state.theirsPending) return { kind: "refuse", status: 500, retryAfterS };
  if (state.oursPending || state.offerUnanswered) return { kind: "refuse", status: 491 };
  return { kind: "accept" };
}
