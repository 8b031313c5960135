// Our answer to a caller: wanted, sent, acknowledged; and the ACK that brings the answer where the offer was ours.
import type { IncomingSession } from "../signaling/session.js";
import { LegError } from "./error.js";
import type { LegState } from "./leg-state.js";
import type { LegTerms } from "./leg-terms.js";
import type { Unacceptable } from "./negotiation.js";
import type { LegId } from "../../media/engine/command.js";

type Saved = Pick<LegState, "answerWanted" | "answerSent" | "awaitsAnswer">;

export class Answering {
  readonly #leg: LegId;
  readonly #terms: LegTerms;
  #promise: Promise<void> | undefined;
  #resolve!: () => void;
  #reject!: (error: LegError) => void;
  #sent = false;
  /** Our offer went out in a 2xx: the answer comes with the ACK. */
  #awaitsAnswer = false;

  constructor(leg: LegId, terms: LegTerms) {
    this.#leg = leg;
    this.#terms = terms;
  }

  /** @param isTalking it was acknowledged in another process */
  restore({ answerWanted, answerSent, awaitsAnswer }: Saved, isTalking: boolean): void {
    this.#sent = answerSent;
    this.#awaitsAnswer = awaitsAnswer;
    if (answerWanted) void this.want();
    if (isTalking) this.acknowledged();
  }

  save(): Saved {
    return { answerWanted: this.#promise !== undefined, answerSent: this.#sent, awaitsAnswer: this.#awaitsAnswer };
  }

  get sent(): boolean {
    return this.#sent;
  }

  /** It was asked for, and waits for our port. */
  get waits(): boolean {
    return this.#promise !== undefined && !this.#sent;
  }

  get promise(): Promise<void> | undefined {
    return this.#promise;
  }

  /** What `Leg.answer` promises. */
  want(): Promise<void> {
    const promise = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Nobody need wait for it: a rejection that is not looked at is no fault of the process.
    promise.catch(() => undefined);
    return (this.#promise = promise);
  }

  /** Sends 200, or 488 and returns false. */
  send(session: IncomingSession): boolean {
    const answer = session.offer === undefined ? this.#terms.offer() : this.#terms.answer(session.offer);
    if (typeof answer !== "string") {
      this.fail(new LegError("LEG_NO_CODEC", "no codec in common with the caller", { leg: this.#leg }));
      session.reject(488, answer);
      return false;
    }
    this.#awaitsAnswer = session.offer === undefined;
    this.#sent = true;
    session.answer(answer);
    return true;
  }

  /** The ACK has come; false where it should have brought an answer and has none that is of use. */
  confirm(sdp: string | undefined): boolean {
    if (!this.#awaitsAnswer) return true;
    this.#awaitsAnswer = false;
    if (this.#terms.accept(sdp)) return true;
    this.fail(new LegError("LEG_NO_CODEC", "the ACK brought no usable answer", { leg: this.#leg }));
    return false;
  }

  /** A re-INVITE: RFC 3264 section 8: the 2xx's SDP, or else 488, after which all stays as it was. */
  offered(offer: string | undefined): string | Unacceptable {
    // Without an offer ours is wanted. With one, an earlier 2xx with our offer may wait for its ACK: this takes its place.
    this.#awaitsAnswer = offer === undefined;
    return offer === undefined ? this.#terms.offer() : this.#terms.answerAgain(offer);
  }

  acknowledged(): void {
    if (this.#promise !== undefined) this.#resolve();
  }

  fail(error: LegError): void {
    if (this.#promise !== undefined) this.#reject(error);
  }
}
