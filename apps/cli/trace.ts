// `ringward trace`: asks a running server for a call's SIP and draws it.
import { drawLadder, type LadderRow } from "../../core/trace/ladder.js";
import { traceSchema, type CallTrace } from "../../core/http/trace-route.js";
import type { ServerAccess } from "./server-access.js";

export interface TraceCommand {
  readonly command: "trace";
  /** Our id of a call, or a SIP Call-ID. */
  readonly call: string;
  /** Whole messages below the ladder. */
  readonly full: boolean;
  readonly url?: string;
}

/** Lines for a person. Rejects with ServerAccessError. */
export async function traceLines(access: ServerAccess, { call, full }: Pick<TraceCommand, "call" | "full">): Promise<readonly string[]> {
  const trace = traceSchema.parse(await access.get(`calls/${encodeURIComponent(call)}/trace`));
  const rows = rowsOf(trace);
  const begun = rows[0] === undefined ? "" : `  ${new Date(rows[0].utcMs).toISOString()}`;
  const omitted = trace.dialogs.filter((dialog) => dialog.omitted > 0).map((dialog) => `(${dialog.omitted} messages with ${dialog.remote} are not kept)`);
  const missing = trace.dialogs.length === 0 ? ["(its SIP is no longer in memory)"] : [];
  const texts = full ? trace.messages.flatMap(({ utcMs, direction, remote, text }) => ["", `${new Date(utcMs).toISOString()} ${direction === "sent" ? "to" : "from"} ${remote}`, ...text.trimEnd().split(/\r?\n/).map((line) => `  ${line}`)]) : [];
  return [`call ${trace.call}${begun}`, ...missing, "", ...drawLadder(trace.dialogs, rows), ...omitted, ...texts];
}

/** In the order of time; what the journal says of a message stands below it. */
function rowsOf({ messages, notes }: CallTrace): readonly LadderRow[] {
  const rows: LadderRow[] = [...messages.map(({ utcMs, dialog, direction, summary }) => ({ utcMs, dialog, direction, text: summary })), ...notes.map(({ utcMs, type, text }) => ({ utcMs, text: `${type} ${text}`.trimEnd() }))];
  return rows.sort((a, b) => a.utcMs - b.utcMs);
}
