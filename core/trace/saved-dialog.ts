// A traced dialog as plain data, secrets cut: a call that goes on in the next process keeps the SIP of its earlier part.
import { z } from "zod";

const savedMessage = z.strictObject({ utcMs: z.number(), direction: z.enum(["received", "sent"]), remote: z.string(), text: z.string() });

export const savedDialogSchema = z.strictObject({
  sipCallId: z.string(),
  direction: z.enum(["incoming", "outgoing"]),
  party: z.string(),
  call: z.string(),
  omitted: z.number(),
  messages: z.array(savedMessage).min(1).readonly(),
});
export type SavedDialog = z.infer<typeof savedDialogSchema>;
