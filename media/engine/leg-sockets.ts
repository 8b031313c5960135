// The two sockets of each leg: RTP on an even port, RTCP on the one above (RFC 3550 section 11), bound before the leg that
// hears by them is made, drained when it is gone.
import type { Clock } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { MediaNet, MediaReceiver, MediaSocket, SocketParcel } from "../net/media-net.js";
import { PortPool, type PortPoolSnapshot } from "../net/port-pool.js";

export interface LegSocketsOptions {
  readonly clock: Clock;
  readonly net: MediaNet;
  /** Numeric. */
  readonly address: string;
  readonly portMin: number;
  readonly portMax: number;
  /** How long a closed leg's port rests. */
  readonly drainMs: number;
  /** Told what was thrown for a packet, which costs that packet alone. */
  readonly onFault: (error: unknown) => void;
}

/** Who hears by a pair of sockets. */
export interface LegReceiver {
  receive(bytes: Uint8Array, length: number, from: Endpoint): void;
  /** RTCP. */
  receiveReport(bytes: Uint8Array, length: number, from: Endpoint): void;
}

/** Until somebody hears by them, what comes is lost. */
export interface SocketPair {
  readonly port: number;
  readonly rtp: MediaSocket;
  readonly rtcp: MediaSocket;
  heardBy(receiver: LegReceiver): void;
}

/** As another engine lets go of them. */
export interface SocketPairParcel {
  readonly port: number;
  readonly rtp: SocketParcel;
  readonly rtcp: SocketParcel;
}

/** Ports that another process holds are passed over so many times. */
const BIND_ATTEMPTS = 8;

export class LegSockets {
  readonly #options: LegSocketsOptions;
  readonly #ports: PortPool;

  constructor(options: LegSocketsOptions) {
    this.#options = options;
    this.#ports = new PortPool(options);
  }

  snapshot(): PortPoolSnapshot {
    return this.#ports.snapshot(this.#options.clock.monoMs());
  }

  /** A pair on any free port. */
  async bind(): Promise<SocketPair | "no-port" | "bind"> {
    for (let attempt = 0; attempt < BIND_ATTEMPTS; attempt++) {
      const port = this.#ports.take(this.#options.clock.monoMs());
      if (port === undefined) return "no-port";
      const pair = await this.#bindPair(port);
      if (pair !== undefined) return pair;
      this.free(port);
    }
    return "bind";
  }

  /** The port that a far side knows, or none. */
  async bindTo(port: number): Promise<SocketPair | "no-port" | "bind"> {
    if (!this.#ports.occupy(port)) return "no-port";
    const pair = await this.#bindPair(port);
    if (pair === undefined) this.free(port);
    return pair ?? "bind";
  }

  /** Goes on with sockets of another engine, whose port is not from here. @throws where they can't be had; none of them is left open then */
  adopt({ port, rtp, rtcp }: SocketPairParcel): SocketPair {
    const slot: Slot = {};
    const sound = this.#options.net.adopt(rtp, this.#soundTo(slot));
    try {
      return pairOf(slot, { port, rtp: sound, rtcp: this.#options.net.adopt(rtcp, this.#reportsTo(slot)) });
    } catch (error) {
      sound.close();
      throw error;
    }
  }

  close({ rtp, rtcp, port }: SocketPair): void {
    rtp.close();
    rtcp.close();
    this.free(port);
  }

  /** A port of ours is taken by another engine's leg. */
  occupy(port: number): void {
    this.#ports.occupy(port);
  }

  free(port: number): void {
    this.#ports.release(port, this.#options.clock.monoMs());
  }

  async #bindPair(port: number): Promise<SocketPair | undefined> {
    const slot: Slot = {};
    const rtp = await this.#bindSocket(port, this.#soundTo(slot));
    const rtcp = rtp === undefined ? undefined : await this.#bindSocket(port + 1, this.#reportsTo(slot));
    if (rtp !== undefined && rtcp !== undefined) return pairOf(slot, { port, rtp, rtcp });
    rtp?.close();
    return undefined;
  }

  /** Undefined where the port is somebody else's: the next one is tried. */
  #bindSocket(port: number, receive: MediaReceiver): Promise<MediaSocket | undefined> {
    const { net, address } = this.#options;
    return net.bind({ address, port }, receive).catch(notBound);
  }

  #soundTo(slot: Slot): MediaReceiver {
    return (bytes, length, from) => {
      try {
        slot.receiver?.receive(bytes, length, from);
      } catch (error) {
        this.#options.onFault(error);
      }
    };
  }

  #reportsTo(slot: Slot): MediaReceiver {
    return (bytes, length, from) => {
      try {
        slot.receiver?.receiveReport(bytes, length, from);
      } catch (error) {
        this.#options.onFault(error);
      }
    };
  }
}

interface Slot {
  receiver?: LegReceiver;
}

const pairOf = (slot: Slot, sockets: Pick<SocketPair, "port" | "rtp" | "rtcp">): SocketPair => ({ ...sockets, heardBy: (receiver) => void (slot.receiver = receiver) });

const notBound = (): undefined => undefined;
