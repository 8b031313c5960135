// Which legs are to hear each other, and whether a worker joins them now.
import type { BridgeId, LegId } from "../engine/command.js";

export interface BridgeRecord {
  readonly bridge: BridgeId;
  readonly legs: readonly [LegId, LegId];
  /** Both are on one worker, which was told. */
  stands: boolean;
}

export class BridgeBook {
  readonly #bridges = new Map<BridgeId, BridgeRecord>();
  readonly #byLeg = new Map<LegId, BridgeRecord>();

  get size(): number {
    return this.#bridges.size;
  }

  /** The one bridge that a leg is in. */
  of(leg: LegId): BridgeRecord | undefined {
    return this.#byLeg.get(leg);
  }

  /** Whom a leg is to hear. */
  peerOf(leg: LegId): LegId | undefined {
    return this.#byLeg.get(leg)?.legs.find((other) => other !== leg);
  }

  /** Both legs must be in no bridge. */
  add(bridge: BridgeId, legs: readonly [LegId, LegId]): BridgeRecord {
    const record: BridgeRecord = { bridge, legs, stands: false };
    this.#bridges.set(bridge, record);
    for (const leg of legs) this.#byLeg.set(leg, record);
    return record;
  }

  remove(bridge: BridgeId): BridgeRecord | undefined {
    const record = this.#bridges.get(bridge);
    if (record === undefined) return undefined;
    this.#bridges.delete(bridge);
    for (const leg of record.legs) this.#byLeg.delete(leg);
    return record;
  }
}
