// One call's record, as it is kept and told. Times are calendar milliseconds, durations are of the monotonic clock.
import { z } from "zod";
import type { CollectionDefinition } from "../store/store.js";

const wholeMs = z.number().min(0);

const cdrLegSchema = z.object({
  leg: z.string(),
  role: z.enum(["caller", "agent", "outside"]),
  /** The caller's number, or the extension or outside number that was dialled. */
  number: z.string().meta({ personal: true }),
  /** Over which it came or was dialled; null of a phone. */
  trunk: z.string().nullable(),
  startOffsetMs: wholeMs,
  answerOffsetMs: wholeMs.nullable(),
  endOffsetMs: wholeMs,
  endedBy: z.enum(["remote", "local", "failure"]),
  cause: z.string(),
  /** SIP's final answer where the leg was refused. */
  status: z.number().nullable(),
});

const cdrAgentSchema = z.object({
  extension: z.string(),
  leg: z.string(),
  /** When the two began to hear each other. */
  bridgedOffsetMs: wholeMs,
  talkMs: wholeMs,
});

const cdrQueueSchema = z.object({
  queue: z.string(),
  enteredOffsetMs: wholeMs,
  /** Until somebody talked to the caller, or the caller left the queue. */
  waitMs: wholeMs,
  outcome: z.enum(["served", "nobody-there", "timeout", "abandoned"]),
});

const cdrRecordingSchema = z.object({
  recording: z.string(),
  leg: z.string(),
  role: z.enum(["caller", "agent", "outside"]),
  offsetMs: wholeMs,
  /** null where the track was not closed in good order. */
  durationMs: wholeMs.nullable(),
  sha256: z.string().nullable(),
});

export const cdrSchema = z.object({
  /** The call's. */
  id: z.string(),
  caller: z.string().meta({ personal: true }),
  callerName: z.string().nullable().meta({ personal: true }),
  called: z.string(),
  from: z.object({ kind: z.enum(["trunk", "phone"]), name: z.string() }),
  /** `incoming`: over a trunk to us; `outgoing`: a phone's, over a trunk; `internal`: between us. */
  direction: z.enum(["incoming", "outgoing", "internal"]),
  /** That brought the call, or that took it out: the last that was tried. */
  trunk: z.string().nullable(),
  startUtcMs: z.number(),
  answerUtcMs: z.number().nullable(),
  endUtcMs: z.number(),
  /** From the first INVITE to the end. */
  durationMs: wholeMs,
  /** From the answer to the end, 0 where there was none: what a carrier bills. */
  billableMs: wholeMs,
  /** With agents or an outside party, all together. */
  talkMs: wholeMs,
  /**
   * `answered`: it was, and did not end in a queue. `abandoned`: the caller gave up before the answer or while waiting
   * in a queue. `busy`, `rejected`: we or the far side said so. `failed`: nobody's wish. `closed-after-crash`: it
   * talked when the server was killed; all times end at its last sign of life.
   */
  disposition: z.enum(["answered", "abandoned", "busy", "rejected", "failed", "closed-after-crash"]),
  endedBy: z.enum(["caller", "server", "failure"]),
  /** As SIP told it, or `crash`. */
  cause: z.string(),
  status: z.number().nullable(),
  agents: z.array(cdrAgentSchema),
  queues: z.array(cdrQueueSchema),
  legs: z.array(cdrLegSchema),
  recordings: z.array(cdrRecordingSchema),
});
export type Cdr = z.infer<typeof cdrSchema>;
export type CdrLeg = z.infer<typeof cdrLegSchema>;
export type CdrAgent = z.infer<typeof cdrAgentSchema>;
export type CdrQueue = z.infer<typeof cdrQueueSchema>;
export type CdrRecording = z.infer<typeof cdrRecordingSchema>;

export const cdrs: CollectionDefinition<Cdr, "time" | "caller"> = {
  name: "core-cdr",
  version: 2,
  schema: cdrSchema,
  upgrade: (value) => addTrunks(value as CdrV1),
  key: (cdr) => [cdr.id],
  indexes: { time: { keys: (cdr) => [[cdr.startUtcMs]] }, caller: { keys: (cdr) => [[cdr.caller, cdr.startUtcMs]] } },
};

/** What ended a call whose server was killed. */
export const CRASH_CAUSE = "crash";

type CdrV1 = Omit<Cdr, "direction" | "trunk" | "legs"> & { readonly legs: readonly Omit<CdrLeg, "trunk">[] };

/** Before version 2 no call went out over a trunk. */
function addTrunks(cdr: CdrV1): Cdr {
  const trunk = cdr.from.kind === "trunk" ? cdr.from.name : null;
  return { ...cdr, direction: trunk === null ? "internal" : "incoming", trunk, legs: cdr.legs.map((leg) => ({ ...leg, trunk: leg.role === "caller" ? trunk : null })) };
}
