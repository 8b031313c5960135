// A carrier's trunk: recognised by where its SIP comes from or by our registration with it, bounded in how many calls it may hold.
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { DigestAccount } from "../../protocol/sip/auth/digest-account.js";
import { TrunkError } from "./error.js";
import { rangeHolds, readAddress, readAddressRange, type AddressRange } from "./address-range.js";
import type { CallerSource } from "./caller-identity.js";

export interface TrunkDefinition {
  /** Shown in journal, CDR and log. */
  readonly name: string;
  /** Numeric addresses or CIDR ranges that the carrier sends from; the host of `address` where none is named. */
  readonly sources?: readonly string[];
  /** Where calls to outside numbers go. */
  readonly address?: Endpoint | undefined;
  /** The carrier's name in From, To and the Request-URI; its address unless told. */
  readonly domain?: string | undefined;
  /** Answers the carrier's challenges. */
  readonly account?: DigestAccount | undefined;
  /** What our Contact at the carrier's registrar carries, so that calls by it are known: hard to guess, the same after a restart. */
  readonly line?: string | undefined;
  /** What outside parties see. */
  readonly number?: string | undefined;
  /** `from` unless told. */
  readonly showNumberIn?: "from" | "p-asserted-identity";
  /** Where a caller's number is taken from, best first; From unless told. */
  readonly callerFrom?: readonly CallerSource[];
  /** Whether requests that are too large for one datagram may use TCP; true unless told. */
  readonly tcp?: boolean;
  /** A carrier that sends nothing at all for so long is passed over; 5000 unless told. */
  readonly silenceMs?: number;
  /** RTP is expected from where the SIP came from instead of the SDP's address; false unless told. */
  readonly nat?: boolean;
  /** Calls at the same time; one more is answered 503. 1000 unless told. */
  readonly maxCalls?: number;
}

export interface Trunk extends Omit<TrunkDefinition, "sources"> {
  readonly showNumberIn: "from" | "p-asserted-identity";
  readonly callerFrom: readonly CallerSource[];
  readonly tcp: boolean;
  readonly silenceMs: number;
  readonly nat: boolean;
  readonly maxCalls: number;
  /** Now. */
  readonly calls: number;
}

const DEFAULTS = { showNumberIn: "from", callerFrom: ["from"], tcp: true, silenceMs: 5000, nat: false, maxCalls: 1000 } as const;

/** Of a set of trunks that does not change any more. */
interface Tables {
  readonly byName: ReadonlyMap<string, Trunk>;
  readonly byLine: ReadonlyMap<string, Trunk>;
  /** Longest prefix first: the narrower range decides. */
  readonly ranges: readonly { readonly range: AddressRange; readonly trunk: Trunk }[];
}

export class Trunks {
  /** By name, over all changes: a call holds its place also where its trunk is another one now, or gone. */
  readonly #calls = new Map<string, { count: number }>();
  #tables: Tables;

  /** Throws TrunkError where two definitions contradict each other or a source can't be read. */
  constructor(definitions: readonly TrunkDefinition[]) {
    this.#tables = this.#build(definitions);
  }

  /** From the next request on these are the trunks; calls go on as they are. Throws as the constructor does, and nothing is changed then. */
  replace(definitions: readonly TrunkDefinition[]): void {
    this.#tables = this.#build(definitions);
    for (const [name, { count }] of this.#calls) if (count === 0 && !this.#tables.byName.has(name)) this.#calls.delete(name);
  }

  get(name: string): Trunk | undefined {
    return this.#tables.byName.get(name);
  }

  list(): readonly Trunk[] {
    return [...this.#tables.byName.values()];
  }

  /** The trunk whose sources hold this numeric address, the narrowest range first. */
  findBySource(address: string): Trunk | undefined {
    const bytes = readAddress(address);
    if (bytes === undefined) return undefined;
    return this.#tables.ranges.find(({ range }) => rangeHolds(range, bytes))?.trunk;
  }

  /** The trunk that we have registered with under this `line`. */
  findByLine(line: string): Trunk | undefined {
    return this.#tables.byLine.get(line);
  }

  /** Whether requests to there stay on UDP, however large. */
  staysOnUdp(to: Endpoint): boolean {
    const trunk = this.list().find(({ address }) => address?.address === to.address && address.port === to.port) ?? this.findBySource(to.address);
    return trunk?.tcp === false;
  }

  /**
   * Takes a place for one call; the returned function gives it back (once, however often it is called).
   * Undefined where the trunk is full or unknown: answered 503 without Retry-After, since RFC 3261 section 20.33 lets
   * the carrier take that header as "send nothing at all", which would cost other calls. `beyond`: also where it is full.
   */
  occupy(name: string, options: { readonly beyond?: boolean } = {}): (() => void) | undefined {
    const trunk = this.#tables.byName.get(name);
    if (trunk === undefined || (trunk.calls >= trunk.maxCalls && options.beyond !== true)) return undefined;
    const calls = this.#callsOf(name);
    calls.count += 1;
    let held = true;
    return () => {
      if (held) calls.count -= 1;
      held = false;
    };
  }

  #callsOf(name: string): { count: number } {
    const calls = this.#calls.get(name) ?? { count: 0 };
    this.#calls.set(name, calls);
    return calls;
  }

  #build(definitions: readonly TrunkDefinition[]): Tables {
    const byName = new Map<string, Trunk>();
    const ranges: Ranges = [];
    for (const { sources = [], ...settings } of definitions) {
      const { name } = settings;
      if (byName.has(name)) throw new TrunkError("TRUNK_NAME_TAKEN", "two trunks have the same name", { trunk: name });
      const calls = this.#callsOf(name);
      const trunk: Trunk = Object.defineProperty({ ...DEFAULTS, ...settings, calls: 0 }, "calls", { enumerable: true, get: () => calls.count });
      byName.set(name, trunk);
      for (const source of sources) addSource(ranges, trunk, source);
    }
    for (const { name, sources = [] } of definitions) if (sources.length === 0) addOwnAddress(ranges, byName.get(name)!);
    ranges.sort((a, b) => b.range.prefixBits - a.range.prefixBits);
    const lines = [...byName.values()].flatMap((trunk) => (trunk.line === undefined ? [] : [[trunk.line, trunk] as const]));
    return { byName, byLine: new Map(lines), ranges };
  }
}

type Ranges = { range: AddressRange; trunk: Trunk }[];

function addSource(ranges: Ranges, trunk: Trunk, source: string): void {
  const range = readAddressRange(source);
  if (range === undefined) throw new TrunkError("TRUNK_SOURCE_INVALID", "a trunk's source is no address or CIDR range", { trunk: trunk.name, source });
  const twin = ranges.find((other) => other.range.prefixBits === range.prefixBits && rangeHolds(other.range, range.bytes));
  if (twin !== undefined && twin.trunk !== trunk) throw new TrunkError("TRUNK_SOURCE_TAKEN", "two trunks have the same source", { trunk: trunk.name, other: twin.trunk.name, source });
  if (twin === undefined) ranges.push({ range, trunk });
}

/** Where no source is named, and none named that address. Of two trunks at one address the first is taken for the sender. */
function addOwnAddress(ranges: Ranges, trunk: Trunk): void {
  if (trunk.address === undefined) return;
  const range = readAddressRange(trunk.address.address);
  if (range !== undefined && !ranges.some((other) => other.range.prefixBits === range.prefixBits && rangeHolds(other.range, range.bytes))) ranges.push({ range, trunk });
}
