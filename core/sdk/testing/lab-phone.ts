// A desk phone in the lab: registered from the start, answered by the test.
import type { SimClock } from "../../../protocol/base/sim-clock.js";
import { within } from "./within.js";
import type { Detected } from "../../../media/engine/detection.js";
import type { Answerer, LabLeg } from "./lab-leg.js";
import { pressTransfer } from "./lab-transfer.js";

export class LabPhone {
  /** Off the network: calls to it find nobody. */
  registered = true;
  /** Who picks up, for a plugin that dials with `answeringMachine`. */
  answersAs: Answerer = "human";
  #leg: LabLeg | undefined;

  constructor(
    readonly extension: string,
    readonly clock: SimClock,
  ) {}

  /** The leg that rings or talks here. */
  get leg(): LabLeg | undefined {
    return this.#leg?.state === "ended" ? undefined : this.#leg;
  }

  /** It is told of a call; a second call while one is here finds it busy. */
  offer(leg: LabLeg): void {
    if (this.leg !== undefined) {
      this.clock.after(0, () => leg.finish({ by: "remote", cause: "rejected", status: 486, reason: "Busy Here" }));
      return;
    }
    this.#leg = leg;
    leg.answersAs = this.answersAs;
    this.clock.after(0, () => leg.remoteRings());
  }

  /** Waits until it rings. */
  rings(withinMs = 60_000): Promise<void> {
    return within(this.clock, { withinMs, what: () => `phone ${this.extension} never rang` }, () => this.leg?.state === "ringing");
  }

  /** Picks up; waits for the ring first. */
  async answers(): Promise<void> {
    await this.rings();
    this.leg?.remoteAnswers();
    await this.clock.runMs(1);
  }

  async rejects(status = 486): Promise<void> {
    await this.rings();
    this.#leg?.finish({ by: "remote", cause: "rejected", status });
    await this.clock.runMs(1);
  }

  /** Something sounds here, before the answer or after it; told where the server listens for it. */
  async sounds(what: Detected): Promise<void> {
    this.leg?.sounds(what);
    await this.clock.runMs(1);
  }

  /** Puts whom it talks to through to `number` with its transfer key; resolves with how that ended, as SIP tells it: 200, 486, ... */
  transfersTo(number: string): Promise<number> {
    return pressTransfer(this.clock, this.#leg, number);
  }

  /** Joins whom it talks to with whom it talks to in a second call, its own `lab.call(number, { phone })`; 200 where that came about. */
  joins(second: { readonly leg: LabLeg }): Promise<number> {
    return pressTransfer(this.clock, this.#leg, second.leg);
  }

  async hangsUp(): Promise<void> {
    this.#leg?.finish({ by: "remote", cause: "bye" });
    await this.clock.runMs(1);
  }

  /** Waits until nobody rings it and nobody talks to it. */
  isFree(withinMs = 60_000): Promise<void> {
    return within(this.clock, { withinMs, what: () => `phone ${this.extension} is still in a call (${this.#leg?.state})` }, () => this.leg === undefined);
  }
}
