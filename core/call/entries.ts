// What the journal says of a call. The subject is always { kind: "call", id }. CDRs, recordings and statistics are derived
// from these entries alone, so a field that is not here can't be known later.
import { z } from "zod";
import type { NewEntry } from "../journal/entry.js";
import type { Upcaster } from "../journal/upcaster.js";

const origin = z.object({ kind: z.enum(["trunk", "phone"]), name: z.string() });
/** Milliseconds of the monotonic clock since the call began. */
const offsetMs = z.number().min(0);
const leg = z.string();
const role = z.enum(["caller", "agent", "outside"]);
/** Where it is there, `extension` is the outside number that was dialled over this trunk. */
const trunk = z.string().optional();

export const CALL_ENTRY_DATA = {
  "call.started": z.object({ caller: z.string(), callerName: z.string().optional(), called: z.string(), origin, leg }),
  "call.answered": z.object({ offsetMs }),
  /** A menu's answer. */
  "call.menu": z.object({ prompt: z.string(), key: z.string() }),
  /** Digits were asked for; of a secret only the fact. */
  "call.collected": z.object({ prompt: z.string(), digits: z.string() }),
  /** A question failed: no key, or one that is no answer. */
  "call.misunderstood": z.object({ prompt: z.string(), why: z.enum(["no-input", "invalid-input"]), failures: z.number().int() }),
  "call.operator-wanted": z.object({ why: z.enum(["key", "no-input", "invalid-input", "transfer", "failure"]) }),
  "call.queued": z.object({ queue: z.string(), priority: z.number(), offsetMs: offsetMs.optional() }),
  "call.dequeued": z.object({ queue: z.string(), outcome: z.enum(["served", "nobody-there", "timeout"]), offsetMs: offsetMs.optional() }),
  /** One attempt to reach a phone or an outside number. */
  "call.dialled": z.object({ leg, extension: z.string(), trunk, offsetMs }),
  /** A far side is heard before it answers: its own ringback, or an announcement. */
  "call.early-media": z.object({ leg, extension: z.string(), trunk, offsetMs }),
  "call.agent-answered": z.object({ leg, extension: z.string(), trunk, offsetMs }),
  "call.bridged": z.object({ leg, extension: z.string(), trunk, offsetMs }),
  /** `leg`, whom the caller talks to, puts it through, and does not hear it from here on. */
  "call.transfer": z.object({ leg, extension: z.string(), trunk, to: z.string(), kind: z.enum(["blind", "attended"]), by: z.enum(["phone", "plugin"]), offsetMs }),
  /** That came about: whom the caller talks to now is told by `call.bridged`, a service by its own entries. */
  "call.transferred": z.object({ leg, extension: z.string(), trunk, to: z.string(), offsetMs }),
  /** It did not; `back`: the two hear each other again. */
  "call.transfer-failed": z.object({ leg, extension: z.string(), trunk, to: z.string(), why: z.enum(["unreachable", "no-answer", "busy", "rejected", "cancelled"]), back: z.boolean(), offsetMs }),
  /** The call lasts as long as this leg from here on; whose leg was the caller's until now is one of the others. */
  "call.caller-changed": z.object({ leg, extension: z.string(), trunk, former: leg, offsetMs }),
  /** A leg goes on in the call `to`, which it was put through to; there it is told as joined. */
  "call.leg-left": z.object({ leg, extension: z.string(), trunk, to: z.string(), offsetMs }),
  /** A leg that talks comes from the call `from`; without one, it called to take another's place (RFC 3891). */
  "call.leg-joined": z.object({ leg, extension: z.string(), trunk, from: z.string().optional(), offsetMs }),
  /** A leg other than the caller's is over; `status` where it was refused. */
  "call.leg-ended": z.object({ leg, extension: z.string(), trunk, offsetMs, by: z.enum(["remote", "local", "failure"]), cause: z.string(), status: z.number().optional() }),
  "call.recording-started": z.object({ recording: z.string(), leg, role, extension: z.string().optional(), offsetMs }),
  "call.recording-closed": z.object({ recording: z.string(), leg, durationMs: z.number().min(0), sha256: z.string() }),
  /** A side sends no sound: what was expected from where, what came. */
  "call.silent": z.object({ leg, sentence: z.string() }),
  /** A message that the caller left, beside the recording of the call; nobody said a word where it lasts 0 ms. */
  "call.message-recorded": z.object({ recording: z.string(), leg, why: z.enum(["silence", "no-speech", "too-long", "stopped"]), durationMs: z.number().min(0), sha256: z.string(), offsetMs }),
  /** What a leg was listened to for was heard, `afterMs` after that began. */
  "call.heard": z.object({ leg, sound: z.enum(["dial", "ringback", "busy", "congestion", "sit", "cng", "answer-tone", "answer-tone-reversals", "beep"]), afterMs: z.number().min(0), offsetMs }),
  /** Who picked up a phone that was dialled; `afterMs` since the answer. `beep`: whether a machine's was heard, where it was waited for. */
  "call.answered-by": z.object({ leg, extension: z.string(), trunk, who: z.enum(["human", "machine", "fax", "unknown"]), why: z.enum(["pause", "greeting", "words", "beep", "silence", "limit", "tone"]), afterMs: z.number().min(0), beep: z.boolean().optional(), offsetMs }),
  /** A far side holds the call, or no longer. */
  "call.held": z.object({ leg, held: z.boolean(), offsetMs }),
  /** The call still talks: after a kill it is closed and rated to here. */
  "call.mark": z.object({ offsetMs }),
  /** The server was restarted and the call went on: `downMs` nobody heard anything. */
  "call.resumed": z.object({ offsetMs, downMs: z.number().min(0) }),
  /** A handler failed; the caller was told and led to the operators. */
  "call.failed": z.object({ error: z.string() }),
  /** The last entry. `by`: whose hand ended it; `cause` as SIP told it. */
  "call.ended": z.object({ offsetMs, by: z.enum(["caller", "server", "failure"]), cause: z.string(), status: z.number().optional() }),
} as const;

export type CallEntryType = keyof typeof CALL_ENTRY_DATA;
export type CallEntryData<T extends CallEntryType> = z.infer<(typeof CALL_ENTRY_DATA)[T]>;

/** Steps from the shapes of earlier releases to those above; fixtures/ keeps an entry of every version. None has changed yet. */
export const CALL_UPCASTERS: readonly Upcaster[] = [];

/** Digits of a secret question, in every place that outlives the call. */
export const MASKED = "***";

/** Where a call's entries go. */
export interface EntrySink {
  append(entry: NewEntry): void;
  /** Today's version of a type's data. */
  versionOf(type: string): number;
}
