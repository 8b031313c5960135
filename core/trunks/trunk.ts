// A carrier's trunk: recognised by where its SIP comes from, bounded in how many calls it may hold.
import { TrunkError } from "./error.js";
import { rangeHolds, readAddress, readAddressRange, type AddressRange } from "./address-range.js";

export interface TrunkDefinition {
  /** Shown in journal, CDR and log. */
  readonly name: string;
  /** Numeric addresses or CIDR ranges that the carrier sends from. */
  readonly sources: readonly string[];
  /** RTP is expected from where the SIP came from instead of the SDP's address; false unless told. */
  readonly nat?: boolean;
  /** Calls at the same time; one more is answered 503. 1000 unless told. */
  readonly maxCalls?: number;
}

export interface Trunk {
  readonly name: string;
  readonly nat: boolean;
  readonly maxCalls: number;
  /** Now. */
  readonly calls: number;
}

interface State {
  readonly name: string;
  readonly nat: boolean;
  readonly maxCalls: number;
  calls: number;
}

const DEFAULT_MAX_CALLS = 1000;

export class Trunks {
  readonly #byName = new Map<string, State>();
  /** Longest prefix first: the narrower range decides. */
  readonly #ranges: { readonly range: AddressRange; readonly trunk: State }[] = [];

  /** Throws TrunkError where two definitions contradict each other or a source can't be read. */
  constructor(definitions: readonly TrunkDefinition[]) {
    for (const definition of definitions) this.#add(definition);
    this.#ranges.sort((a, b) => b.range.prefixBits - a.range.prefixBits);
  }

  get(name: string): Trunk | undefined {
    return this.#byName.get(name);
  }

  list(): readonly Trunk[] {
    return [...this.#byName.values()];
  }

  /** The trunk whose sources hold this numeric address, the narrowest range first. */
  findBySource(address: string): Trunk | undefined {
    const bytes = readAddress(address);
    if (bytes === undefined) return undefined;
    return this.#ranges.find(({ range }) => rangeHolds(range, bytes))?.trunk;
  }

  /**
   * Takes a place for one call; the returned function gives it back (once, however often it is called).
   * Undefined where the trunk is full or unknown: answered 503 without Retry-After, since RFC 3261 section 20.33 lets
   * the carrier take that header as "send nothing at all", which would cost other calls.
   */
  occupy(name: string): (() => void) | undefined {
    const trunk = this.#byName.get(name);
    if (trunk === undefined || trunk.calls >= trunk.maxCalls) return undefined;
    trunk.calls += 1;
    let held = true;
    return () => {
      if (held) trunk.calls -= 1;
      held = false;
    };
  }

  #add(definition: TrunkDefinition): void {
    const { name } = definition;
    if (this.#byName.has(name)) throw new TrunkError("TRUNK_NAME_TAKEN", "two trunks have the same name", { trunk: name });
    const trunk: State = { name, nat: definition.nat ?? false, maxCalls: definition.maxCalls ?? DEFAULT_MAX_CALLS, calls: 0 };
    this.#byName.set(name, trunk);
    for (const source of definition.sources) {
      const range = readAddressRange(source);
      if (range === undefined) throw new TrunkError("TRUNK_SOURCE_INVALID", "a trunk's source is no address or CIDR range", { trunk: name, source });
      const twin = this.#ranges.find((other) => other.range.prefixBits === range.prefixBits && rangeHolds(other.range, range.bytes));
      if (twin !== undefined && twin.trunk !== trunk)
        throw new TrunkError("TRUNK_SOURCE_TAKEN", "two trunks have the same source", { trunk: name, other: twin.trunk.name, source });
      if (twin === undefined) this.#ranges.push({ range, trunk });
    }
  }
}
