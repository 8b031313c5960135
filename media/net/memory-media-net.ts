// A network inside one process for simulations: delays, loses, repeats and reorders packets from a seed.
import type { Clock } from "../../protocol/base/clock.js";
import { formatEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import type { MediaNet, MediaReceiver, MediaSocket, SocketParcel } from "./media-net.js";

export interface MemoryMediaNetOptions {
  readonly clock: Clock;
  /** A number in [0, 1) per draw, from a seed; needed where one of the rates is above 0. */
  readonly draw?: () => number;
  /** One way; default 5. */
  readonly delayMs?: number;
  /** Added to the delay, evenly from 0; default 0. More than a packet's length reorders. */
  readonly jitterMs?: number;
  /** Parts of all packets, 0..1; default 0. */
  readonly lossRate?: number;
  readonly duplicateRate?: number;
}

interface Packet {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
}

export class MemoryMediaNet implements MediaNet {
  readonly #bound = new Map<string, MediaReceiver>();
  /** Of sockets that were handed over and are not adopted yet. */
  readonly #waiting = new Map<string, Packet[]>();
  readonly #options: Required<MemoryMediaNetOptions>;

  constructor(options: MemoryMediaNetOptions) {
    this.#options = { draw: () => 0, delayMs: 5, jitterMs: 0, lossRate: 0, duplicateRate: 0, ...options };
  }

  /** Sockets that are open. */
  get size(): number {
    return this.#bound.size;
  }

  bind(local: Endpoint, receive: MediaReceiver): Promise<MediaSocket> {
    const key = formatEndpoint(local);
    if (this.#bound.has(key)) return Promise.reject(new Error(`address in use: ${key}`));
    return Promise.resolve(this.#open(local, receive));
  }

  adopt(parcel: SocketParcel, receive: MediaReceiver): MediaSocket {
    const waiting = this.#waiting.get(formatEndpoint(parcel.local));
    if (waiting === undefined) throw new Error(`nobody handed over ${formatEndpoint(parcel.local)}`);
    this.#waiting.delete(formatEndpoint(parcel.local));
    const socket = this.#open(parcel.local, receive);
    queueMicrotask(() => {
      for (const { bytes, from } of waiting) receive(bytes, bytes.length, from);
    });
    return socket;
  }

  #open(local: Endpoint, receive: MediaReceiver): MediaSocket {
    const key = formatEndpoint(local);
    this.#bound.set(key, receive);
    return {
      local,
      send: (bytes, length, to) => this.#send(bytes.slice(0, length), local, to),
      close: () => {
        if (this.#bound.get(key) === receive) this.#bound.delete(key);
      },
      handOver: () => {
        const packets: Packet[] = [];
        this.#waiting.set(key, packets);
        this.#bound.set(key, (bytes, length, from) => void packets.push({ bytes: bytes.slice(0, length), from }));
        return { way: "memory", local };
      },
    };
  }

  #send(bytes: Uint8Array, from: Endpoint, to: Endpoint): void {
    const { draw, lossRate, duplicateRate } = this.#options;
    if (lossRate > 0 && draw() < lossRate) return;
    this.#deliver(bytes, from, to);
    if (duplicateRate > 0 && draw() < duplicateRate) this.#deliver(bytes.slice(), from, to);
  }

  #deliver(bytes: Uint8Array, from: Endpoint, to: Endpoint): void {
    const { clock, draw, delayMs, jitterMs } = this.#options;
    clock.after(delayMs + (jitterMs > 0 ? draw() * jitterMs : 0), () => this.#bound.get(formatEndpoint(to))?.(bytes, bytes.length, from));
  }
}
