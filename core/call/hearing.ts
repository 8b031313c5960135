// What is heard of a call's legs beside keys: told to the journal, and to the handler that asked for it.
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { Detected } from "../../media/engine/detection.js";
import type { Leg } from "../leg/leg.js";
import type { Detection, DetectOptions, Sound } from "../sdk/call.js";
import type { CallLog } from "./call-log.js";
import type { Ending } from "./ending.js";
import type { CallEntryData } from "./entries.js";

export interface HearingOptions {
  readonly clock: Clock;
  readonly log: CallLog;
}

/** A handler that does not look at what it asked for loses the oldest. */
const WAITING_MAX = 64;

export class Hearing {
  readonly #options: HearingOptions;
  readonly #queues = new Map<Leg, SoundQueue>();

  constructor(options: HearingOptions) {
    this.#options = options;
  }

  /** Replaces what `leg` is listened to for. */
  attach(leg: Leg, { tones, fax, voice, levelEveryMs }: DetectOptions): SoundQueue {
    this.forget(leg);
    const queue = new SoundQueue(this.#options.clock, () => {
      if (this.#queues.get(leg) !== queue) return;
      this.#queues.delete(leg);
      leg.detect(undefined);
    });
    this.#queues.set(leg, queue);
    leg.detect({ ...(tones === undefined ? {} : { tones }), ...(fax === undefined ? {} : { fax }), ...(voice === undefined ? {} : { voice }), ...(levelEveryMs === undefined ? {} : { levelEveryMs }) });
    return queue;
  }

  /** The leg is over, or listened to for something else. */
  forget(leg: Leg): void {
    const queue = this.#queues.get(leg);
    this.#queues.delete(leg);
    queue?.stop();
  }

  /** The call is over, or another process goes on with it: nobody waits any more. */
  close(): void {
    for (const queue of this.#queues.values()) queue.close();
    this.#queues.clear();
  }

  onDetected(leg: Leg, detected: Detected, afterMs: number): void {
    const { log } = this.#options;
    const sound = journalled(detected);
    if (sound !== undefined) log.write("call.heard", { leg: leg.id, sound, afterMs, offsetMs: log.offsetMs() });
    if (detected.kind !== "progress" && detected.kind !== "beep") this.#queues.get(leg)?.put({ ...detected, afterMs });
  }
}

/** Sounds that the handler has not asked for yet, in order. */
export class SoundQueue {
  readonly #clock: Clock;
  readonly #onStop: () => void;
  readonly #sounds: Sound[] = [];
  #settle: ((sound: Sound | undefined) => void) | undefined;
  #cancel: Cancel = () => undefined;
  #stopped = false;

  constructor(clock: Clock, onStop: () => void) {
    this.#clock = clock;
    this.#onStop = onStop;
  }

  put(sound: Sound): void {
    if (this.#settle !== undefined) return this.#settle(sound);
    this.#sounds.push(sound);
    if (this.#sounds.length > WAITING_MAX) this.#sounds.shift();
  }

  /** The next one, at once where one waits; undefined after `timeoutMs` or the stop. A second wait ends the first. */
  next(timeoutMs: number): Promise<Sound | undefined> {
    this.#settle?.(undefined);
    if (this.#sounds.length > 0 || this.#stopped) return Promise.resolve(this.#sounds.shift());
    return new Promise((resolve) => {
      this.#settle = (sound) => {
        this.#settle = undefined;
        this.#cancel();
        resolve(sound);
      };
      this.#cancel = this.#clock.after(timeoutMs, () => this.#settle?.(undefined));
    });
  }

  /** As a handler sees it: each step is one of its call's. */
  detection({ begin, ending }: { readonly begin: () => Promise<void>; readonly ending: Ending }): Detection {
    return {
      next: async (timeoutMs) => {
        await begin();
        return ending.race(this.next(timeoutMs));
      },
      stop: async () => {
        await begin();
        this.stop();
      },
    };
  }

  stop(): void {
    this.close();
    this.#onStop();
  }

  /** As `stop`, but the leg is listened to as before. */
  close(): void {
    this.#stopped = true;
    this.#settle?.(undefined);
  }
}

/** Voices and levels come by the second: they are for the handler alone. */
function journalled(detected: Detected): CallEntryData<"call.heard">["sound"] | undefined {
  if (detected.kind === "tone" || detected.kind === "fax") return detected.tone;
  if (detected.kind === "beep") return "beep";
  if (detected.kind !== "progress") return undefined;
  switch (detected.progress.state) {
    case "ringing":
      return "ringback";
    case "busy":
      return "busy";
    case "congested":
      return "congestion";
    case "no-such-number":
      return "sit";
    case "fax":
      return "cng";
    case "modem":
      return "answer-tone";
    default:
      return undefined;
  }
}
