// What the journal says of our registrations with carriers. The subject is { kind: "trunk", id: its name }.
import { z } from "zod";

const failure = z.object({ why: z.string(), status: z.number().int().optional() });

export const TRUNK_ENTRY_DATA = {
  "trunk.registered": z.object({ expiresS: z.number().min(0) }),
  "trunk.unreachable": failure,
  "trunk.refused": failure,
  "trunk.expired": z.object({}),
  "trunk.unregistered": z.object({}),
} as const;
