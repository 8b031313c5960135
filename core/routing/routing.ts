// Where a dialled number leads, as a pure table: hospital numbers to their handlers, extensions to phones.
import { RoutingError } from "./error.js";
import { findOutsideRoute, type OutgoingRule } from "./outgoing.js";

export type OriginKind = "trunk" | "phone";

/** What a number can be. */
export type DestinationKind = "hospital" | "phone" | "outside";

/** Which kinds of destination each origin reaches. A carrier's caller never reaches a desk phone by its extension, nor another carrier at our cost. */
export const PERMISSIONS: { readonly [O in OriginKind]: { readonly [D in DestinationKind]: boolean } } = {
  trunk: { hospital: true, phone: false, outside: false },
  phone: { hospital: true, phone: true, outside: true },
};

export type Destination<Handler> =
  | { readonly kind: "hospital"; readonly hospital: string; readonly number: string; readonly handler: Handler }
  | { readonly kind: "phone"; readonly hospital: string; readonly extension: string }
  /** `number` as the carriers are told; the trunks to try, in order. */
  | { readonly kind: "outside"; readonly hospital: string; readonly number: string; readonly trunks: readonly string[] }
  /** The same for a number that is not there and one that this origin may not dial: no oracle. */
  | { readonly kind: "unknown"; readonly status: 404 };

/** Asked for each call: they may change meanwhile. */
export interface OutsideRules {
  readonly hospital: string;
  readonly rules: readonly OutgoingRule[];
}

/** `Handler` is what runs a call to a hospital's number. */
export class Routing<Handler> {
  readonly #outside: OutsideRules | undefined;
  readonly #numbers = new Map<string, Extract<Destination<Handler>, { kind: "hospital" | "phone" }>>();

  /** @param outside where numbers go that are neither the hospital's nor a phone's; nowhere unless told */
  constructor(outside?: OutsideRules) {
    this.#outside = outside;
  }

  /** The returned function takes the number away again. Throws RoutingError "ROUTING_NUMBER_TAKEN". */
  addHospitalNumber(entry: { readonly hospital: string; readonly number: string; readonly handler: Handler }): () => void {
    return this.#add(entry.number, { kind: "hospital", ...entry });
  }

  /** The returned function takes the extension away again. Throws RoutingError "ROUTING_NUMBER_TAKEN". */
  addPhone(entry: { readonly hospital: string; readonly extension: string }): () => void {
    return this.#add(entry.extension, { kind: "phone", ...entry });
  }

  /** Where `number`, as dialled, leads for a call from `origin`. */
  find(number: string, origin: OriginKind): Destination<Handler> {
    const destination = this.#numbers.get(number) ?? this.#findOutside(number);
    return destination !== undefined && PERMISSIONS[origin][destination.kind] ? destination : { kind: "unknown", status: 404 };
  }

  #findOutside(number: string): Extract<Destination<Handler>, { kind: "outside" }> | undefined {
    const route = this.#outside && findOutsideRoute(this.#outside.rules, number);
    return route && { kind: "outside", hospital: this.#outside!.hospital, ...route };
  }

  #add(number: string, destination: Extract<Destination<Handler>, { kind: "hospital" | "phone" }>): () => void {
    if (this.#numbers.has(number)) throw new RoutingError("ROUTING_NUMBER_TAKEN", "a number leads to two places", { number });
    this.#numbers.set(number, destination);
    return () => {
      if (this.#numbers.get(number) === destination) this.#numbers.delete(number);
    };
  }
}
