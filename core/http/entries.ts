// What the journal says of who read what: the subject is the person or thing that was read of.
import { z } from "zod";

export const AUDIT_ENTRY_DATA = {
  /** `what`: method and path as declared; `params`: what stood in the path. */
  "audit.read": z.object({ what: z.string(), params: z.record(z.string(), z.unknown()) }),
} as const;
