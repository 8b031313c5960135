// Double entry. Every movement goes through all rules, in order; each guards one promise about money.
import type { PluginReader, PluginTransaction, Subject } from "../../core/sdk/index.js";
import { balances, ledger, type LedgerEntry, type Posting } from "./collections.js";

export interface Movement {
  readonly idempotencyKey: string;
  readonly from: string;
  readonly to: string;
  /** More than 0. */
  readonly fen: number;
  readonly purpose: string;
  readonly subject: Subject;
}

/** What a movement has become so far. */
export interface Draft {
  readonly movement: Movement;
  readonly postings: readonly Posting[];
  /** Balances that the movement leaves behind, by account. */
  readonly balances: ReadonlyMap<string, number>;
}

/** `done`: it was posted before. `refused`: what the account holds does not cover it. */
export type RuleOutcome = Draft | { readonly kind: "done"; readonly entry: LedgerEntry } | { readonly kind: "refused"; readonly account: string };

export interface LedgerRule {
  readonly id: string;
  apply(draft: Draft, tx: PluginReader): Promise<RuleOutcome> | RuleOutcome;
}

/** A movement under a key that was used is not done again. */
const once: LedgerRule = {
  id: "once",
  apply: async (draft, tx) => {
    const entry = await tx.get(ledger, [draft.movement.idempotencyKey]);
    return entry === undefined ? draft : { kind: "done", entry };
  },
};

/** What leaves one account arrives in another: the postings of a movement sum to zero. */
const doubleEntry: LedgerRule = {
  id: "double-entry",
  apply: (draft) => ({ ...draft, postings: [...draft.postings, { account: draft.movement.to, fen: draft.movement.fen }] }),
};

/** A balance is the sum of the account's postings. */
const carried: LedgerRule = {
  id: "carried",
  apply: async (draft, tx) => {
    const after = new Map(draft.balances);
    for (const { account, fen } of draft.postings) after.set(account, (after.get(account) ?? (await balanceOf(tx, account))) + fen);
    return { ...draft, balances: after };
  },
};

/** No card goes below zero. */
const covered: LedgerRule = {
  id: "covered",
  apply: async (draft, tx) => {
    const { from, fen } = draft.movement;
    const covers = !from.startsWith("card:") || (await balanceOf(tx, from)) >= fen;
    return covers ? draft : { kind: "refused", account: from };
  },
};

export const LEDGER_RULES: readonly LedgerRule[] = [once, covered, doubleEntry, carried];

/** `repeated`: it was posted before under the same key, and not again. */
export type PostOutcome = { readonly kind: "posted" | "repeated"; readonly entry: LedgerEntry } | { readonly kind: "refused" };

/** Fen in an account, 0 where nothing was ever posted to it. */
export async function balanceOf(reader: PluginReader, account: string): Promise<number> {
  return (await reader.get(balances, [account]))?.fen ?? 0;
}

/** Posts inside `tx`. `utcMs` is the calendar time of the posting. */
export async function post(tx: PluginTransaction, movement: Movement, options: { readonly utcMs: number; readonly rules: readonly LedgerRule[] }): Promise<PostOutcome> {
  let draft: Draft = { movement, postings: [{ account: movement.from, fen: -movement.fen }], balances: new Map() };
  for (const rule of options.rules) {
    const outcome = await rule.apply(draft, tx);
    if (!("kind" in outcome)) draft = outcome;
    else return outcome.kind === "done" ? { kind: "repeated", entry: outcome.entry } : { kind: "refused" };
  }
  const entry: LedgerEntry = { id: movement.idempotencyKey, utcMs: options.utcMs, purpose: movement.purpose, subject: movement.subject, postings: [...draft.postings] };
  tx.put(ledger, entry);
  for (const [account, fen] of draft.balances) tx.put(balances, { account, fen });
  return { kind: "posted", entry };
}
