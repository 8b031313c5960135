// Whom the caller hears before anybody has answered (early media, RFC 3960): one of those who let hear something, the first
// unless it is gone.
import type { Switchboard } from "../leg/leg.js";
import type { CallLog } from "./call-log.js";
import type { CallerSeat } from "./caller-seat.js";
import { told, type Party } from "./party.js";
import type { EarlyMedia } from "./ringing.js";

export interface EarlyHearingOptions {
  readonly seat: CallerSeat;
  readonly switchboard: Pick<Switchboard, "bridge">;
  readonly log: CallLog;
}

export class EarlyHearing {
  readonly #options: EarlyHearingOptions;
  /** What the caller hears of those who ring now. */
  #early: EarlyMedia | undefined;
  #heard: Party | undefined;

  constructor(options: EarlyHearingOptions) {
    this.#options = options;
  }

  /** An attempt begins: its legs are heard by way of `early`. */
  begin(early: EarlyMedia): void {
    this.#early = early;
  }

  /** Lets the caller hear one of `parties`, unless it hears one already, can't or shall not. */
  hear(parties: readonly Party[]): void {
    const { seat, switchboard, log } = this.#options;
    const party = parties.find(({ early, ringing }) => early === true && ringing.leg.state === "ringing");
    if (this.#heard !== undefined || party === undefined || this.#early?.begin() !== true) return;
    this.#heard = party;
    party.unbridge = switchboard.bridge(seat.leg, party.ringing.leg);
    log.write("call.early-media", { ...told(party.ringing), offsetMs: log.offsetMs() });
  }

  /** Whoever answered is not heard until it is known who. */
  hush(party: Party): void {
    if (this.#heard !== party) return;
    party.unbridge?.();
    delete party.unbridge;
    this.#heard = undefined;
    this.#early?.end();
  }

  /** `party` has answered and is joined to the caller: another one than who was heard until now is heard no longer. */
  answered(party: Party): void {
    if (this.#heard !== party) this.#heard?.unbridge?.();
    this.#heard = undefined;
  }

  /** `party` is gone; `others` may still ring. */
  gone(party: Party | undefined, others: readonly Party[]): void {
    if (party === undefined || party !== this.#heard) return;
    this.#heard = undefined;
    this.hear(others);
    if (this.#heard === undefined && others.some(({ ringing }) => ringing.leg.state === "ringing")) this.#early?.end();
  }
}
