// Who picked up a phone that was dialled, by what the media plane hears of it: decided once, and in time whatever happens.
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { Detected } from "../../media/engine/detection.js";
import type { AnsweredBy } from "../sdk/call.js";

/** `failure`: it was the exchange that answered, by a tone; or whoever picked up is gone already. */
export type PickUpOutcome = { readonly answeredBy: AnsweredBy } | { readonly failure: "busy" | "unreachable" | "no-answer" };

/** The detectors decide within 6 s; who has told nothing by then is taken for anybody. */
const VERDICT_MS_MAX = 8000;

export class PickUp {
  readonly #clock: Clock;
  readonly #beepMs: number;
  #resolve!: (outcome: PickUpOutcome) => void;
  #cancel: Cancel;
  #machine: AnsweredBy | undefined;
  /** Resolves once; never rejects. */
  readonly outcome: Promise<PickUpOutcome>;

  /** @param beepMs how long a machine's beep is waited for; 0: not at all */
  constructor(clock: Clock, beepMs: number) {
    this.#clock = clock;
    this.#beepMs = beepMs;
    this.outcome = new Promise((resolve) => void (this.#resolve = resolve));
    this.#cancel = clock.after(VERDICT_MS_MAX, () => this.#end({ answeredBy: { who: "unknown", why: "limit", afterMs: VERDICT_MS_MAX } }));
  }

  onDetected(detected: Detected, afterMs: number): void {
    if (detected.kind === "beep" && this.#machine !== undefined) return this.#end({ answeredBy: { ...this.#machine, beep: true } });
    const failure = failureBySound(detected);
    if (failure !== undefined) return this.#end({ failure });
    if (detected.kind !== "progress") return;
    const { progress } = detected;
    if (progress.state === "fax" || progress.state === "modem") return this.#end({ answeredBy: { who: "fax", why: "tone", afterMs } });
    if (progress.state === "answered") this.#judged({ who: progress.by, why: progress.why, afterMs });
  }

  /** Whoever picked up has hung up, or nobody waits for the answer any more. */
  leave(): void {
    this.#end({ failure: "no-answer" });
  }

  #judged(answeredBy: AnsweredBy): void {
    if (answeredBy.who !== "machine" || this.#beepMs === 0) return this.#end({ answeredBy });
    this.#machine = answeredBy;
    this.#cancel();
    this.#cancel = this.#clock.after(this.#beepMs, () => this.#end({ answeredBy: { ...answeredBy, beep: false } }));
  }

  #end(outcome: PickUpOutcome): void {
    this.#cancel();
    this.#resolve(outcome);
  }
}

/** What a tone of the exchange makes of a call that we place, before the answer or after it; undefined: it goes on. */
export function failureBySound(detected: Detected): "busy" | "unreachable" | undefined {
  if (detected.kind !== "progress") return undefined;
  const { state } = detected.progress;
  return state === "busy" ? "busy" : state === "congested" || state === "no-such-number" ? "unreachable" : undefined;
}
