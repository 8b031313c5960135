// An auditor shares no code with the ledger: it adds up what is there.
import type { Balance, LedgerEntry } from "./collections.js";

/** Every broken promise in one sentence each; empty where the books are right. */
export function auditLedger(entries: readonly LedgerEntry[], balances: readonly Balance[]): readonly string[] {
  const faults: string[] = [];
  const sums = new Map<string, number>();
  for (const entry of entries) {
    const total = entry.postings.reduce((sum, posting) => sum + posting.fen, 0);
    if (total !== 0) faults.push(`ledger entry ${entry.id} sums to ${total} fen instead of 0`);
    for (const { account, fen } of entry.postings) sums.set(account, (sums.get(account) ?? 0) + fen);
  }
  const carried = new Map(balances.map(({ account, fen }) => [account, fen]));
  for (const account of new Set([...sums.keys(), ...carried.keys()])) {
    const [sum, balance] = [sums.get(account) ?? 0, carried.get(account) ?? 0];
    if (sum !== balance) faults.push(`account ${account} holds ${balance} fen, its postings sum to ${sum}`);
    if (account.startsWith("card:") && sum < 0) faults.push(`account ${account} is ${-sum} fen below zero`);
  }
  return faults;
}
