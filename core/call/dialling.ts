// Reaching people for a caller: attempts one after the other, who it was that picked up, and joining the two.
import type { ToneCountry } from "../../media/engine/detection.js";
import type { TrunkFailure } from "../routing/outgoing.js";
import type { OutsideOutcome } from "../routing/outside-call.js";
import type { DialOptions, DialOutcome } from "../sdk/call.js";
import type { Agents } from "./agents.js";
import { moreTelling, type Failure, type RingingLeg } from "./attempt.js";
import type { Ending } from "./ending.js";
import type { Ringing } from "./ringing.js";

export interface DiallingOptions {
  readonly agents: Agents;
  readonly ending: Ending;
  readonly ringing: Ringing;
  /** Before every step; rejects where the caller is gone. */
  readonly begin: () => Promise<void>;
  /** Answers the caller, where that was not done, and forgets the keys that it pressed while it waited. */
  readonly answer: () => Promise<void>;
}

const DIAL_TIMEOUT_MS = 20_000;
/** How long the greeting of an answering machine may last. */
const BEEP_MS = 30_000;
/** Where a handler names no country. */
const TONES: ToneCountry = "cn";

export class Dialling {
  readonly #options: DiallingOptions;

  constructor(options: DiallingOptions) {
    this.#options = options;
  }

  /** See `Call.dial`. */
  async dial(options: DialOptions): Promise<DialOutcome> {
    const { agents, ending, ringing, begin } = this.#options;
    const rounds = options.strategy === "sequential" ? options.targets.map((target) => [target]) : [options.targets];
    const listening = listensFor(options);
    let failure: Failure = "unreachable";
    let skipped: DialOutcome | undefined;
    try {
      for (const targets of rounds) {
        // The caller may be gone already while its leg still closes; nobody rings for them any more.
        await begin();
        if (targets.length > 0 && !agents.others.some(({ state }) => state === "talking")) ringing.start(options.whileRinging);
        const phones = [...new Set(targets)].map((extension) => ({ kind: "phone", extension }) as const);
        const round = await ending.race(agents.ring(phones, { timeoutMs: options.timeoutMs ?? DIAL_TIMEOUT_MS, early: ringing, ...(listening === undefined ? {} : { tones: listening }) }));
        const served = round.outcome === "answered" ? await this.#served(round.winner, options) : { outcome: round.outcome };
        if (served.outcome === "answered") return served;
        if (served.outcome === "machine" || served.outcome === "fax") skipped = served;
        else failure = moreTelling(failure, served.outcome);
      }
      return skipped ?? { outcome: failure };
    } finally {
      ringing.stop();
    }
  }

  /** Rings an outside number over one trunk; the caller hears it ring when it does. */
  async dialOutside({ number, trunk, timeoutMs }: { readonly number: string; readonly trunk: string; readonly timeoutMs: number }): Promise<OutsideOutcome> {
    const { agents, ending, ringing } = this.#options;
    const round = await ending.race(agents.ring([{ kind: "outside", number, trunk }], { timeoutMs, onRinging: () => ringing.start(), early: ringing }));
    if (round.outcome === "answered") return this.#join(round.winner);
    ringing.stop();
    // Nobody hung up and nothing came back: it rang until our time was over.
    const end: TrunkFailure = round.ends.at(-1) ?? { by: round.outcome === "no-answer" ? "local" : "failure" };
    return { outcome: "failed", failure: { by: end.by, ...(end.status === undefined ? {} : { status: end.status }) } };
  }

  /** Joins who picked up, unless it is what the handler does not want to talk to. */
  async #served(winner: RingingLeg, options: DialOptions): Promise<DialOutcome> {
    const { agents, ending } = this.#options;
    const { answeringMachine = false, tones } = options;
    if (answeringMachine === false) return this.#join(winner, tones);
    const { onMachine = "skip", beepMs = BEEP_MS } = answeringMachine === true ? {} : answeringMachine;
    const picked = await ending.race(agents.whoAnswered(winner, { tones: tones ?? TONES, beepMs: onMachine === "join" ? beepMs : 0 }));
    if ("answeredBy" in picked) {
      const { answeredBy } = picked;
      if (answeredBy.who !== "fax" && (answeredBy.who !== "machine" || onMachine === "join")) return { ...(await this.#join(winner, tones)), answeredBy };
      winner.leg.hangup();
      return { outcome: answeredBy.who, target: winner.extension, answeredBy };
    }
    winner.leg.hangup();
    return { outcome: picked.failure };
  }

  async #join(winner: RingingLeg, tones?: ToneCountry): Promise<Extract<DialOutcome, { outcome: "answered" }>> {
    const { agents, ending, ringing, answer } = this.#options;
    ringing.stop();
    await answer();
    if (tones !== undefined) agents.supervise(winner, tones);
    const talk = ending.race(agents.bridge(winner));
    // A handler may never look at `talk`; that the caller is gone is told to it by its next step.
    talk.catch(() => undefined);
    return { outcome: "answered", target: winner.extension, talk };
  }
}

/** Whose tones a dialled phone is listened to for; undefined: it is not. */
const listensFor = ({ answeringMachine = false, tones }: DialOptions): ToneCountry | undefined => tones ?? (answeringMachine === false ? undefined : TONES);
