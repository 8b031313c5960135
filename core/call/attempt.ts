// One try to reach a person: all legs ring at once, the first that answers wins, the others are let go in the same step.
import type { Detected } from "../../media/engine/detection.js";
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { Leg, RecordingClosed, RecordingContinued } from "../leg/leg.js";
import type { Refer } from "../signaling/refer.js";
import type { SessionEnd } from "../signaling/session.js";
import { failureBySound } from "./pick-up.js";

export interface RingingLeg {
  readonly leg: Leg;
  /** Or the outside number that is dialled over `trunk`. */
  readonly extension: string;
  readonly trunk?: string;
}

/** Why nobody answered, the least telling first. */
const FAILURES = ["unreachable", "no-answer", "busy", "rejected"] as const;
export type Failure = (typeof FAILURES)[number];

export type AttemptOutcome = { readonly outcome: "answered"; readonly winner: RingingLeg } | { readonly outcome: Failure; /** Of the legs that are over. */ readonly ends: readonly SessionEnd[] };

/** What a leg of an attempt does after the attempt is decided, as before. */
export interface AttemptObserver {
  onRinging(ringing: RingingLeg): void;
  /** See `LegEvents`. */
  onEarlyMedia(ringing: RingingLeg): void;
  onAnswered(ringing: RingingLeg): void;
  onDigit(ringing: RingingLeg, digit: string): void;
  onDetected(ringing: RingingLeg, detected: Detected, afterMs: number): void;
  onSilent(ringing: RingingLeg, sentence: string): void;
  onHeld(ringing: RingingLeg, held: boolean): void;
  /** See `LegEvents`. */
  onRefer(ringing: RingingLeg, refer: Refer): number;
  onRecordingClosed(ringing: RingingLeg, closed: RecordingClosed): void;
  onRecordingContinued(ringing: RingingLeg, continued: RecordingContinued): void;
  onEnded(ringing: RingingLeg, end: SessionEnd): void;
}

export class Attempt {
  #legs: readonly RingingLeg[];
  readonly #observer: AttemptObserver;
  readonly #cancelTimer: Cancel;
  readonly #ends: SessionEnd[] = [];
  /** What early media said of legs before their signalling did. */
  readonly #heard = new Map<RingingLeg, Failure>();
  readonly #failures: Failure[] = [];
  #decide!: (outcome: AttemptOutcome) => void;
  #decided = false;
  /** Resolves once; never rejects. */
  readonly outcome: Promise<AttemptOutcome>;

  constructor(legs: readonly RingingLeg[], options: { readonly clock: Clock; readonly timeoutMs: number; readonly observer: AttemptObserver }) {
    this.#legs = legs;
    this.#observer = options.observer;
    this.outcome = new Promise((resolve) => void (this.#decide = resolve));
    this.#cancelTimer = options.clock.after(options.timeoutMs, () => this.#fail("no-answer"));
    for (const ringing of legs) this.#listen(ringing);
    if (legs.length === 0) this.#fail("unreachable");
    // Of legs that another process had, one may talk already.
    const winner = legs.find(({ leg }) => leg.state === "answered");
    if (winner !== undefined) this.#close({ outcome: "answered", winner });
  }

  /** Whether nobody has answered yet, and this one may still. */
  rings(leg: Leg): boolean {
    return !this.#decided && leg.state !== "answered" && leg.state !== "ended" && this.#legs.some((ringing) => ringing.leg === leg);
  }

  /** One more that may answer, in place of those who ring. */
  add(ringing: RingingLeg): void {
    this.#legs = [...this.#legs, ringing];
    this.#listen(ringing);
  }

  /** The caller is gone or the call is over: nobody rings any longer. */
  abandon(): void {
    this.#fail("no-answer");
  }

  #listen(ringing: RingingLeg): void {
    const observer = this.#observer;
    ringing.leg.listen({
      onRinging: () => observer.onRinging(ringing),
      onEarlyMedia: () => observer.onEarlyMedia(ringing),
      onAnswered: () => {
        // Two phones lifted in the same instant: the second finds the call taken. One put down again before we heard of it never talked.
        if (this.#decided || ringing.leg.state !== "answered") return ringing.leg.hangup({ reason: "answered elsewhere" });
        observer.onAnswered(ringing);
        this.#close({ outcome: "answered", winner: ringing });
      },
      onDigit: (digit) => observer.onDigit(ringing, digit),
      onDetected: (detected, afterMs) => {
        observer.onDetected(ringing, detected, afterMs);
        const failure = this.#decided ? undefined : failureBySound(detected);
        if (failure === undefined || ringing.leg.state === "answered") return;
        this.#heard.set(ringing, failure);
        ringing.leg.hangup();
      },
      onSilent: (sentence) => observer.onSilent(ringing, sentence),
      onHeld: (held) => observer.onHeld(ringing, held),
      onRefer: (refer) => observer.onRefer(ringing, refer),
      onRecordingClosed: (closed) => observer.onRecordingClosed(ringing, closed),
      onRecordingContinued: (continued) => observer.onRecordingContinued(ringing, continued),
      onEnded: (end) => {
        this.#ends.push(end);
        observer.onEnded(ringing, end);
        this.#failures.push(this.#heard.get(ringing) ?? failureOfOne(end));
        if (this.#ends.length === this.#legs.length) this.#fail(this.#failures.reduce(moreTelling));
      },
    });
  }

  #fail(outcome: Failure): void {
    this.#close({ outcome, ends: this.#ends });
  }

  #close(outcome: AttemptOutcome): void {
    if (this.#decided) return;
    this.#decided = true;
    this.#cancelTimer();
    for (const { leg } of this.#legs) if (outcome.outcome !== "answered" || leg !== outcome.winner.leg) leg.hangup();
    this.#decide(outcome);
  }
}

/** Of two failed attempts the one that tells the caller more (RFC 3261 16.7 step 6 prefers 6xx likewise). */
export function moreTelling(a: Failure, b: Failure): Failure {
  return FAILURES.indexOf(b) > FAILURES.indexOf(a) ? b : a;
}

function failureOfOne({ by, status }: SessionEnd): Failure {
  if (status === 603) return "rejected";
  if (status === 486 || status === 600) return "busy";
  return by === "failure" ? "unreachable" : "no-answer";
}
