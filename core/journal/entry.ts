import { z } from "zod";

/** Who did it. */
export const actorSchema = z.object({
  kind: z.enum(["patient", "agent", "administrator", "plugin", "carrier", "system"]),
  /** A card, an extension, a token's name, a plugin, a trunk; absent where unknown. */
  id: z.string().optional(),
});
export type Actor = z.infer<typeof actorSchema>;

export const subjectSchema = z.object({
  kind: z.string().regex(/^[a-z][a-z-]*$/),
  id: z.string().min(1),
});
export type Subject = z.infer<typeof subjectSchema>;

/** One thing that happened, for ever. `(node, nodeSeq)` is the cursor of the event stream. */
export const entrySchema = z.object({
  /** Dotted, owner first: `call.answered`, `billing.charged`. */
  type: z.string().regex(/^[a-z][a-z-]*(\.[a-z][a-z-]*)+$/),
  /** Version of `data`'s shape. */
  v: z.number().int().positive(),
  hospital: z.string(),
  subject: subjectSchema,
  /** 1, 2, 3, ... within the subject. */
  subjectSeq: z.number().int().positive(),
  node: z.string(),
  nodeSeq: z.number().int().positive(),
  utcMs: z.number(),
  monoMs: z.number(),
  actor: actorSchema,
  data: z.record(z.string(), z.unknown()),
});
export type Entry = z.infer<typeof entrySchema>;

/** An entry as it is read: in today's shape, or marked. */
export const readEntrySchema = entrySchema.extend({
  /** Written by a later release in a shape that this server doesn't know: `data` is as it was written. */
  newer: z.literal(true).exactOptional(),
});
export type ReadEntry = z.infer<typeof readEntrySchema>;

/** What the writer of an entry says; the journal adds the sequences, the node and the time. */
export type NewEntry = Pick<Entry, "type" | "v" | "hospital" | "subject" | "actor" | "data">;
export const newEntrySchema = entrySchema.pick({ type: true, v: true, hospital: true, subject: true, actor: true, data: true });
