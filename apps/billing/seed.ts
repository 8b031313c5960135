import { z } from "zod";
import type { PluginContext } from "../../core/sdk/index.js";
import { cardAccount, cardNumber, cards, CASH_ACCOUNT } from "./collections.js";
import { post, type LedgerRule } from "./ledger.js";

const seedSchema = z.strictObject({
  cards: z.array(
    z.strictObject({
      card: cardNumber,
      /** In the clear, as only a demo may have it. */
      pin: z.string().regex(/^[0-9]{4,8}$/, "accepted: 4 to 8 digits, in quotes"),
      name: z.string().min(1),
      phone: z.string().optional(),
      vip: z.boolean().default(false),
      /** Put on the card, in fen. */
      balanceFen: z.int().min(0),
    }),
  ),
});

/** Issues the seed's cards and puts their money on them, each in one transaction, so that a seed that was cut off goes on. */
export async function seedCards(context: Pick<PluginContext<unknown>, "store" | "secrets" | "clock">, part: unknown, rules: readonly LedgerRule[]): Promise<void> {
  for (const { pin, balanceFen, phone, ...card } of seedSchema.parse(part).cards) {
    const pinHash = await context.secrets.hash(pin);
    await context.store.transact(async (tx) => {
      tx.put(cards, { ...card, ...(phone === undefined ? {} : { phone }), pinHash, open: true });
      if (balanceFen === 0) return;
      const movement = { idempotencyKey: `opening-${card.card}`, from: CASH_ACCOUNT, to: cardAccount(card.card), fen: balanceFen, purpose: "opening", subject: { kind: "card", id: card.card } };
      await post(tx, movement, { utcMs: context.clock.now(), rules });
    });
  }
}
