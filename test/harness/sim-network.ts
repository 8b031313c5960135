// A network in memory, in simulated time: loses, delays, duplicates and reorders from a seed. Any number of hosts, told
// apart by their address; SIP and RTP alike.
import type { Clock } from "../../protocol/base/clock.js";
import { formatEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import type { SimRandom } from "../../protocol/base/sim-random.js";
import type { Transport, TransportFactory } from "../../protocol/base/transport.js";
import type { MediaNet, MediaReceiver, MediaSocket, SocketParcel } from "../../media/net/media-net.js";

export interface SimNetworkOptions {
  readonly clock: Clock;
  readonly random: SimRandom;
  /** Probabilities 0-1, each packet for itself. */
  readonly loss?: number;
  readonly duplicate?: number;
  /** A packet that is held back for three more delays, so that later ones overtake it. */
  readonly reorder?: number;
  /** One way; default 1. */
  readonly delayMs?: number;
  /** Up to so much is added to the delay, evenly; packets overtake each other. */
  readonly jitterMs?: number;
}

export interface SimPacket {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
}

interface Bound {
  readonly local: Endpoint;
  readonly receive: (bytes: Uint8Array, from: Endpoint) => void;
}

const FIRST_FREE_PORT = 40_000;

export class SimNetwork implements TransportFactory, MediaNet {
  readonly #options: SimNetworkOptions;
  readonly #bound = new Map<string, Bound>();
  /** Of media sockets that were handed over and are not adopted yet. */
  readonly #waiting = new Map<string, SimPacket[]>();
  #nextPort = FIRST_FREE_PORT;
  readonly counts = { sent: 0, lost: 0, duplicated: 0, reordered: 0, delivered: 0, unreachable: 0 };
  /** Decides about a packet before chance does: true loses it. For tests that need this very packet gone. */
  drop: (packet: SimPacket) => boolean = () => false;
  /** Sees every packet that is sent, also the lost ones. */
  onPacket: (packet: SimPacket) => void = () => undefined;

  constructor(options: SimNetworkOptions) {
    this.#options = options;
  }

  /** Sockets open now: none may be left at a test's end. */
  get openSockets(): number {
    return this.#bound.size;
  }

  openUdp(local: Endpoint, receive: (bytes: Uint8Array, from: Endpoint) => void): Promise<Transport> {
    const bound = this.#bind({ local, receive });
    return wrapped(bound, (at) => ({ protocol: "UDP", local: at, send: (bytes, to) => this.#send({ from: at, to, bytes: bytes.slice() }), close: () => this.#close(bound) }));
  }

  bind(local: Endpoint, receive: MediaReceiver): Promise<MediaSocket> {
    const bound = this.#bind({ local, receive: (bytes, from) => receive(bytes, bytes.length, from) });
    return wrapped(bound, () => this.#mediaSocket(bound!));
  }

  adopt({ local }: SocketParcel, receive: MediaReceiver): MediaSocket {
    const key = formatEndpoint(local);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) throw new Error(`nobody handed over ${key}`);
    this.#waiting.delete(key);
    const bound: Bound = { local, receive: (bytes, from) => receive(bytes, bytes.length, from) };
    this.#bound.set(key, bound);
    queueMicrotask(() => {
      for (const { bytes, from } of waiting) receive(bytes, bytes.length, from);
    });
    return this.#mediaSocket(bound);
  }

  #mediaSocket(bound: Bound): MediaSocket {
    const { local } = bound;
    return {
      local,
      send: (bytes, length, to) => this.#send({ from: local, to, bytes: bytes.slice(0, length) }),
      close: () => this.#close(bound),
      handOver: () => {
        const packets: SimPacket[] = [];
        this.#waiting.set(formatEndpoint(local), packets);
        this.#bound.set(formatEndpoint(local), { local, receive: (bytes, from) => void packets.push({ from, to: local, bytes }) });
        return { way: "memory", local };
      },
    };
  }

  /** Takes a host off the network without a word: all its sockets are gone, as after a kill. */
  unplug(address: string): void {
    for (const bound of this.#bound.values()) if (bound.local.address === address) this.#close(bound);
  }

  #bind(wanted: Bound): Bound | undefined {
    const local = wanted.local.port === 0 ? { address: wanted.local.address, port: this.#nextPort++ } : wanted.local;
    const key = formatEndpoint(local);
    if (this.#bound.has(key)) return undefined;
    const bound = { ...wanted, local };
    this.#bound.set(key, bound);
    return bound;
  }

  #close(bound: Bound | undefined): void {
    if (bound !== undefined && this.#bound.get(formatEndpoint(bound.local)) === bound) this.#bound.delete(formatEndpoint(bound.local));
  }

  #send(packet: SimPacket): void {
    const sender = this.#bound.get(formatEndpoint(packet.from));
    if (sender === undefined) return;
    const { random, loss = 0, duplicate = 0 } = this.#options;
    this.counts.sent++;
    this.onPacket(packet);
    // All dice are thrown for each packet, so that one probability does not shift the fate of the rest of the seed.
    const lost = random.next() < loss;
    const doubled = random.next() < duplicate;
    const delays = [this.#delayMs(), this.#delayMs()] as const;
    if (this.drop(packet) || lost) return void this.counts.lost++;
    this.#deliverLater(packet, delays[0]);
    if (!doubled) return;
    this.counts.duplicated++;
    this.#deliverLater(packet, delays[1]);
  }

  #delayMs(): number {
    const { random, reorder = 0, delayMs = 1, jitterMs = 0 } = this.#options;
    const held = random.next() < reorder;
    const jitter = random.next() * jitterMs;
    if (held) this.counts.reordered++;
    return delayMs + jitter + (held ? 3 * Math.max(delayMs, jitterMs, 1) : 0);
  }

  #deliverLater(packet: SimPacket, delayMs: number): void {
    this.#options.clock.after(delayMs, () => {
      const receiver = this.#bound.get(formatEndpoint(packet.to));
      if (receiver === undefined) return void this.counts.unreachable++;
      this.counts.delivered++;
      // A copy each: the receiver may keep or change what it gets.
      receiver.receive(packet.bytes.slice(), packet.from);
    });
  }
}

function wrapped<T>(bound: Bound | undefined, wrap: (local: Endpoint) => T): Promise<T> {
  return bound === undefined ? Promise.reject(new Error("EADDRINUSE: bound in the simulated network already")) : Promise.resolve(wrap(bound.local));
}
