// One call's place in the journal: what is told under its id, how long it has lasted, and the marks while it talks.
import type { Cancel } from "../../protocol/base/clock.js";
import type { Actor } from "../journal/entry.js";
import type { CallPorts } from "./call-ports.js";
import type { CallEntryData, CallEntryType } from "./entries.js";
import { CallError } from "./error.js";

export interface CallLogOptions {
  readonly ports: Pick<CallPorts, "clock" | "journal">;
  readonly id: string;
  readonly hospital: string;
  /** Whose call it is. */
  readonly from: { readonly kind: "trunk" | "phone"; readonly name: string };
  /** How long it had lasted before this process had it. */
  readonly lastedMs: number;
}

/** While the caller talks, a mark in the journal says so; a killed server's calls are closed at their last one. */
const MARK_MS = 5000;

export class CallLog {
  readonly #options: CallLogOptions;
  readonly #startedMonoMs: number;
  #cancelMark: Cancel = () => undefined;

  constructor(options: CallLogOptions) {
    this.#options = options;
    this.#startedMonoMs = options.ports.clock.monoMs() - options.lastedMs;
  }

  /** Milliseconds since the call began. */
  offsetMs(): number {
    return Math.round(this.#options.ports.clock.monoMs() - this.#startedMonoMs);
  }

  /** An entry of the core's. */
  write<T extends CallEntryType>(type: T, data: CallEntryData<T>): void {
    this.#append(type, data);
  }

  /** A plugin's. Throws CallError "CALL_ENTRY" where it takes the core's name. */
  note(type: string, data: Readonly<Record<string, unknown>>): void {
    if (type.startsWith("call.")) throw new CallError("CALL_ENTRY", "the entries of the kind call.* are the core's own: begin with the plugin's name", { type });
    this.#append(type, data);
  }

  mark(): void {
    this.#cancelMark = this.#options.ports.clock.after(MARK_MS, () => {
      this.write("call.mark", { offsetMs: this.offsetMs() });
      this.mark();
    });
  }

  stopMarks(): void {
    this.#cancelMark();
  }

  /** On whose behalf all of this happens. */
  get #actor(): Actor {
    const { kind, name } = this.#options.from;
    return kind === "phone" ? { kind: "agent", id: name } : { kind: "patient" };
  }

  #append(type: string, data: Readonly<Record<string, unknown>>): void {
    const { ports, hospital, id } = this.#options;
    ports.journal.append({ type, v: ports.journal.versionOf(type), hospital, subject: { kind: "call", id }, actor: this.#actor, data });
  }
}
