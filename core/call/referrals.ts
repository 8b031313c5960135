// What a phone asks for with its transfer key (REFER): who may, where that leads, and what the phone is told of it.
import type { DialogLeg, Leg } from "../leg/leg.js";
import { statusForPhone } from "../routing/outgoing.js";
import { CallEnded } from "../sdk/control.js";
import type { ReplacedDialog } from "../../protocol/sip/refer/replaces.js";
import type { Refer } from "../signaling/refer.js";
import type { Failure } from "./attempt.js";
import type { CallRoute } from "./call-manager.js";
import type { LiveCall } from "./live-call.js";
import { transferTarget } from "./transfer-target.js";
import type { TransferResult } from "./transferring.js";

export interface ReferralsOptions {
  readonly route: (called: string, origin: Leg["origin"]) => CallRoute | undefined;
  /** The leg of a dialog of ours. */
  readonly dialog: (named: ReplacedDialog) => DialogLeg | undefined;
  readonly callOf: (leg: Leg) => LiveCall | undefined;
  readonly onFault: (callId: string, error: unknown) => void;
}

/** As long as a phone that is called rings. */
const RINGING_MS_MAX = 60_000;
const DECLINED = 603;
const PENDING = 491;
const ACCEPTED = 202;

const STATUSES: Readonly<Record<Failure, number>> = { unreachable: 480, "no-answer": 408, busy: 486, rejected: 603 };

export class Referrals {
  readonly #options: ReferralsOptions;

  constructor(options: ReferralsOptions) {
    this.#options = options;
  }

  /** The status that the REFER is answered with; 202: it is tried. Only our own phones put callers through. */
  take(call: LiveCall, leg: Leg, refer: Refer): number {
    if (leg.origin.kind !== "phone") return DECLINED;
    if (call.transfers.busy) return PENDING;
    if (!call.transfers.mayBegin(leg)) return DECLINED;
    const { replaces } = refer.to;
    // The REFER is answered first.
    void Promise.resolve()
      .then(() => (replaces === undefined ? this.#blind(call, leg, refer) : this.#attended(call, leg, { refer, replaces })))
      .catch((error: unknown) => this.#failed(call, refer, error));
    return ACCEPTED;
  }

  /** RFC 5589 section 7: both calls are the phone's; the one whose caller is not the phone itself goes on. */
  async #attended(call: LiveCall, leg: Leg, { refer, replaces }: { readonly refer: Refer; readonly replaces: ReplacedDialog }): Promise<void> {
    const found = this.#options.dialog(replaces);
    const second = found?.leg;
    const other = second && this.#options.callOf(second);
    if (second === undefined || other === undefined || other === call || second.origin.kind !== leg.origin.kind || second.origin.name !== leg.origin.name) return refer.finish(481);
    if (!call.transfers.mayBegin(leg) || call.transfers.busy || other.transfers.busy) return refer.finish(491);
    const release = (): Promise<void> => refer.finish(200);
    if (!other.transfers.mayBegin(second)) return this.#semiAttended(call, leg, { refer, other });
    if (call.life.seat.leg === leg && other.life.seat.leg !== second) other.transfers.join(second, { call, leg }, release);
    else call.transfers.join(leg, { call: other, leg: second }, release);
  }

  /** The phone does not wait for the second call's answer: that is given up for a blind transfer to the same number. */
  #semiAttended(call: LiveCall, leg: Leg, { refer, other }: { readonly refer: Refer; readonly other: LiveCall }): Promise<void> {
    other.life.finish();
    return this.#blind(call, leg, { ...refer, to: { number: other.called } });
  }

  async #blind(call: LiveCall, leg: Leg, refer: Refer): Promise<void> {
    const { number } = refer.to;
    const route = this.#options.route(number, leg.origin);
    if (route === undefined) return refer.finish(404);
    const result = await call.transfers.byPhone(leg, {
      to: transferTarget(call, number, route),
      name: number,
      timeoutMs: RINGING_MS_MAX,
      referredBy: refer.to.referredBy,
      onRinging: () => refer.progress(180),
      release: () => refer.finish(200),
    });
    if (result.outcome !== "transferred") await refer.finish(statusOf(result));
  }

  #failed(call: LiveCall, refer: Refer, error: unknown): void {
    // The caller is gone: nobody is left to be put through.
    const gone = error instanceof CallEnded;
    if (!gone) this.#options.onFault(call.id, error);
    void refer.finish(gone ? 487 : 500);
  }
}

function statusOf({ outcome, status }: Exclude<TransferResult, { outcome: "transferred" }>): number {
  return status === undefined ? STATUSES[outcome] : statusForPhone({ by: "remote", status });
}
