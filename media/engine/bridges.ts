// Which two legs hear each other: a leg in one bridge at most.
import type { BridgeId } from "./command.js";
import type { MediaLeg } from "./media-leg.js";

export class Bridges {
  readonly #pairs = new Map<BridgeId, readonly [MediaLeg, MediaLeg]>();

  get size(): number {
    return this.#pairs.size;
  }

  /** Ends the bridges that either leg is in. */
  join(bridge: BridgeId, [a, b]: readonly [MediaLeg, MediaLeg]): void {
    this.end(bridge);
    for (const [other, pair] of this.#pairs) if (pair.includes(a) || pair.includes(b)) this.end(other);
    a.join(b);
    this.#pairs.set(bridge, [a, b]);
  }

  /** False where there is none. */
  end(bridge: BridgeId): boolean {
    this.#pairs.get(bridge)?.[0].leave();
    return this.#pairs.delete(bridge);
  }

  /** The leg sees to its own end. */
  forget(leg: MediaLeg): void {
    for (const [bridge, legs] of this.#pairs) if (legs.includes(leg)) this.#pairs.delete(bridge);
  }
}
