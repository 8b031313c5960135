// The journal over HTTP: as a list, and under the same path as a stream.
import { z } from "zod";
import { readEntrySchema } from "../journal/entry.js";
import { readEventCursor, writeEventCursor, type EventCursor } from "../journal/event-cursor.js";
import { EventStream, matchesFilter, type EventFilter } from "../journal/event-stream.js";
import type { Journal } from "../journal/journal.js";
import type { Clock } from "../../protocol/base/clock.js";
import { defineRoute } from "./api-route.js";
import { listSchema } from "./list.js";
import { HttpFault } from "./problem.js";
import type { SocketRoute } from "./socket-route.js";

const TYPE = /^[a-z][a-z-]*(\.[a-z][a-z-]*)*(\.\*)?$/;
const TYPES_MAX = 50;
/** Rows looked at for one page: a filter that fits little must not keep the store busy. */
const ROWS_MAX = 5000;
const READ_ROWS = 500;

const query = z.object({
  /** `node:nodeSeq` as an event bore it: what came behind it. */
  after: z
    .string()
    .transform((text) => readEventCursor(text))
    .refine((cursor) => cursor !== undefined)
    .optional(),
  /** `call.*,billing.charged` */
  types: z
    .string()
    .max(2000)
    .transform((text) => text.split(","))
    .pipe(z.array(z.string().regex(TYPE)).max(TYPES_MAX))
    .optional(),
  /** `kind/id` */
  subject: z.string().regex(/^[a-z][a-z-]*\/.{1,200}$/).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
type EventQuery = z.infer<typeof query>;

export interface EventRouteOptions {
  readonly journal: Journal;
  readonly clock: Clock;
}

export function eventRoute({ journal, clock }: EventRouteOptions): SocketRoute {
  return {
    route: defineRoute({
      method: "GET",
      path: "/events",
      summary: "What happened, in order; over WebSocket also what happens from now on",
      query,
      reply: listSchema(readEntrySchema.meta({ personal: true })),
      handle: async ({ query: asked }) => readPage(journal, asked),
    }),
    open: (asked, sink) => {
      const { after, ...rest } = asked as EventQuery;
      const stream = new EventStream({ journal, clock, sink, filter: filterOf(rest), cursor: after });
      void stream.start();
      return stream;
    },
  };
}

/** `next` is the cursor behind the last row that was looked at; null where nothing is behind it yet. */
async function readPage(journal: Journal, { after, limit, ...rest }: EventQuery) {
  const filter = filterOf(rest);
  let at = startOf(journal, after);
  const items = [];
  for (let looked = 0; looked < ROWS_MAX; ) {
    const rows = await journal.read({ after: at, limit: READ_ROWS });
    for (const row of rows) {
      at = row.nodeSeq;
      if (matchesFilter(row, filter)) items.push(row);
      if (items.length === limit) break;
    }
    looked += rows.length;
    if (rows.length < READ_ROWS || items.length === limit) break;
  }
  return { items, next: at < (await journal.head()) ? writeEventCursor({ node: journal.node, nodeSeq: at }) : null };
}

function startOf(journal: Journal, after: EventCursor | undefined): number {
  if (after !== undefined && after.node !== journal.node) throw new HttpFault(400, "HTTP_CURSOR", "after is of another node");
  return after?.nodeSeq ?? 0;
}

function filterOf({ types, subject }: Pick<EventQuery, "types" | "subject">): EventFilter {
  const slash = subject?.indexOf("/") ?? 0;
  return { ...(types === undefined ? {} : { types }), ...(subject === undefined ? {} : { subject: { kind: subject.slice(0, slash), id: subject.slice(slash + 1) } }) };
}
