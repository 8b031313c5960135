// The people of one call besides the caller: rung, answered, bridged, let go; each recorded and told to the journal.
import type { Clock } from "../../protocol/base/clock.js";
import type { Leg, Switchboard } from "../leg/leg.js";
import { Attempt, type AttemptObserver, type AttemptOutcome, type RingingLeg } from "./attempt.js";
import type { CallEntryData, CallEntryType } from "./entries.js";
import { LegRecording } from "./leg-recording.js";

export interface AgentsOptions {
  readonly callId: string;
  readonly clock: Clock;
  readonly switchboard: Switchboard;
  /** Whether who answers is recorded. */
  readonly records: boolean;
  readonly caller: Leg;
  /** Milliseconds since the call began. */
  readonly offsetMs: () => number;
  readonly journal: <T extends CallEntryType>(type: T, data: CallEntryData<T>) => void;
  /** A leg is gone: the call's own end may have waited for it. */
  readonly onGone: () => void;
}

interface Agent {
  readonly ringing: RingingLeg;
  readonly recording: LegRecording;
  /** Since when both sides hear each other. */
  unbridge?: () => void;
  leave?: () => void;
}

export class Agents {
  readonly #options: AgentsOptions;
  /** Every leg that is not yet over, ringing ones too; few (a ring-all's targets), so a scan finds one. */
  #agents: Agent[] = [];
  #attempt: Attempt | undefined;

  constructor(options: AgentsOptions) {
    this.#options = options;
  }

  /** Extensions that ring or talk in this call. */
  get extensions(): readonly string[] {
    return this.#agents.map((agent) => agent.ringing.extension);
  }

  get legs(): readonly { readonly id: string; readonly extension: string; readonly state: Leg["state"] }[] {
    return this.#agents.map(({ ringing }) => ({ id: ringing.leg.id, extension: ringing.extension, state: ringing.leg.state }));
  }

  /** One of them and the caller hear each other. */
  get talking(): boolean {
    return this.#agents.some(({ ringing, unbridge }) => unbridge !== undefined && ringing.leg.state === "answered");
  }

  /** Rings all of `extensions` at once. Resolves when one answered, all refused or `timeoutMs` went by. */
  async ring(extensions: readonly string[], timeoutMs: number): Promise<AttemptOutcome> {
    const { caller, callId, switchboard, clock, journal, offsetMs } = this.#options;
    const ringing = [...new Set(extensions)].flatMap((extension) => switchboard.dial({ kind: "phone", extension }, { from: caller.remote, callId, peer: caller }).map((leg) => ({ leg, extension })));
    for (const one of ringing) {
      this.#agents.push({ ringing: one, recording: new LegRecording({ callId, ...one, role: "agent", journal, offsetMs }) });
      journal("call.dialled", { leg: one.leg.id, extension: one.extension, offsetMs: offsetMs() });
    }
    const attempt = new Attempt(ringing, { clock, timeoutMs, observer: this.#observer() });
    this.#attempt = attempt;
    const outcome = await attempt.outcome;
    if (this.#attempt === attempt) this.#attempt = undefined;
    return outcome;
  }

  /** Joins an answered agent and the caller; resolves when the agent is gone. */
  bridge({ leg, extension }: RingingLeg): Promise<void> {
    const agent = this.#find(leg);
    if (agent === undefined) return Promise.resolve();
    const { caller, switchboard, journal, offsetMs } = this.#options;
    // A side that hung up in this very moment is told of next; there is nothing left to join.
    if (caller.state === "answered" && leg.state === "answered") {
      agent.unbridge = switchboard.bridge(caller, leg);
      journal("call.bridged", { leg: leg.id, extension, offsetMs: offsetMs() });
    }
    return new Promise((resolve) => void (agent.leave = resolve));
  }

  /** Nobody rings or talks any longer. */
  release(): void {
    this.#attempt?.abandon();
    for (const { ringing } of [...this.#agents]) ringing.leg.hangup();
  }

  #find(leg: Leg): Agent | undefined {
    return this.#agents.find((agent) => agent.ringing.leg === leg);
  }

  #observer(): AttemptObserver {
    const { journal, offsetMs, onGone, records } = this.#options;
    return {
      onAnswered: ({ leg, extension }) => {
        journal("call.agent-answered", { leg: leg.id, extension, offsetMs: offsetMs() });
        if (records) this.#find(leg)?.recording.start();
      },
      onDigit: () => undefined,
      onSilent: ({ leg }, sentence) => journal("call.silent", { leg: leg.id, sentence }),
      onRecordingClosed: ({ leg }, closed) => this.#find(leg)?.recording.closed(closed),
      onRecordingContinued: ({ leg }, continued) => this.#find(leg)?.recording.continued(continued),
      onEnded: ({ leg, extension }, end) => {
        const agent = this.#find(leg);
        this.#agents = this.#agents.filter((one) => one !== agent);
        agent?.unbridge?.();
        const status = end.status === undefined ? {} : { status: end.status };
        journal("call.leg-ended", { leg: leg.id, extension, offsetMs: offsetMs(), by: end.by, cause: end.cause, ...status });
        agent?.leave?.();
        onGone();
      },
    };
  }
}
