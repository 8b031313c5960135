// A call as plain data: written down by one process, gone on with by the next. Keys typed ahead are not in it: among them
// may be a secret, and the question that they answer is asked again.
import { z } from "zod";
import type { LegId } from "../../media/engine/command.js";
import { LANGUAGES } from "../speech/announcement.js";
import { originSchema, partySchema } from "../signaling/session-state.js";
import type { Language } from "../speech/part.js";

const legId = z.string().transform((id) => id as LegId);

/** Where in a queue a call is. */
const queued = z.strictObject({ name: z.string(), priority: z.number(), /** Since the call began. */ enteredMs: z.number() });

export const callStateSchema = z.strictObject({
  id: z.string(),
  hospital: z.string(),
  called: z.string(),
  language: z.enum(LANGUAGES as [Language, ...Language[]]),
  /** The caller's leg. */
  caller: legId,
  startedUtcMs: z.number(),
  /** How long it had lasted. */
  offsetMs: z.number(),
  answeredUtcMs: z.number().nullable(),
  /** How often it has gone on in another process. */
  restarts: z.number(),
  /** In whose hands it was: the number's handler, the operators', or nobody's any more. */
  stage: z.enum(["handler", "operator", "parting"]),
  queue: queued.exactOptional(),
  /** Who rang or talked, and whether they heard the caller. */
  others: z.array(z.strictObject({ leg: legId, extension: z.string(), trunk: z.string().exactOptional(), bridged: z.boolean() })).readonly(),
  /** Whom the call came from, where the caller's leg is another's by now. */
  from: partySchema.extend({ from: originSchema }).exactOptional(),
  /** Who talks is not whom the number's handler had reached. */
  transferred: z.boolean().exactOptional(),
  /** The caller is on hold, for others who speak about it. */
  held: z.boolean().exactOptional(),
  /** The number whose handler serves it, where that is not the one that was called. */
  servedAs: z.string().exactOptional(),
});

export type CallState = z.infer<typeof callStateSchema>;
export type Queued = z.infer<typeof queued>;
