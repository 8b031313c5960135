// What the journal says of appointments. The subject is { kind: "appointment", id }, of a refusal the call.
import { z } from "zod";

const held = { doctor: z.string(), day: z.string(), period: z.string(), number: z.int().min(1) };
/** `ledger`: the ledger entry of the money that moved with it; absent where none did. */
const paid = { feeFen: z.int().min(0), ledger: z.string().optional() };
const givenBack = z.object({ ...held, call: z.string().optional(), feeFen: z.int().min(0).optional(), ledger: z.string().optional() });

export const REGISTRATION_ENTRY_DATA = {
  "registration.booked": z.object({ ...held, ...paid, call: z.string() }),
  "registration.cancelled": givenBack,
  "registration.no-show": givenBack,
  "registration.attended": z.object(held),
  /** Card and PIN did not fit. */
  "registration.refused": z.object({ refusals: z.int().min(1), locked: z.boolean() }),
} as const;
