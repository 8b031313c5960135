// What other plugins may ask of billing. Money is a whole number of fen.
import { service, type Actor, type PluginTransaction, type Subject } from "../../core/sdk/index.js";

/** A card as its holder is served by it; no PIN, no name. */
export interface CardIdentity {
  readonly card: string;
  readonly vip: boolean;
}

export interface Charge {
  readonly card: string;
  /** More than 0. */
  readonly fen: number;
  /** What for, and the account that receives it: `registration`, `consultation`. */
  readonly purpose: string;
  /** A charge under a key that was used is not done again; its first outcome is given. */
  readonly idempotencyKey: string;
  /** What the money was taken for. */
  readonly subject: Subject;
}

export type ChargeOutcome =
  | { readonly kind: "charged"; readonly ledgerId: string; readonly balanceFen: number }
  | { readonly kind: "insufficient"; readonly balanceFen: number };

export interface Refund {
  /** The ledger entry of the charge that goes back, whole. Its own key follows from it: a charge goes back once. */
  readonly charge: string;
  /** Who sends it back, as the journal tells it. */
  readonly actor: Actor;
}

/** `unknown`: no such charge is in the ledger. */
export type RefundOutcome = { readonly kind: "refunded"; readonly ledgerId: string; readonly balanceFen: number } | { readonly kind: "unknown" };

export interface Billing {
  /**
   * `refused`: the same for an unknown card, a closed one and a wrong PIN, in the same time. `locked`: three wrong PINs
   * were given for this number, the last of them now or less than 15 minutes ago; a right one is refused too.
   */
  authenticate(card: string, pin: string): Promise<CardIdentity | "refused" | "locked">;
  /** Inside the caller's transaction: what is paid for and the payment stand or fall together. */
  charge(tx: PluginTransaction, charge: Charge): Promise<ChargeOutcome>;
  /** Inside the caller's transaction, under the charge's subject; asked again, it is not done again. */
  refund(tx: PluginTransaction, refund: Refund): Promise<RefundOutcome>;
  /** Undefined for an unknown card. */
  balanceFen(card: string): Promise<number | undefined>;
}

export const billing = service<Billing>("billing");
