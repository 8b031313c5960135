// What the journal says of a queue. The subject is the call that waits.
import { z } from "zod";

const queue = z.string();
const waitedMs = z.number().min(0);
const place = { queue, priority: z.number(), ahead: z.number().int().min(0) };

export const ACD_ENTRY_DATA = {
  "acd.queued": z.object(place),
  /** It waited when the server was restarted, and waits on. */
  "acd.requeued": z.object(place),
  /** The phones that ring for it, and why they and now. */
  "acd.offered": z.object({ queue, extensions: z.array(z.string()), reason: z.string(), waitedMs }),
  "acd.served": z.object({ queue, extension: z.string(), waitedMs }),
  /** The caller hung up before. */
  "acd.abandoned": z.object({ queue, waitedMs }),
  "acd.given-up": z.object({ queue, outcome: z.enum(["nobody-there", "timeout"]) }),
} as const;
