// A call's record out of its journal: pure, so that deriving again gives the same.
import { CALL_ENTRY_DATA, type CallEntryData, type CallEntryType } from "../call/entries.js";
import type { Entry } from "../journal/entry.js";
import { CRASH_CAUSE, type Cdr, type CdrAgent, type CdrLeg, type CdrQueue, type CdrRecording } from "./cdr.js";

type Open<T, K extends keyof T> = Omit<T, K> & { [P in K]: T[P] | undefined };
type OpenLeg = Open<CdrLeg, "endOffsetMs" | "endedBy" | "cause">;
type OpenAgent = Open<CdrAgent, "talkMs"> & { readonly trunk: string | undefined };
type OpenQueue = Open<CdrQueue, "waitMs" | "outcome">;

interface Draft {
  answerOffsetMs: number | undefined;
  readonly legs: OpenLeg[];
  readonly agents: OpenAgent[];
  readonly queues: OpenQueue[];
  readonly recordings: CdrRecording[];
  /** The leg that the call lasts as long as. */
  callerLeg: string;
  ended: CallEntryData<"call.ended"> | undefined;
}

/** Entries of types that are not here change no record. `atMs`: since the call began. */
const STEPS: { readonly [T in CallEntryType]?: (draft: Draft, data: CallEntryData<T>, atMs: number) => void } = {
  "call.answered": (draft, data) => {
    draft.answerOffsetMs ??= data.offsetMs;
    const caller = draft.legs[0];
    if (caller !== undefined) caller.answerOffsetMs ??= data.offsetMs;
  },
  "call.queued": (draft, data, atMs) => void draft.queues.push({ queue: data.queue, enteredOffsetMs: atMs, waitMs: undefined, outcome: undefined }),
  "call.dequeued": (draft, data, atMs) => {
    const queue = draft.queues.findLast((q) => q.queue === data.queue && q.outcome === undefined);
    if (queue !== undefined) Object.assign(queue, { outcome: data.outcome, waitMs: queue.waitMs ?? atMs - queue.enteredOffsetMs });
  },
  "call.dialled": (draft, data) => void draft.legs.push({ leg: data.leg, role: data.trunk === undefined ? "agent" : "outside", number: data.extension, trunk: data.trunk ?? null, startOffsetMs: data.offsetMs, answerOffsetMs: null, status: null, ...NOT_ENDED }),
  "call.agent-answered": (draft, data) => {
    const leg = draft.legs.findLast((l) => l.leg === data.leg);
    if (leg !== undefined) leg.answerOffsetMs ??= data.offsetMs;
  },
  "call.bridged": (draft, data) => {
    draft.agents.push({ extension: data.extension, leg: data.leg, trunk: data.trunk, bridgedOffsetMs: data.offsetMs, talkMs: undefined });
    const queue = draft.queues.findLast((q) => q.outcome === undefined);
    // Who is talked to waits no more, though the queue is left only when the talk is over.
    if (queue !== undefined) queue.waitMs ??= data.offsetMs - queue.enteredOffsetMs;
  },
  // Aside, or gone to be somebody else's: the talk is over, whether or not the leg is.
  "call.transfer": (draft, data) => endTalk(draft, data.leg, data.offsetMs),
  "call.transfer-failed": (draft, data) => {
    if (data.back && data.leg !== draft.callerLeg) draft.agents.push({ extension: data.extension, leg: data.leg, trunk: data.trunk, bridgedOffsetMs: data.offsetMs, talkMs: undefined });
  },
  "call.caller-changed": (draft, data) => {
    endTalk(draft, data.leg, data.offsetMs);
    draft.callerLeg = data.leg;
  },
  "call.leg-left": (draft, data) => {
    const leg = draft.legs.findLast((l) => l.leg === data.leg);
    if (leg !== undefined && leg.endOffsetMs === undefined) Object.assign(leg, { endOffsetMs: data.offsetMs, endedBy: "local", cause: "transferred", status: null });
    endTalk(draft, data.leg, data.offsetMs);
  },
  "call.leg-joined": (draft, data) =>
    void draft.legs.push({ leg: data.leg, role: data.trunk === undefined ? "agent" : "outside", number: data.extension, trunk: data.trunk ?? null, startOffsetMs: data.offsetMs, answerOffsetMs: data.from === undefined ? null : data.offsetMs, status: null, ...NOT_ENDED }),
  "call.leg-ended": (draft, data) => {
    const leg = draft.legs.findLast((l) => l.leg === data.leg);
    if (leg !== undefined && leg.endOffsetMs === undefined) Object.assign(leg, { endOffsetMs: data.offsetMs, endedBy: data.by, cause: data.cause, status: data.status ?? null });
    endTalk(draft, data.leg, data.offsetMs);
  },
  "call.recording-started": (draft, data) => void draft.recordings.push({ recording: data.recording, leg: data.leg, role: data.role, offsetMs: data.offsetMs, durationMs: null, sha256: null }),
  "call.recording-closed": (draft, data) => {
    const recording = draft.recordings.find((r) => r.recording === data.recording);
    if (recording !== undefined) Object.assign(recording, { durationMs: data.durationMs, sha256: data.sha256 });
  },
  "call.ended": (draft, data) => void (draft.ended ??= data),
};

function endTalk({ agents }: Draft, leg: string, offsetMs: number): void {
  for (const agent of agents) if (agent.leg === leg) agent.talkMs ??= offsetMs - agent.bridgedOffsetMs;
}

const NOT_ENDED = { endOffsetMs: undefined, endedBy: undefined, cause: undefined };

/** The record of a call from all its entries in their order; undefined while it goes on, or where its first entry is missing. */
export function deriveCdr(entries: readonly Entry[]): Cdr | undefined {
  const first = entries[0];
  const started = first === undefined ? undefined : readEntry("call.started", first);
  if (first === undefined || started === undefined) return undefined;
  const draft: Draft = {
    answerOffsetMs: undefined,
    legs: [{ leg: started.leg, role: "caller", number: started.caller, trunk: started.origin.kind === "trunk" ? started.origin.name : null, startOffsetMs: 0, answerOffsetMs: null, status: null, ...NOT_ENDED }],
    agents: [],
    queues: [],
    recordings: [],
    callerLeg: started.leg,
    ended: undefined,
  };
  for (const entry of entries) applyEntry(draft, entry, offsetOf(first, entry));
  const { ended } = draft;
  if (ended === undefined) return undefined;
  return close(draft, { ended, started, id: first.subject.id, startUtcMs: first.utcMs });
}

/** The last moment that the entries of a call tell of, in ms since it began. */
export const lastOffsetMs = (entries: readonly Entry[]): number => entries.reduce((last, entry) => Math.max(last, offsetOf(entries[0]!, entry)), 0);

function offsetOf(first: Entry, entry: Entry): number {
  const told = entry.data.offsetMs;
  return typeof told === "number" ? told : Math.max(0, entry.monoMs - first.monoMs);
}

function applyEntry(draft: Draft, entry: Entry, atMs: number): void {
  if (!Object.hasOwn(STEPS, entry.type)) return;
  const type = entry.type as CallEntryType;
  const data = readEntry(type, entry);
  const step = STEPS[type] as ((draft: Draft, data: unknown, atMs: number) => void) | undefined;
  if (data !== undefined) step?.(draft, data, atMs);
}

function readEntry<T extends CallEntryType>(type: T, entry: Entry): CallEntryData<T> | undefined {
  if (entry.type !== type) return undefined;
  const checked = CALL_ENTRY_DATA[type].safeParse(entry.data);
  return checked.success ? (checked.data as CallEntryData<T>) : undefined;
}

interface Frame {
  readonly id: string;
  readonly startUtcMs: number;
  readonly started: CallEntryData<"call.started">;
  readonly ended: CallEntryData<"call.ended">;
}

function close(draft: Draft, { id, startUtcMs, started, ended }: Frame): Cdr {
  const endMs = ended.offsetMs;
  const answered = draft.answerOffsetMs;
  const parties = draft.agents.map((agent) => ({ ...agent, talkMs: agent.talkMs ?? Math.max(0, endMs - agent.bridgedOffsetMs) }));
  // An outside party is nobody's agent: the talk counts, the credit does not.
  const agents = parties.filter(({ trunk }) => trunk === undefined).map(({ trunk: _none, ...agent }): CdrAgent => agent);
  const out = draft.legs.findLast(({ role }) => role === "outside")?.trunk ?? null;
  const trunk = started.origin.kind === "trunk" ? started.origin.name : out;
  const queues = draft.queues.map((queue): CdrQueue => {
    // Neither left nor served: the call ended in it. Served and not left: it ended with the talk.
    const outcome = queue.outcome ?? (queue.waitMs === undefined ? "abandoned" : "served");
    return { ...queue, outcome, waitMs: queue.waitMs ?? Math.max(0, endMs - queue.enteredOffsetMs) };
  });
  return {
    id,
    caller: started.caller,
    callerName: started.callerName ?? null,
    called: started.called,
    from: started.origin,
    direction: started.origin.kind === "trunk" ? "incoming" : out === null ? "internal" : "outgoing",
    trunk,
    startUtcMs,
    answerUtcMs: answered === undefined ? null : startUtcMs + answered,
    endUtcMs: startUtcMs + endMs,
    durationMs: endMs,
    billableMs: answered === undefined ? 0 : Math.max(0, endMs - answered),
    talkMs: parties.reduce((sum, agent) => sum + agent.talkMs, 0),
    disposition: disposition(ended, answered !== undefined, queues),
    endedBy: ended.by,
    cause: ended.cause,
    status: ended.status ?? null,
    agents,
    queues,
    legs: draft.legs.map((leg) => closeLeg(leg, ended, leg.leg === draft.callerLeg)),
    recordings: draft.recordings,
  };
}

/** What has no end of its own ended with the call; of the caller's leg that is the rule. */
function closeLeg(leg: OpenLeg, ended: CallEntryData<"call.ended">, mine: boolean): CdrLeg {
  const by = ({ caller: "remote", server: "local", failure: "failure" } as const)[ended.by];
  return {
    ...leg,
    endOffsetMs: leg.endOffsetMs ?? ended.offsetMs,
    endedBy: leg.endedBy ?? (mine ? by : "local"),
    cause: leg.cause ?? ended.cause,
    status: leg.status ?? (mine ? (ended.status ?? null) : null),
  };
}

function disposition(ended: CallEntryData<"call.ended">, answered: boolean, queues: readonly CdrQueue[]): Cdr["disposition"] {
  if (ended.cause === CRASH_CAUSE) return "closed-after-crash";
  if (answered) return ended.by === "caller" && queues.at(-1)?.outcome === "abandoned" ? "abandoned" : "answered";
  if (ended.by === "caller") return "abandoned";
  // RFC 3261 sections 21.4.24 and 21.6.1.
  if (ended.status === 486 || ended.status === 600) return "busy";
  const trunksFailed = ended.status !== undefined && ended.status >= 500 && ended.status < 600;
  return ended.by === "failure" || trunksFailed ? "failed" : "rejected";
}
