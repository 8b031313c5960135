// What the journal says of a card's money. The subject is { kind: "card", id }; money's truth is the ledger entry named here.
import { z } from "zod";

const subject = z.object({ kind: z.string(), id: z.string() });
/** The ledger entry in the same transaction. */
const posted = { ledger: z.string(), fen: z.int().min(0), balanceFen: z.int() };

export const BILLING_ENTRY_DATA = {
  "billing.charged": z.object({ ...posted, purpose: z.string(), for: subject }),
  /** `charge`: the ledger entry that is given back. */
  "billing.refunded": z.object({ ...posted, charge: z.string(), for: subject.optional() }),
  /** Too many wrong PINs. */
  "billing.locked": z.object({ forMs: z.number().min(0) }),
} as const;
