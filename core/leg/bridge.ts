// Two legs that hear each other. Where one's far side holds the call, the other hears that it waits.
import type { BridgeId, PlayItem } from "../../media/engine/command.js";
import type { MediaHub } from "../media-port/media-hub.js";
import type { Leg, Playback } from "./leg.js";
import { SipLeg } from "./sip-leg.js";

export interface BridgeOptions {
  readonly hub: MediaHub;
  readonly id: BridgeId;
  readonly legs: readonly [Leg, Leg];
  /** What the other one of a leg that is on hold hears, over and over. */
  readonly whileHeld: readonly PlayItem[];
}

export class Bridge {
  readonly #options: BridgeOptions;
  /** What a leg hears while the other one is on hold. */
  readonly #waiting = new Map<Leg, Playback>();
  #stands = true;

  constructor(options: BridgeOptions) {
    this.#options = options;
    const { hub, id, legs } = options;
    hub.send({ type: "bridge", bridge: id, legs: [legs[0].id, legs[1].id] });
    for (const leg of legs) if (leg instanceof SipLeg && leg.held) this.hold(leg, true);
  }

  /** The far side of `leg` holds the call, or no longer. */
  hold(leg: Leg, held: boolean): void {
    const { legs, whileHeld } = this.#options;
    const other = legs[0] === leg ? legs[1] : legs[0];
    this.#waiting.get(other)?.stop();
    this.#waiting.delete(other);
    if (held && this.#stands && other.state === "answered") this.#waiting.set(other, other.play(whileHeld, { bargeIn: false, repeat: true }));
  }

  /** They hear each other no longer. Idempotent; the end of either leg has the same effect. */
  end(): void {
    if (!this.#stands) return;
    this.#stands = false;
    for (const playback of this.#waiting.values()) playback.stop();
    const { hub, id, legs } = this.#options;
    if (legs.every((leg) => leg.state !== "ended")) hub.send({ type: "unbridge", bridge: id });
  }
}
