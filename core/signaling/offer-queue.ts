// The offers that we make inside of one dialog, one after the other (RFC 3261 section 14.1).
import { randomBelow } from "../../protocol/base/random.js";
import type { Cancel } from "../../protocol/base/clock.js";
import { readSavedRequest, type SavedTransaction } from "../../protocol/sip/transaction/saved.js";
import { isOpen, Reoffer, type ReofferOptions } from "./reoffer.js";
import { readSdp } from "./session-body.js";

export interface OfferQueueOptions extends Omit<ReofferOptions, "sdp" | "onDone"> {
  /** Whether the Call-ID is ours, which decides who waits longer when both offer at once. */
  readonly callIdIsOurs: boolean;
  /** No INVITE of the far side's is under way. */
  readonly isFree: () => boolean;
  /** The far side knows nothing of the dialog any more. */
  readonly onDead: () => void;
}

interface WaitingOffer {
  readonly sdp: string;
  readonly resolve: (answer: string | undefined) => void;
  glares: number;
}

/** Nobody has so many offers to make at once; one more is refused. */
const OFFERS_MAX = 8;
/** Both sides offered at once so many times: chance has it otherwise. */
const GLARES_MAX = 5;
/** Section 14.1: in steps of 10 ms, 2.1 to 4 s where the Call-ID is ours, else up to 2 s. */
const GLARE_STEP_MS = 10;

export class OfferQueue {
  readonly #options: OfferQueueOptions;
  readonly #offers: WaitingOffer[] = [];
  #current: Reoffer | undefined;
  #cancelRest: Cancel | undefined;

  constructor(options: OfferQueueOptions) {
    this.#options = options;
  }

  /** An INVITE of ours has no final answer yet. */
  get pending(): boolean {
    return this.#current !== undefined;
  }

  add(sdp: string): Promise<string | undefined> {
    if (this.#offers.length >= OFFERS_MAX) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#offers.push({ sdp, resolve, glares: 0 });
      this.next();
    });
  }

  /** Called again when an INVITE of the far side's is over. */
  next(): void {
    const offer = this.#offers[0];
    if (offer === undefined || this.#current !== undefined || this.#cancelRest !== undefined || !this.#options.isFree()) return;
    this.#begin(offer);
  }

  /** Goes on with one that another process sent. */
  restore(transaction: SavedTransaction, elapsedMs: number): void {
    const offer: WaitingOffer = { sdp: readSdp(readSavedRequest(transaction)) ?? "", resolve: () => undefined, glares: 0 };
    if (!isOpen(transaction)) return new Reoffer({ ...this.#options, sdp: offer.sdp, onDone: () => undefined }).start({ transaction, elapsedMs });
    this.#offers.unshift(offer);
    this.#begin(offer, { transaction, elapsedMs });
  }

  /** For another process: nobody is told anything any more. */
  suspend(): void {
    this.#cancelRest?.();
    this.#current?.abandon();
    this.#offers.length = 0;
  }

  #begin(offer: WaitingOffer, restored?: Parameters<Reoffer["start"]>[0]): void {
    this.#current = new Reoffer({
      ...this.#options,
      sdp: offer.sdp,
      onDone: (outcome) => {
        this.#current = undefined;
        if (outcome.kind === "glare" && (offer.glares += 1) <= GLARES_MAX) return this.#rest();
        this.#offers.shift();
        offer.resolve(outcome.kind === "answered" ? outcome.sdp : undefined);
        if (outcome.kind === "dead") this.#options.onDead();
        else this.next();
      },
    });
    this.#current.start(restored);
  }

  /** The session is over: nobody waits any longer. */
  clear(): void {
    this.#cancelRest?.();
    this.#current?.abandon();
    this.#current = undefined;
    for (const { resolve } of this.#offers.splice(0)) resolve(undefined);
  }

  #rest(): void {
    const { port, callIdIsOurs } = this.#options;
    const steps = callIdIsOurs ? 210 + randomBelow(port.random, 191) : randomBelow(port.random, 201);
    this.#cancelRest = port.clock.after(steps * GLARE_STEP_MS, () => {
      this.#cancelRest = undefined;
      this.next();
    });
  }
}
