// Three wrong PINs lock a card number, whether there is such a card or not: otherwise ten thousand calls find any PIN, and
// the lock would tell which cards there are. What is counted stands in the store: a restart forgives nothing.
import type { PluginTransaction } from "../../core/sdk/index.js";
import { attempts } from "./collections.js";

/** At this many wrong PINs in a row, each within the lock's time of the one before, the card number is locked. */
const WRONG_MAX = 3;
const LOCK_MS = 15 * 60_000;
/** Card numbers that are counted at once. */
const ATTEMPTS_MAX = 1000;

/**
 * Counts a PIN before it is verified, so that of many tried at once no more than three are. Resolves with which one in a
 * row it is, 1-3, or undefined where the card number is locked, also to the right PIN.
 */
export async function countTry(tx: PluginTransaction, card: string, utcMs: number): Promise<number | undefined> {
  const known = await tx.get(attempts, [card]);
  const counted = known !== undefined && known.untilUtcMs > utcMs ? known.wrong : 0;
  if (counted >= WRONG_MAX) return undefined;
  if (known === undefined) await makeRoom(tx, utcMs);
  tx.put(attempts, { card, wrong: counted + 1, untilUtcMs: utcMs + LOCK_MS });
  return counted + 1;
}

/** The PIN was right: what was counted is forgotten. */
export const forgive = (tx: PluginTransaction, card: string): void => tx.delete(attempts, [card]);

/** The PIN was wrong, the `nth` in a row; true where that locks. */
export function lockAt(tx: PluginTransaction, card: string, nth: number): boolean {
  if (nth < WRONG_MAX) return false;
  tx.journal({ type: "billing.locked", v: 1, subject: { kind: "card", id: card }, actor: { kind: "patient", id: card }, data: { forMs: LOCK_MS } });
  return true;
}

/** Drops what counts no more; where all still count, the oldest that locks nothing yet, then the oldest lock. */
async function makeRoom(tx: PluginTransaction, utcMs: number): Promise<void> {
  const oldest = await tx.range(attempts, { index: "oldest", limit: ATTEMPTS_MAX });
  const over = oldest.filter(({ untilUtcMs }) => untilUtcMs <= utcMs);
  const dropped = over.length === 0 && oldest.length === ATTEMPTS_MAX ? oldest.slice(0, 1) : over;
  for (const { card } of dropped) tx.delete(attempts, [card]);
}
