// Which worker gets a leg.
import type { WorkerSlot } from "./worker-slot.js";

/** `apart`, for tests: each leg on another worker than the one before, so that whoever meets has to move. */
export type Placement = "least-loaded" | "apart";

export class Placer {
  readonly #placement: Placement;
  #last = -1;

  constructor(placement: Placement) {
    this.#placement = placement;
  }

  /** For a leg whose worker died: one that lives and has started. */
  refuge(slots: readonly WorkerSlot[]): WorkerSlot | undefined {
    return leastLoaded(preferReady(slots.filter((slot) => slot.alive)));
  }

  /** One of the workers that live, but `except`; undefined where there is none. */
  choose(slots: readonly WorkerSlot[], except: ReadonlySet<WorkerSlot> = NONE): WorkerSlot | undefined {
    const alive = slots.filter((slot) => slot.alive && !except.has(slot));
    const chosen = this.#placement === "apart" ? (alive.find((slot) => slot.index > this.#last) ?? alive[0]) : leastLoaded(preferReady(alive));
    if (chosen !== undefined) this.#last = chosen.index;
    return chosen;
  }
}

/** Who is still being started is no choice where another one is there. */
const preferReady = (slots: readonly WorkerSlot[]): readonly WorkerSlot[] => (slots.some((slot) => slot.ready) ? slots.filter((slot) => slot.ready) : slots);

/** The first of those with the fewest legs. */
const leastLoaded = (slots: readonly WorkerSlot[]): WorkerSlot | undefined => slots.reduce<WorkerSlot | undefined>((best, slot) => (best === undefined || slot.legs < best.legs ? slot : best), undefined);

const NONE: ReadonlySet<WorkerSlot> = new Set();
