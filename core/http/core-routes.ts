// The API's own routes: what goes on, what has been, what was said.
import { z } from "zod";
import type { RecordingStore } from "../../media/recorder/recording-store.js";
import { cdrs, cdrSchema } from "../cdr/cdr.js";
import { openCallAudio } from "../recordings/call-audio.js";
import type { Key, Store } from "../store/store.js";
import { defineRoute, type AnyRoute, type StreamRoute } from "./api-route.js";
import { listSchema, pageSchema, readCursor, writeCursor } from "./list.js";
import { HttpFault } from "./problem.js";

export const openCallSchema = z.object({
  id: z.string(),
  caller: z.string().meta({ personal: true }),
  called: z.string(),
  state: z.enum(["setup", "ringing", "answered", "ended"]),
  startedUtcMs: z.number(),
  answeredUtcMs: z.number().nullable(),
  language: z.string(),
  agents: z.array(z.object({ leg: z.string(), extension: z.string(), state: z.string() })),
});
export type OpenCall = z.infer<typeof openCallSchema>;

export interface CoreRoutesOptions {
  readonly hospital: string;
  readonly store: Store;
  readonly recordings: Pick<RecordingStore, "read">;
  /** The calls that go on now; `CallManager.list`. */
  openCalls(): readonly (Omit<OpenCall, "agents"> & { readonly agents: readonly OpenCall["agents"][number][] })[];
}

const callParams = z.object({ call: z.string().min(1).max(200) });

export function coreRoutes(options: CoreRoutesOptions): { readonly routes: readonly AnyRoute[]; readonly streams: readonly StreamRoute[] } {
  const { hospital, store } = options;
  const recordOf = async (call: string) => {
    const record = await store.get(cdrs, hospital, [call]);
    if (record === undefined) throw new HttpFault(404, "HTTP_NOT_FOUND", "no call of this id has ended");
    return record;
  };
  const calls = defineRoute({
    method: "GET",
    path: "/calls",
    summary: "The calls that go on now, the oldest first",
    query: pageSchema,
    reply: listSchema(openCallSchema),
    handle: async ({ query }) => {
      const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
      const open = [...options.openCalls()].sort((a, b) => a.startedUtcMs - b.startedUtcMs || (a.id < b.id ? -1 : 1)).filter((call) => isBehind([call.startedUtcMs, call.id], after));
      const page = open.slice(0, query.limit);
      const last = page.at(-1);
      return { items: page.map((call) => ({ ...call, agents: [...call.agents] })), next: open.length > page.length && last !== undefined ? writeCursor([last.startedUtcMs, last.id]) : null };
    },
  });
  const records = defineRoute({
    method: "GET",
    path: "/cdrs",
    summary: "The records of the calls that have ended, the newest first",
    query: pageSchema.extend({ caller: z.string().max(100).optional() }),
    reply: listSchema(cdrSchema),
    handle: async ({ query: { limit, cursor, caller } }) => {
      const after = cursor === undefined ? {} : { after: readCursor(cursor) };
      const where = caller === undefined ? { index: "time" as const } : { index: "caller" as const, prefix: [caller] };
      const items = [...(await store.range(cdrs, hospital, { ...where, ...after, limit, reverse: true }))];
      const last = items.at(-1);
      const next = items.length < limit || last === undefined ? null : writeCursor(caller === undefined ? [last.startUtcMs, last.id] : [last.caller, last.startUtcMs, last.id]);
      return { items, next };
    },
  });
  const record = defineRoute({ method: "GET", path: "/cdrs/:call", summary: "The record of one call", params: callParams, reply: cdrSchema, handle: ({ params }) => recordOf(params.call) });
  const recording: StreamRoute = {
    method: "GET",
    path: "/recordings/:call",
    summary: "What was said in a call that has ended: WAV, caller left, agent right",
    params: callParams,
    contentType: "audio/wav",
    subject: ({ call }) => ({ kind: "call", id: call! }),
    handle: async ({ params }) => {
      const audio = await openCallAudio(options.recordings, (await recordOf(params.call!)).recordings);
      if (audio === undefined) throw new HttpFault(404, "HTTP_NOT_FOUND", "nothing of this call was recorded");
      return audio;
    },
  };
  const message: StreamRoute = {
    method: "GET",
    path: "/recordings/:call/messages/:message",
    summary: "A message that the caller left in a call: WAV; `message` counts from 1, as in the journal's call.message-recorded",
    params: callParams.extend({ message: z.string().regex(/^(r\d{1,4}-)?\d{1,4}$/) }),
    contentType: "audio/wav",
    subject: ({ call }) => ({ kind: "call", id: call! }),
    handle: async ({ params }) => {
      const { id } = await recordOf(params.call!);
      const audio = await openCallAudio(options.recordings, [{ recording: `${id}-message-${params.message!}`, leg: "", role: "caller", offsetMs: 0, durationMs: null, sha256: null }]);
      if (audio === undefined) throw new HttpFault(404, "HTTP_NOT_FOUND", "no such message was left in this call");
      return audio;
    },
  };
  return { routes: [calls, records, record], streams: [recording, message] };
}

function isBehind([startedUtcMs, id]: readonly [number, string], after: Key | undefined): boolean {
  if (after === undefined) return true;
  const [afterMs, afterId] = after;
  if (typeof afterMs !== "number" || typeof afterId !== "string") throw new HttpFault(400, "HTTP_CURSOR", "cursor is none that this list gave");
  return startedUtcMs > afterMs || (startedUtcMs === afterMs && id > afterId);
}
