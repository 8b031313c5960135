// RTP sockets of the C library: one system call a packet and no event of Node's in between. All sockets are looked at
// together every few milliseconds, which is what makes them cheap and what bounds how late a packet is seen.
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import type { MediaNet, MediaReceiver, MediaSocket, SocketParcel } from "../media-net.js";
import type { DescriptorLedger } from "./descriptor-ledger.js";
import { EPOLL_EVENT, type Libc } from "./libc.js";
import { LibcSocket } from "./libc-socket.js";
import { Outbox } from "./outbox.js";
import { PACKET_BYTES_MAX, RING_ENTRIES, type PacketRing } from "./packet-ring.js";
import { addressFamily, readSockaddr, SOCKADDR_BYTES_MAX, writeSockaddr } from "./sockaddr.js";

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;
const CODES: Readonly<Record<number, string>> = { 13: "EACCES", 22: "EINVAL", 23: "ENFILE", 24: "EMFILE", 97: "EAFNOSUPPORT", 98: "EADDRINUSE", 99: "EADDRNOTAVAIL" };

/** A packet waits at most this long in the kernel: a quarter of the engine's beat. */
const POLL_MS = 5;
const EVENTS_MAX = RING_ENTRIES;
/** Rounds of one look, so that a flood can't keep the thread from its beat: at most 16 * 256 packets. */
const ROUNDS_MAX = 16;
export class MediaNetError extends Error {
  override readonly name = "MediaNetError";
  constructor(
    /** As Node names the system's errors: `EADDRINUSE`. */
    readonly code: string,
    operation: string,
  ) {
    super(`${operation}: ${code}`);
  }
}

export interface LibcMediaNetOptions {
  /** Where the open descriptors are noted for those who survive this thread. */
  readonly ledger?: DescriptorLedger | undefined;
  /** Without one, every packet is received and sent by itself. */
  readonly ring?: PacketRing | undefined;
}

export class LibcMediaNet implements MediaNet {
  readonly #libc: Libc;
  readonly #ledger: DescriptorLedger | undefined;
  readonly #ring: PacketRing | undefined;
  readonly #outbox: Outbox | undefined;
  readonly #epoll: number;
  /** By descriptor, which the system gives out from the lowest. */
  readonly #sockets: (LibcSocket | undefined)[] = [];
  /** Of the events of this round. */
  readonly #ready: (LibcSocket | undefined)[] = [];
  #open = 0;
  readonly #events = new Uint8Array(EVENTS_MAX * EPOLL_EVENT.bytes);
  readonly #view = new DataView(this.#events.buffer);
  readonly #packet = new Uint8Array(PACKET_BYTES_MAX);
  readonly #address = new Uint8Array(SOCKADDR_BYTES_MAX);
  readonly #addressLength = new Uint32Array(1);
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;

  /** @throws MediaNetError where the system has no descriptor left */
  constructor(libc: Libc, { ledger, ring }: LibcMediaNetOptions = {}) {
    this.#libc = libc;
    this.#ledger = ledger;
    this.#ring = ring;
    this.#outbox = ring === undefined ? undefined : new Outbox(ring, (packets) => (this.#dropped += packets));
    if (ring !== undefined) ledger?.open(ring.descriptor);
    this.#epoll = libc.epollCreate(EPOLL_CLOEXEC);
    if (this.#epoll < 0) throw this.#error("epoll_create1");
    ledger?.open(this.#epoll);
  }

  /** Packets that were not sent. */
  get dropped(): number {
    return this.#dropped;
  }

  async bind(local: Endpoint, receive: MediaReceiver): Promise<MediaSocket> {
    const libc = this.#libc;
    const fd = libc.socket(addressFamily(local.address), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) throw this.#error("socket");
    const length = writeSockaddr(this.#address, local);
    if (length === 0 || libc.bind(fd, this.#address, length) < 0) throw this.#abandon(fd, length === 0 ? "EINVAL" : undefined);
    this.#addressLength[0] = SOCKADDR_BYTES_MAX;
    if (libc.getsockname(fd, this.#address, this.#addressLength) < 0) throw this.#abandon(fd, undefined);
    return this.#listen(fd, readSockaddr(this.#address), receive);
  }

  /** What came meanwhile waits in the kernel. Throws MediaNetError where the descriptor is no open socket. */
  adopt(parcel: SocketParcel, receive: MediaReceiver): MediaSocket {
    if (parcel.way !== "libc") throw new MediaNetError("ENOTSOCK", "adopt");
    const socket = this.#listen(parcel.descriptor, parcel.local, receive);
    // A worker that died may have left it connected.
    socket.dissolve();
    return socket;
  }

  #listen(fd: number, local: Endpoint, receive: MediaReceiver): LibcSocket {
    const libc = this.#libc;
    const event = new Uint8Array(EPOLL_EVENT.bytes);
    const view = new DataView(event.buffer);
    view.setUint32(0, EPOLLIN, true);
    view.setInt32(EPOLL_EVENT.data, fd, true);
    if (libc.epollControl(this.#epoll, EPOLL_CTL_ADD, fd, event) < 0) throw this.#abandon(fd, undefined);
    this.#ledger?.open(fd);
    const socket = new LibcSocket({
      libc,
      fd,
      local,
      receive,
      outbox: this.#outbox,
      onDropped: () => (this.#dropped += 1),
      onRelease: () => this.#release(fd, event),
    });
    this.#sockets[fd] = socket;
    this.#open += 1;
    this.#timer ??= setInterval(() => this.#look(), POLL_MS);
    return socket;
  }

  /** Reads what has come: one packet of each socket that has any, until none has. */
  #look(): void {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const count = this.#libc.epollWait(this.#epoll, this.#events, EVENTS_MAX, 0);
      if (count <= 0) return;
      if (this.#ring === undefined) for (let i = 0; i < count; i++) this.#read(this.#sockets[this.#readyAt(i)]);
      else this.#readTogether(this.#ring, count);
    }
  }

  /** Three entries into the kernel for all: which sockets have a packet, the packets of those that are connected, and what is sent for them. */
  #readTogether(ring: PacketRing, count: number): void {
    const ready = this.#ready;
    this.#outbox!.hold();
    for (let i = 0; i < count; i++) {
      const socket = this.#sockets[this.#readyAt(i)];
      ready[i] = socket;
      if (socket?.connected !== undefined) ring.receive(socket.fd, i);
    }
    ring.run();
    for (let i = 0; i < count; i++) {
      const socket = ready[i];
      const from = socket?.connected;
      if (from === undefined) this.#read(socket);
      else if (ring.lengthOf(i) >= 0) socket!.receive(ring.lend(i), ring.lengthOf(i), from);
    }
    ready.fill(undefined, 0, count);
    this.#outbox!.letGo();
  }

  /** The descriptor of an event. */
  #readyAt(event: number): number {
    return this.#view.getInt32(event * EPOLL_EVENT.bytes + EPOLL_EVENT.data, true);
  }

  /** A receiver may close any socket of this round. */
  #read(socket: LibcSocket | undefined): void {
    if (socket === undefined || !socket.isOpen) return;
    const from = socket.connected;
    if (from !== undefined) {
      const length = this.#libc.recv(socket.fd, this.#packet, PACKET_BYTES_MAX, 0);
      if (length >= 0) socket.receive(this.#packet, length, from);
      return;
    }
    this.#addressLength[0] = SOCKADDR_BYTES_MAX;
    const length = this.#libc.recvfrom(socket.fd, this.#packet, PACKET_BYTES_MAX, 0, this.#address, this.#addressLength);
    if (length >= 0) socket.receive(this.#packet, length, socket.endpoint(this.#address));
  }

  #release(fd: number, event: Uint8Array): void {
    this.#sockets[fd] = undefined;
    this.#open -= 1;
    this.#libc.epollControl(this.#epoll, EPOLL_CTL_DEL, fd, event);
    this.#ledger?.close(fd);
    if (this.#open > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #abandon(fd: number, code: string | undefined): MediaNetError {
    const error = code === undefined ? this.#error("bind") : new MediaNetError(code, "bind");
    this.#libc.close(fd);
    return error;
  }

  #error(operation: string): MediaNetError {
    const errno = this.#libc.errno();
    return new MediaNetError(CODES[errno] ?? `errno ${errno}`, operation);
  }
}
