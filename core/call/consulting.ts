// Asking somebody first: whom the caller talks to speaks with the target while the caller is on hold, then joins the two or
// comes back. Who hangs up in the middle decides it too.
import type { DialTarget, Playback, Switchboard } from "../leg/leg.js";
import type { Announcement, Consultation } from "../sdk/call.js";
import type { Agents } from "./agents.js";
import type { Failure, RingingLeg } from "./attempt.js";
import type { CallLog } from "./call-log.js";
import type { Ending } from "./ending.js";
import { told } from "./party.js";
import type { Talk } from "./talk.js";
import type { Telling } from "./telling.js";

export interface ConsultingOptions {
  readonly agents: Agents;
  readonly ending: Ending;
  readonly telling: Telling;
  readonly switchboard: Pick<Switchboard, "bridge">;
  /** A ringback tone, on the leg of who asks. */
  readonly ringback: (leg: RingingLeg["leg"]) => Playback;
  /** Nobody is left to talk to. */
  readonly onLost: (talk: Talk) => void;
  readonly log: CallLog;
}

export interface Asking {
  /** Whom the caller talks to. */
  readonly from: RingingLeg;
  readonly targets: readonly DialTarget[];
  readonly name: string;
  readonly timeoutMs: number;
  /** What the caller hears on hold. */
  readonly whileHeld: Announcement | undefined;
}

export type AskingResult = { readonly outcome: "consulting"; readonly consultation: Consultation } | { readonly outcome: Failure; readonly back: boolean };

/** The caller hears nothing of the target that rings. */
const UNHEARD = { begin: (): boolean => false, end: (): void => undefined };

export class Consulting {
  readonly #options: ConsultingOptions;
  #busy = false;

  constructor(options: ConsultingOptions) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Resolves when the two speak, or the caller is back. Rejects with CallEnded where the caller hangs up. */
  async ask({ from, targets, name, timeoutMs, whileHeld }: Asking): Promise<AskingResult> {
    const { agents, ending, telling, ringback, log } = this.#options;
    this.#busy = true;
    const talk = agents.part(from);
    log.write("call.transfer", { ...told(from), to: name, kind: "attended", by: "plugin", offsetMs: log.offsetMs() });
    await telling.hold(whileHeld);
    const ringing = from.leg.state === "answered" ? ringback(from.leg) : undefined;
    const round = await ending.race(agents.ring(targets, { timeoutMs, early: UNHEARD })).finally(() => ringing?.stop());
    const begun = new Begun(this.#options, { from, name, talk, onOver: () => void (this.#busy = false) });
    if (round.outcome !== "answered") return { outcome: round.outcome, back: await begun.back(round.outcome) };
    begun.speak(round.winner);
    return { outcome: "consulting", consultation: begun };
  }
}

interface Asked {
  readonly from: RingingLeg;
  readonly name: string;
  readonly talk: Talk;
  readonly onOver: () => void;
}

/** From the target's answer on, until it is decided. */
class Begun implements Consultation {
  readonly over: Consultation["over"];
  readonly #options: ConsultingOptions;
  readonly #of: Asked;
  #target: RingingLeg | undefined;
  #decided = false;
  #unbridge: () => void = () => undefined;
  #tell!: (how: Awaited<Consultation["over"]>) => void;

  constructor(options: ConsultingOptions, of: Asked) {
    this.#options = options;
    this.#of = of;
    this.over = options.ending.race(new Promise<Awaited<Consultation["over"]>>((resolve) => void (this.#tell = resolve)));
    // Nobody need wait for it.
    this.over.catch(() => undefined);
  }

  /** The two hear each other; who leaves decides it. */
  speak(target: RingingLeg): void {
    const { agents, switchboard } = this.#options;
    const { from } = this.#of;
    this.#target = target;
    void agents.leaving(target).then(() => this.back("cancelled", "target-left"));
    void agents.leaving(from).then(() => this.#join("asker-left"));
    if (from.leg.state === "answered" && target.leg.state === "answered") this.#unbridge = switchboard.bridge(from.leg, target.leg);
  }

  join(): Promise<void> {
    return this.#join("joined");
  }

  async cancel(): Promise<void> {
    await this.back("cancelled", "cancelled");
  }

  /** The caller and whom it talked to hear each other again; whether they do. */
  async back(why: Failure | "cancelled", how: "cancelled" | "target-left" = "cancelled"): Promise<boolean> {
    if (this.#decided) return false;
    this.#decide(how);
    const { agents, telling, onLost, log } = this.#options;
    const { from, name, talk, onOver } = this.#of;
    await telling.resume();
    this.#target?.leg.hangup();
    const back = agents.takeBack(from, talk);
    log.write("call.transfer-failed", { ...told(from), to: name, why, back, offsetMs: log.offsetMs() });
    if (!back) onLost(talk);
    onOver();
    return back;
  }

  async #join(how: "joined" | "asker-left"): Promise<void> {
    if (this.#decided) return;
    this.#decide(how);
    const { agents, telling, onLost, log } = this.#options;
    const { from, name, talk, onOver } = this.#of;
    await telling.resume();
    agents.dismiss(from);
    from.leg.hangup();
    const target = this.#target!;
    if (target.leg.state === "answered") {
      log.write("call.transferred", { ...told(from), to: name, offsetMs: log.offsetMs() });
      void agents.bridge(target, talk);
    } else onLost(talk);
    onOver();
  }

  #decide(how: Awaited<Consultation["over"]>): void {
    this.#decided = true;
    this.#unbridge();
    this.#tell(how);
  }
}
