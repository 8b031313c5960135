// Putting a caller through: from whom it talks to, to somebody else or to another service, blind; and back where that fails.
import type { DialTarget } from "../leg/leg.js";
import { isTrunksFault } from "../routing/outgoing.js";
import type { Announcement } from "../sdk/call.js";
import { OperatorWanted } from "../sdk/control.js";
import type { Agents } from "./agents.js";
import { moreTelling, type AttemptOutcome, type Failure, type RingingLeg } from "./attempt.js";
import type { CallLog } from "./call-log.js";
import type { CallerSeat } from "./caller-seat.js";
import type { Ending } from "./ending.js";
import { told } from "./party.js";
import type { Ringing } from "./ringing.js";
import type { Talk } from "./talk.js";

/** Where a caller is put through to. */
export type TransferTarget =
  /** A phone, or an outside number over each of these trunks in turn. */
  | { readonly kind: "party"; readonly targets: readonly DialTarget[] }
  /** A queue, or a number's handler; resolves when the caller has been served there. */
  | { readonly kind: "service"; serve(): Promise<unknown> };

export interface Transfer {
  /** Whom the caller talks to. */
  readonly from: RingingLeg;
  readonly to: TransferTarget;
  /** As the journal names the target. */
  readonly name: string;
  readonly by: "phone" | "plugin";
  readonly timeoutMs: number;
  /** What the caller hears meanwhile; ringback unless told. */
  readonly whileRinging?: Announcement | undefined;
  readonly onRinging?: () => void;
  /** See `Switchboard.dial`. */
  readonly referredBy?: string | undefined;
  /** Lets go of whom the caller talked to; it may be told how it went first. */
  readonly release: () => Promise<void>;
}

/** `back`: the caller talks to whom it talked to before. `status`: the target's own, where it sent one. */
export type TransferResult = { readonly outcome: "transferred"; readonly talk: Promise<void> } | { readonly outcome: Failure; readonly back: boolean; readonly status?: number };

export interface TransferringOptions {
  readonly agents: Agents;
  readonly seat: CallerSeat;
  readonly ending: Ending;
  readonly ringing: Ringing;
  readonly log: CallLog;
}

export class Transferring {
  readonly #options: TransferringOptions;
  #busy = false;

  constructor(options: TransferringOptions) {
    this.#options = options;
  }

  /** One is under way: another one would be put through to somebody else. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Rejects with CallEnded where the caller hangs up meanwhile. */
  async blind(transfer: Transfer): Promise<TransferResult> {
    const { agents, log } = this.#options;
    const { from, to, name, by } = transfer;
    this.#busy = true;
    try {
      const talk = agents.setAside(from);
      log.write("call.transfer", { ...told(from), to: name, kind: "blind", by, offsetMs: log.offsetMs() });
      return to.kind === "party" ? await this.#reach(transfer, to.targets, talk) : this.#serve(transfer, to, talk);
    } finally {
      this.#busy = false;
    }
  }

  /** At once: who is put through to comes from another call, and talks already. */
  attended({ from, to, name, by, release }: Pick<Transfer, "from" | "name" | "by" | "release"> & { readonly to: () => RingingLeg }): void {
    const { agents, log } = this.#options;
    const talk = agents.setAside(from);
    log.write("call.transfer", { ...told(from), to: name, kind: "attended", by, offsetMs: log.offsetMs() });
    const target = to();
    log.write("call.transferred", { ...told(from), to: name, offsetMs: log.offsetMs() });
    void agents.bridge(target, talk);
    this.#release({ from, release });
  }

  async #reach(transfer: Transfer, targets: readonly DialTarget[], talk: Talk): Promise<TransferResult> {
    const { agents, log } = this.#options;
    const { from, name } = transfer;
    let failure: Failure = "unreachable";
    let status: number | undefined;
    for (const target of targets) {
      const round = await this.#ring(transfer, target);
      if (round.outcome === "answered") {
        log.write("call.transferred", { ...told(from), to: name, offsetMs: log.offsetMs() });
        void agents.bridge(round.winner, talk);
        this.#release(transfer);
        return { outcome: "transferred", talk: this.#until(talk) };
      }
      failure = moreTelling(failure, round.outcome);
      const end = round.ends.at(-1);
      status = end?.status;
      if (target.kind === "outside" && !isTrunksFault({ by: end?.by ?? "local", ...(status === undefined ? {} : { status }) })) break;
    }
    const back = agents.takeBack(from, talk);
    log.write("call.transfer-failed", { ...told(from), to: name, why: failure, back, offsetMs: log.offsetMs() });
    if (!back) this.lose(talk);
    return { outcome: failure, back, ...(status === undefined ? {} : { status }) };
  }

  async #ring({ timeoutMs, whileRinging, onRinging, referredBy }: Transfer, target: DialTarget): Promise<AttemptOutcome> {
    const { agents, ending, ringing } = this.#options;
    ringing.start(whileRinging);
    try {
      return await ending.race(agents.ring([target], { timeoutMs, early: ringing, referredBy, ...(onRinging === undefined ? {} : { onRinging }) }));
    } finally {
      ringing.stop();
    }
  }

  #serve(transfer: Transfer, to: Extract<TransferTarget, { kind: "service" }>, talk: Talk): TransferResult {
    const { log } = this.#options;
    log.write("call.transferred", { ...told(transfer.from), to: transfer.name, offsetMs: log.offsetMs() });
    this.#release(transfer);
    to.serve().then(() => talk.end(), (error: unknown) => talk.fail(error));
    return { outcome: "transferred", talk: this.#until(talk) };
  }

  #until(talk: Talk): Promise<void> {
    const over = this.#options.ending.race(talk.over);
    // Whoever asked for the transfer may not look at it.
    over.catch(() => undefined);
    return over;
  }

  #release({ from, release }: Pick<Transfer, "from" | "release">): void {
    this.#options.agents.dismiss(from);
    void release().then(() => from.leg.hangup());
  }

  /** Who put the caller through has hung up, and nobody else is there: a caller from outside is not left alone with that. */
  lose(talk: Talk): void {
    if (this.#options.seat.leg.origin.kind === "trunk") talk.fail(new OperatorWanted("transfer"));
    else talk.end();
  }
}
