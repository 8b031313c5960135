// Cards, who may use them, and the money on them.
import { z } from "zod";
import { HttpProblem, type PluginContext } from "../../core/sdk/index.js";
import { cardAccount, cardNumber, cardOf, cards, ledger, REFUND, revenueAccount } from "./collections.js";
import { balanceOf, post, type LedgerRule } from "./ledger.js";
import { seedCards } from "./seed.js";
import { countTry, forgive, lockAt } from "./pin-guard.js";
import { billing, type Billing } from "./service.js";

/** `rules` are the ledger's; a test takes one away to see it missed. */
export function createBilling(context: PluginContext<unknown>, rules: readonly LedgerRule[]): void {
  const { store, secrets, clock, hospital } = context;

  const service: Billing = {
    authenticate: async (number, pin) => {
      const nth = await store.transact((tx) => countTry(tx, number, clock.now()));
      const card = await store.get(cards, [number]);
      // A closed or locked card is verified too: all refusals take the same time.
      const right = await secrets.verify(pin, card?.pinHash);
      if (nth === undefined) return "locked";
      const accepted = right && card?.open === true;
      const locks = await store.transact(async (tx) => (accepted ? forgive(tx, number) : lockAt(tx, number, nth)));
      if (accepted) return { card: card.card, vip: card.vip };
      return locks === true ? "locked" : "refused";
    },
    charge: async (tx, { card, fen, purpose, idempotencyKey, subject }) => {
      const account = cardAccount(card);
      const movement = { idempotencyKey, from: account, to: revenueAccount(purpose), fen, purpose, subject };
      const before = await balanceOf(tx, account);
      const outcome = await post(tx, movement, { utcMs: clock.now(), rules });
      if (outcome.kind === "refused") return { kind: "insufficient", balanceFen: before };
      const balanceFen = await balanceOf(tx, account);
      if (outcome.kind === "posted")
        tx.journal({ type: "billing.charged", v: 1, subject: { kind: "card", id: card }, actor: { kind: "patient", id: card }, data: { ledger: outcome.entry.id, fen, purpose, for: subject, balanceFen } });
      return { kind: "charged", ledgerId: outcome.entry.id, balanceFen };
    },
    refund: async (tx, { charge, actor }) => {
      const paid = await tx.get(ledger, [charge]);
      const [out, into] = [paid?.postings.find(({ fen }) => fen < 0), paid?.postings.find(({ fen }) => fen > 0)];
      const card = cardOf(out?.account);
      if (paid === undefined || out === undefined || into === undefined || card === undefined) return { kind: "unknown" };
      const movement = { idempotencyKey: `refund-${charge}`, from: into.account, to: out.account, fen: -out.fen, purpose: REFUND, subject: paid.subject };
      const outcome = await post(tx, movement, { utcMs: clock.now(), rules });
      if (outcome.kind === "refused") return { kind: "unknown" };
      const balanceFen = await balanceOf(tx, out.account);
      if (outcome.kind === "posted")
        tx.journal({ type: "billing.refunded", v: 1, subject: { kind: "card", id: card }, actor, data: { ledger: outcome.entry.id, charge, fen: -out.fen, for: paid.subject, balanceFen } });
      return { kind: "refunded", ledgerId: outcome.entry.id, balanceFen };
    },
    balanceFen: async (number) => ((await store.get(cards, [number])) === undefined ? undefined : balanceOf(store, cardAccount(number))),
  };

  context.services.publish(billing, service);
  context.onSeed((part) => seedCards(context, part, rules));
  context.http.route({
    method: "GET",
    path: "/cards/:card",
    summary: "A card and the money on it",
    params: z.object({ card: cardNumber }),
    reply: z.object({ card: z.string(), vip: z.boolean(), balance: z.object({ amount: z.int(), currency: z.string() }) }),
    handle: async ({ params }) => {
      const card = await store.get(cards, [params.card]);
      if (card === undefined) throw new HttpProblem(404, "BILLING_CARD_UNKNOWN", "no such card");
      return { card: card.card, vip: card.vip, balance: { amount: await balanceOf(store, cardAccount(card.card)), currency: hospital.currency } };
    },
  });
}
