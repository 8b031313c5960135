import { z } from "zod";
import type { CollectionDefinition } from "../../core/sdk/index.js";

export const cardNumber = z.string().regex(/^[0-9]{4,16}$/, "accepted: 4 to 16 digits");

const personal = { personal: true };

const cardSchema = z.object({
  card: cardNumber,
  /** Peppered scrypt. */
  pinHash: z.string(),
  name: z.string().meta(personal),
  phone: z.string().optional().meta(personal),
  vip: z.boolean(),
  open: z.boolean(),
});
export type Card = z.infer<typeof cardSchema>;

export const cards: CollectionDefinition<Card, "phone"> = {
  name: "billing-card",
  version: 1,
  schema: cardSchema,
  key: (row) => [row.card],
  indexes: { phone: { keys: (row) => (row.phone === undefined ? [] : [[row.phone]]) } },
};

/** Wrong PINs of a card number, be it a card's or nobody's. */
const attemptSchema = z.object({
  card: z.string().meta(personal),
  wrong: z.int().min(1),
  /** Forgotten from here on. */
  untilUtcMs: z.number(),
});
export type Attempt = z.infer<typeof attemptSchema>;

export const attempts: CollectionDefinition<Attempt, "oldest"> = {
  name: "billing-attempt",
  version: 1,
  schema: attemptSchema,
  key: (row) => [row.card],
  /** Those that lock come last. */
  indexes: { oldest: { keys: (row) => [[row.wrong, row.untilUtcMs]] } },
};

/** One side of a movement; positive is into the account. */
const postingSchema = z.object({ account: z.string(), fen: z.int() });
export type Posting = z.infer<typeof postingSchema>;

const ledgerSchema = z.object({
  /** Also the idempotency key: one movement a key, whoever asks how often. */
  id: z.string(),
  utcMs: z.number(),
  purpose: z.string(),
  subject: z.object({ kind: z.string(), id: z.string() }),
  postings: z.array(postingSchema),
});
export type LedgerEntry = z.infer<typeof ledgerSchema>;

export const ledger: CollectionDefinition<LedgerEntry, "account"> = {
  name: "billing-ledger",
  version: 1,
  schema: ledgerSchema,
  key: (row) => [row.id],
  indexes: { account: { keys: (row) => row.postings.map((posting) => [posting.account, row.utcMs]) } },
};

const balanceSchema = z.object({ account: z.string(), fen: z.int() });
export type Balance = z.infer<typeof balanceSchema>;

/** The sum of an account's postings, carried along by the ledger and by nothing else. */
export const balances: CollectionDefinition<Balance> = {
  name: "billing-balance",
  version: 1,
  schema: balanceSchema,
  key: (row) => [row.account],
  indexes: {},
};

export const cardAccount = (card: string): string => `card:${card}`;
/** The card that an account is of; undefined where it is of none. */
export const cardOf = (account: string | undefined): string | undefined => (account?.startsWith("card:") === true ? account.slice("card:".length) : undefined);
/** Purpose of a charge that goes back. */
export const REFUND = "refund";
export const revenueAccount = (purpose: string): string => `revenue:${purpose}`;
/** Money that came from outside: the other side of what is put on a card. */
export const CASH_ACCOUNT = "cash";
