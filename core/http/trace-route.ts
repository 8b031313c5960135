// `GET /calls/{call}/trace`: the SIP of all legs of a call in one order, with what its journal says in between.
import { z } from "zod";
import type { Entry } from "../journal/entry.js";
import type { Journal } from "../journal/journal.js";
import { messageText } from "../trace/message-text.js";
import type { SipTrace, TracedDialog } from "../trace/sip-trace.js";
import { defineRoute, type AnyRoute } from "./api-route.js";
import { HttpFault } from "./problem.js";

export const traceSchema = z.object({
  call: z.string(),
  dialogs: z.array(
    z.object({
      sipCallId: z.string(),
      direction: z.enum(["incoming", "outgoing"]),
      /** Who called, or was called. */
      party: z.string().meta({ personal: true }),
      remote: z.string(),
      /** Messages in the middle of a long dialog that are not kept. */
      omitted: z.number().int(),
    }),
  ),
  messages: z.array(
    z.object({
      utcMs: z.number(),
      /** Place in `dialogs`. */
      dialog: z.number().int(),
      direction: z.enum(["received", "sent"]),
      remote: z.string(),
      summary: z.string(),
      /** The whole message, secrets cut. */
      text: z.string(),
    }),
  ),
  notes: z.array(z.object({ utcMs: z.number(), type: z.string(), text: z.string() })),
});
export type CallTrace = z.infer<typeof traceSchema>;

export interface TraceRouteOptions {
  readonly hospital: string;
  readonly trace: SipTrace;
  readonly journal: Journal;
}

/** What stands in the journal's way of a reader: a line every 5 s. */
const DULL = new Set(["call.mark"]);

export function traceRoute({ hospital, trace, journal }: TraceRouteOptions): AnyRoute {
  return defineRoute({
    method: "GET",
    path: "/calls/:call/trace",
    summary: "The SIP of a call's legs, by its id or by a SIP Call-ID, as long as memory holds it",
    params: z.object({ call: z.string().min(1).max(200) }),
    reply: traceSchema,
    handle: async ({ params: { call } }) => {
      const dialogs = trace.of(call);
      const entries = await journal.ofSubject(hospital, { kind: "call", id: call });
      if (dialogs.length === 0 && entries.length === 0) throw new HttpFault(404, "HTTP_NOT_FOUND", "no call of this id is known");
      return { call, dialogs: dialogs.map(describe), messages: messagesOf(dialogs), notes: entries.filter(({ type }) => !DULL.has(type)).map(noteOf) };
    },
  });
}

const describe = ({ sipCallId, direction, party, messages, omitted }: TracedDialog): CallTrace["dialogs"][number] => ({ sipCallId, direction, party, remote: messages[0]?.remote ?? "", omitted });

function messagesOf(dialogs: readonly TracedDialog[]): CallTrace["messages"] {
  const all = dialogs.flatMap(({ messages }, dialog) => messages.map(({ utcMs, direction, remote, bytes }) => ({ utcMs, dialog, direction, remote, ...messageText(bytes) })));
  return all.sort((a, b) => a.utcMs - b.utcMs);
}

function noteOf({ utcMs, type, data }: Entry): CallTrace["notes"][number] {
  const { sentence, ...rest } = data;
  const words = Object.entries(rest).flatMap(([name, value]) => (typeof value === "string" || typeof value === "number" ? [`${name} ${value}`] : []));
  return { utcMs, type, text: typeof sentence === "string" ? sentence : words.join(", ") };
}
