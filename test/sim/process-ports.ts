// A process's time and network, taken away from it when it dies.
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { Transport, TransportFactory } from "../../protocol/base/transport.js";
import type { MediaNet, MediaReceiver, MediaSocket, SocketParcel } from "../../media/net/media-net.js";
import type { Boundaries } from "./boundaries.js";

export class ProcessClock implements Clock {
  readonly #armed = new Set<Cancel>();

  constructor(
    readonly world: Clock,
    readonly boundaries: Boundaries,
  ) {}

  /** Timers of this process that are armed. */
  get pending(): number {
    return this.#armed.size;
  }

  monoMs(): number {
    return this.world.monoMs();
  }

  utcMs(): number {
    return this.world.utcMs();
  }

  after(delayMs: number, fire: () => void): Cancel {
    const disarm = this.world.after(delayMs, () => {
      this.#armed.delete(cancel);
      if (this.boundaries.cross("timer")) fire();
    });
    const cancel = (): void => {
      this.#armed.delete(cancel);
      disarm();
    };
    this.#armed.add(cancel);
    return cancel;
  }

  die(): void {
    for (const cancel of [...this.#armed]) cancel();
  }
}

export class ProcessNetwork implements TransportFactory, MediaNet {
  readonly #open = new Set<{ close(): void }>();
  /** By their ports, sockets that one worker has let go of and no other has taken up; the kernel closes them too. */
  readonly #onTheirWay = new Map<number, () => void>();

  constructor(
    readonly world: TransportFactory & MediaNet,
    readonly boundaries: Boundaries,
  ) {}

  /** Sockets of this process that are bound. */
  get openSockets(): number {
    return this.#open.size;
  }

  async openUdp(local: Endpoint, receive: (bytes: Uint8Array, from: Endpoint) => void): Promise<Transport> {
    const inner = await this.world.openUdp(local, (bytes, from) => {
      if (this.boundaries.cross("socket.receive")) receive(bytes, from);
    });
    return this.#own({
      protocol: inner.protocol,
      local: inner.local,
      send: (bytes: Uint8Array, to: Endpoint) => {
        if (this.boundaries.cross("socket.send")) inner.send(bytes, to);
      },
      close: () => inner.close(),
    });
  }

  async bind(local: Endpoint, receive: MediaReceiver): Promise<MediaSocket> {
    return this.#mediaSocket(await this.world.bind(local, this.#guarded(receive)));
  }

  adopt(parcel: SocketParcel, receive: MediaReceiver): MediaSocket {
    this.#onTheirWay.get(parcel.local.port)?.();
    return this.#mediaSocket(this.world.adopt(parcel, this.#guarded(receive)));
  }

  #guarded(receive: MediaReceiver): MediaReceiver {
    return (bytes, length, from) => {
      if (this.boundaries.cross("socket.receive")) receive(bytes, length, from);
    };
  }

  #mediaSocket(inner: MediaSocket): MediaSocket {
    const socket = this.#own({
      local: inner.local,
      send: (bytes: Uint8Array, length: number, to: Endpoint) => {
        if (this.boundaries.cross("socket.send")) inner.send(bytes, length, to);
      },
      close: () => inner.close(),
      handOver: (): SocketParcel => {
        const parcel = inner.handOver();
        this.#open.delete(socket);
        const orphan = { close: () => this.world.adopt(parcel, () => undefined).close() };
        this.#open.add(orphan);
        this.#onTheirWay.set(parcel.local.port, () => void this.#open.delete(orphan));
        return parcel;
      },
    });
    return socket;
  }

  /** The kernel closes a dead process's sockets. */
  die(): void {
    for (const socket of [...this.#open]) socket.close();
  }

  #own<S extends { close(): void }>(socket: S): S {
    const close = socket.close.bind(socket);
    socket.close = () => {
      this.#open.delete(socket);
      close();
    };
    this.#open.add(socket);
    return socket;
  }
}
