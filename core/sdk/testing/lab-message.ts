// A message that somebody in the lab leaves: no sound, only how long they speak.
import type { Cancel, Clock } from "../../../protocol/base/clock.js";
import type { MessageLimits, MessageRecording } from "../../leg/leg.js";

type MessageOutcome = Awaited<MessageRecording["ended"]>;
type Why = "silence" | "no-speech" | "too-long" | "stopped";

/** Of nothing. */
const SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

export class LabMessage implements MessageRecording {
  readonly ended: Promise<MessageOutcome>;
  readonly #clock: Clock;
  readonly #limits: MessageLimits;
  readonly #startedMs: number;
  readonly #cancelLength: Cancel;
  #cancel: Cancel;
  #spokeMs: number | undefined;
  #resolve!: (outcome: MessageOutcome) => void;
  #over = false;

  constructor(clock: Clock, limits: MessageLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#startedMs = clock.monoMs();
    this.ended = new Promise((resolve) => void (this.#resolve = resolve));
    this.#cancel = clock.after(limits.beginMs, () => this.#end("no-speech"));
    this.#cancelLength = clock.after(limits.lengthMs, () => this.#end("too-long"));
  }

  /** Speaks from now; false where it is over. */
  says(durationMs: number): boolean {
    if (this.#over) return false;
    this.#spokeMs ??= this.#clock.monoMs();
    const { silenceMs } = this.#limits;
    this.#cancel();
    this.#cancel = this.#clock.after(durationMs + silenceMs, () => this.#end("silence", durationMs));
    return true;
  }

  stop(): void {
    this.#end("stopped");
  }

  #end(why: Why, spokenMs = this.#clock.monoMs() - (this.#spokeMs ?? this.#clock.monoMs())): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancel();
    this.#cancelLength();
    this.#resolve({ why, durationMs: Math.min(spokenMs, this.#clock.monoMs() - this.#startedMs), sha256: SHA256 });
  }
}
