// Whether one more call finds room: on its trunk, and on the server as a whole. Emergencies and VIPs always do.
import type { Clock } from "../../protocol/base/clock.js";
import type { Origin } from "../signaling/door.js";
import { SERVER_FULL, type Rejection } from "../signaling/session.js";
import type { Trunks } from "./trunk.js";

/** Asked for each call: they may change meanwhile. */
export interface CallAdmissionOptions {
  readonly clock: Clock;
  readonly trunks: Trunks;
  /** Incoming calls at a time, of trunks and phones together. */
  readonly maxCalls: number;
  /** Called numbers that no limit turns away: as they are dialled, or as a carrier is told. */
  readonly emergencyNumbers: readonly string[];
  /** What a carrier is told where a phone dials this; undefined where it leads to none. */
  readonly outsideNumber?: (dialled: string) => string | undefined;
  /** Callers that no limit turns away. */
  readonly isVip: (number: string) => boolean;
}

/** A call that wants in. */
export interface ArrivingCall {
  readonly origin: Origin;
  readonly called: string;
  /** As the trunk's setting believes it; empty where unknown. */
  readonly caller: string;
}

export type Admitted =
  /** `release` gives the place back, once. */
  | { readonly release: () => void; readonly refusal?: never }
  | { readonly refusal: Rejection; readonly release?: never };

/** Q.850: no circuit or channel available; the carrier tries another trunk instead of calling ours dead. */
const NO_CIRCUIT = 34;
/** A carrier that wants to be left alone is, up to so long. */
const REST_S_MAX = 300;

export class CallAdmission {
  readonly #options: CallAdmissionOptions;
  /** Trunks whose carriers want nothing of us until then, monotonic; as many as there are trunks. */
  readonly #restUntilMs = new Map<string, number>();
  #calls = 0;
  #overloaded = 0;
  #beyond = 0;

  constructor(options: CallAdmissionOptions) {
    this.#options = options;
  }

  /** For /metrics. `beyond`: emergencies and VIPs that were let in where others were not. */
  get counters(): { readonly calls: number; readonly overloaded: number; readonly beyond: number } {
    return { calls: this.#calls, overloaded: this.#overloaded, beyond: this.#beyond };
  }

  admit({ origin, called, caller }: ArrivingCall): Admitted {
    const { trunks, maxCalls, emergencyNumbers, isVip } = this.#options;
    const emergency = emergencyNumbers.includes(called) || (origin.kind === "phone" && emergencyNumbers.includes(this.#options.outsideNumber?.(called) ?? ""));
    const privileged = emergency || (origin.kind === "trunk" && caller !== "" && isVip(caller));
    const full = this.#calls >= maxCalls;
    if (full && !privileged) {
      this.#overloaded += 1;
      return { refusal: SERVER_FULL };
    }
    const limit = origin.kind === "trunk" ? trunks.get(origin.name) : undefined;
    const leave = origin.kind === "trunk" ? trunks.occupy(origin.name, { beyond: privileged }) : () => undefined;
    if (leave === undefined) return { refusal: { q850Cause: NO_CIRCUIT } };
    if (full || (limit !== undefined && limit.calls > limit.maxCalls)) this.#beyond += 1;
    this.#calls += 1;
    let held = true;
    return {
      release: () => {
        if (held) this.#calls -= 1;
        held = false;
        leave();
      },
    };
  }

  /** A place on a trunk for a call of ours to `number`; undefined where it is full, or its carrier wants to be left alone. */
  occupy(trunk: string, number: string): (() => void) | undefined {
    const { clock, trunks, emergencyNumbers } = this.#options;
    const emergency = emergencyNumbers.includes(number);
    if (!emergency && (this.#restUntilMs.get(trunk) ?? 0) > clock.monoMs()) return undefined;
    return trunks.occupy(trunk, { beyond: emergency });
  }

  /** RFC 3261 section 21.5.4: a 503 with Retry-After: "the client SHOULD NOT forward any other requests to that server" for that time. */
  rest(trunk: string, retryAfterS: number): void {
    if (this.#options.trunks.get(trunk) !== undefined) this.#restUntilMs.set(trunk, this.#options.clock.monoMs() + Math.min(retryAfterS, REST_S_MAX) * 1000);
  }
}
