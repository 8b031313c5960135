// What a call is built on, and what it meets beyond its legs.
import type { Clock } from "../../protocol/base/clock.js";
import type { PlayItem } from "../../media/engine/command.js";
import type { Switchboard } from "../leg/leg.js";
import type { Announcement, Call, QueueOutcome } from "../sdk/call.js";
import type { Language } from "../speech/part.js";
import type { EntrySink } from "./entries.js";

/** `waitedMs`: of a call that waited in this queue already when the server was restarted. */
export type ServeQueue = (call: Call, options: { readonly priority: number; readonly waitedMs?: number }) => Promise<QueueOutcome>;

export interface CallPorts {
  readonly clock: Clock;
  readonly journal: EntrySink;
  readonly switchboard: Switchboard;
  /** Whether calls are recorded. */
  readonly records: boolean;
  /** @throws SpeechError where a part can't be spoken in the language. */
  announce(what: Announcement, language: Language): readonly PlayItem[];
  /** Makes the texts in it ready to be played, where it has any: undefined where it has none. Never rejects. */
  prepare?(what: Announcement, language: Language): Promise<unknown> | undefined;
  queue(name: string): ServeQueue | undefined;
}
