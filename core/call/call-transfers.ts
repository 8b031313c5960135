// All that puts the sides of one call through: a plugin's step, a phone's transfer key, two calls of a phone joined.
import type { Leg } from "../leg/leg.js";
import type { TransferOptions, TransferOutcome } from "../sdk/call.js";
import type { Agents, Surrendered } from "./agents.js";
import type { RingingLeg } from "./attempt.js";
import type { CallerSeat } from "./caller-seat.js";
import { Consulting, type Asking, type ConsultingOptions } from "./consulting.js";
import { CallError } from "./error.js";
import type { LiveCall } from "./live-call.js";
import type { LiveCallOptions } from "./live-call-options.js";
import type { Queueing } from "./queueing.js";
import { transferTarget } from "./transfer-target.js";
import { Transferring, type Transfer, type TransferResult, type TransferringOptions } from "./transferring.js";

export interface CallTransfersOptions extends TransferringOptions, Omit<ConsultingOptions, "onLost"> {
  readonly call: LiveCall;
  readonly agents: Agents;
  readonly seat: CallerSeat;
  readonly queueing: Queueing;
  readonly route: LiveCallOptions["route"];
  /** In another process, somebody was put through. */
  readonly hasBeen: boolean;
}

/** How long a phone rings that a caller is put through to, unless the handler says. */
const TIMEOUT_MS = 20_000;

export class CallTransfers {
  readonly #options: CallTransfersOptions;
  readonly #transferring: Transferring;
  readonly #consulting: Consulting;
  #hasBeen: boolean;

  constructor(options: CallTransfersOptions) {
    this.#options = options;
    this.#transferring = new Transferring(options);
    this.#consulting = new Consulting({ ...options, onLost: (talk) => this.#transferring.lose(talk) });
    this.#hasBeen = options.hasBeen;
  }

  /** Who talks may be somebody else than whom the number's handler had reached. */
  get hasBeen(): boolean {
    return this.#hasBeen;
  }

  /** One is under way. */
  get busy(): boolean {
    return this.#transferring.busy || this.#consulting.busy;
  }

  /** The caller is on hold for it. */
  get holds(): boolean {
    return this.#consulting.busy;
  }

  /** See `Call.transfer`. */
  async byPlugin({ to, timeoutMs = TIMEOUT_MS, whileRinging, attended = false }: TransferOptions): Promise<TransferOutcome> {
    const { agents, queueing, call } = this.#options;
    const from = agents.partner;
    if (from === undefined || this.busy) throw new CallError("CALL_STATE", "a call is transferred while it talks to somebody, to one at a time", { call: call.id });
    const name = typeof to === "string" ? to : to.queue;
    if (typeof to !== "string") queueing.mustExist(to.queue);
    const target = this.#target(to);
    if (attended) return this.#consult({ from, target, name, timeoutMs, whileHeld: whileRinging });
    const result = await this.#blind({ from, to: target, name, by: "plugin", timeoutMs, whileRinging, release: () => Promise.resolve() });
    if (result.outcome !== "transferred") return { outcome: result.outcome, back: result.back };
    return { outcome: "transferred", target: name, talk: result.talk };
  }

  /** `leg` is the caller's or that of whom the caller talks to, while they hear each other. */
  mayBegin(leg: Leg): boolean {
    const { agents, seat } = this.#options;
    return agents.partner !== undefined && (leg === seat.leg || leg === agents.partner.leg);
  }

  /** Whom `leg` talks to is put through; `mayBegin(leg)`. Where that is the caller's own leg, who is put through takes the caller's place. */
  byPhone(leg: Leg, transfer: Omit<Transfer, "from" | "by">): Promise<TransferResult> {
    return this.#blind({ ...transfer, by: "phone", from: this.#asOther(leg) });
  }

  /** The other side of a phone's second call is put through to the other side of this one, and both of the phone's legs are let go. */
  join(leg: Leg, second: { readonly call: LiveCall; readonly leg: Leg }, release: () => Promise<void>): void {
    const { agents, call } = this.#options;
    this.#hasBeen = true;
    const from = this.#asOther(leg);
    const party = second.call.transfers.#surrender(second.leg, call.id);
    const told = release();
    this.#transferring.attended({ from, to: () => agents.receive(party, second.call.id), name: party.ringing.extension, by: "phone", release: () => told });
    void told.then(() => second.call.life.finish());
  }

  /** `leg`, whose INVITE names the dialog of `instead`, takes its place (RFC 3891 section 3). False where that is in no talk, and rings nowhere. */
  replace(leg: Leg, instead: Leg): boolean {
    const { agents } = this.#options;
    if (agents.pickUp(leg, instead)) return true;
    if (this.busy || !this.mayBegin(instead)) return false;
    void agents.admit(leg).then((one) => {
      if (one === undefined) return;
      // It has left meanwhile, or was put through: there is no place to take.
      if (this.busy || !this.mayBegin(instead)) return leg.hangup();
      this.#hasBeen = true;
      this.#transferring.attended({ from: this.#asOther(instead), to: () => one, name: one.extension, by: "phone", release: () => Promise.resolve() });
    });
    return true;
  }

  /** `leg` as one of the others, whom the caller talks to. */
  #asOther(leg: Leg): RingingLeg {
    const { agents } = this.#options;
    const partner = agents.partner!;
    return leg === partner.leg ? partner : agents.changeCaller(partner);
  }

  /** The phone at `leg` stays the caller's leg, alone; whom it talked to goes on in another call. */
  #surrender(leg: Leg, to: string): Surrendered {
    const { agents, call } = this.#options;
    const partner = agents.partner!;
    const other = leg === partner.leg ? agents.changeCaller(partner) : partner;
    call.stage = "parting";
    return agents.surrender(other, to);
  }

  #blind(transfer: Transfer): Promise<TransferResult> {
    this.#hasBeen = true;
    return this.#transferring.blind(transfer);
  }

  async #consult({ target, ...asking }: Omit<Asking, "targets"> & { readonly target: Transfer["to"] }): Promise<TransferOutcome> {
    if (target.kind !== "party") throw new CallError("CALL_STATE", "an extension is consulted: a queue or a number's handler can't be", { call: this.#options.call.id, to: asking.name });
    this.#hasBeen = true;
    const result = await this.#consulting.ask({ ...asking, targets: target.targets });
    return result.outcome === "consulting" ? { ...result, target: asking.name } : result;
  }

  #target(to: TransferOptions["to"]): Transfer["to"] {
    const { call, route } = this.#options;
    if (typeof to !== "string") return { kind: "service", serve: () => call.enqueue(to.queue, to.priority === undefined ? {} : { priority: to.priority }) };
    // An outside number costs money: phones dial those.
    const found = route(to, { kind: "phone", name: "" });
    return found === undefined ? { kind: "party", targets: [{ kind: "phone", extension: to }] } : transferTarget(call, to, found);
  }
}
