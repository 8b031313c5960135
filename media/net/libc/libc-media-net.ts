// RTP sockets of the C library: one system call a packet and no event of Node's in between. All sockets are looked at
// together every few milliseconds, which is what makes them cheap and what bounds how late a packet is seen.
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import type { MediaNet, MediaReceiver, MediaSocket, SocketParcel } from "../media-net.js";
import type { DescriptorLedger } from "./descriptor-ledger.js";
import { EPOLL_EVENT, type Libc } from "./libc.js";
import { addressFamily, AF_INET, readSockaddr, SOCKADDR_BYTES_MAX, writeSockaddr } from "./sockaddr.js";

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
const EVENTS_MAX = 256;
/** Rounds of one look, so that a flood can't keep the thread from its beat: at most 16 * 256 packets. */
const ROUNDS_MAX = 16;
/** An Ethernet frame's worth; what is longer is cut, and no RTP. */
const PACKET_BYTES_MAX = 1500;

/** AF_UNSPEC: dissolves a connection (connect(2)). */
const UNSPECIFIED = new Uint8Array(16);

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

export class LibcMediaNet implements MediaNet {
  readonly #libc: Libc;
  readonly #ledger: DescriptorLedger | undefined;
  readonly #epoll: number;
  /** By descriptor, which the system gives out from the lowest. */
  readonly #sockets: (LibcSocket | undefined)[] = [];
  #open = 0;
  readonly #events = new Uint8Array(EVENTS_MAX * EPOLL_EVENT.bytes);
  readonly #view = new DataView(this.#events.buffer);
  readonly #packet = new Uint8Array(PACKET_BYTES_MAX);
  readonly #address = new Uint8Array(SOCKADDR_BYTES_MAX);
  readonly #addressLength = new Uint32Array(1);
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;

  /**
   * @param ledger where the open descriptors are noted for those who survive this thread
   * @throws MediaNetError where the system has no descriptor left
   */
  constructor(libc: Libc, ledger?: DescriptorLedger) {
    this.#libc = libc;
    this.#ledger = ledger;
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
      for (let i = 0; i < count; i++) this.#read(this.#view.getInt32(i * EPOLL_EVENT.bytes + EPOLL_EVENT.data, true));
      if (count <= 0) return;
    }
  }

  #read(fd: number): void {
    // A receiver may close any socket of this round.
    const socket = this.#sockets[fd];
    if (socket === undefined) return;
    const from = socket.connected;
    if (from !== undefined) {
      const length = this.#libc.recv(fd, this.#packet, PACKET_BYTES_MAX, 0);
      if (length >= 0) socket.receive(this.#packet, length, from);
      return;
    }
    this.#addressLength[0] = SOCKADDR_BYTES_MAX;
    const length = this.#libc.recvfrom(fd, this.#packet, PACKET_BYTES_MAX, 0, this.#address, this.#addressLength);
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

interface LibcSocketOptions {
  readonly libc: Libc;
  readonly fd: number;
  readonly local: Endpoint;
  readonly receive: MediaReceiver;
  readonly onDropped: () => void;
  /** The network looks at it no longer; the descriptor is still open. */
  readonly onRelease: () => void;
}

class LibcSocket implements MediaSocket {
  readonly local: Endpoint;
  readonly receive: MediaReceiver;
  /** Whom alone it hears, where it is one. */
  connected: Endpoint | undefined;
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #onDropped: () => void;
  readonly #onRelease: () => void;
  /** Where the last packet came from and the last one went: a call's packets all come from and go to one place. */
  readonly #fromBytes = new Uint8Array(SOCKADDR_BYTES_MAX);
  #from: Endpoint | undefined;
  readonly #toBytes = new Uint8Array(SOCKADDR_BYTES_MAX);
  #toLength = 0;
  #toAddress = "";
  #toPort = -1;
  #open = true;

  constructor({ libc, fd, local, receive, onDropped, onRelease }: LibcSocketOptions) {
    this.local = local;
    this.receive = receive;
    this.#libc = libc;
    this.#fd = fd;
    this.#onDropped = onDropped;
    this.#onRelease = onRelease;
  }

  connect(remote: Endpoint | undefined): void {
    if (!this.#open || remote === this.connected) return;
    this.connected = undefined;
    this.#toPort = -1;
    if (remote === undefined) return this.dissolve();
    const length = writeSockaddr(this.#toBytes, remote);
    if (length > 0 && this.#libc.connect(this.#fd, this.#toBytes, length) === 0) this.connected = remote;
  }

  send(bytes: Uint8Array, length: number, to: Endpoint): void {
    if (length > PACKET_BYTES_MAX) this.#onDropped();
    else if (to !== this.connected) this.#sendTo(bytes, length, to);
    else if (this.#libc.send(this.#fd, bytes, length, 0) < 0) this.#onDropped();
  }

  close(): void {
    if (!this.#open) return;
    this.#leave();
    this.#libc.close(this.#fd);
  }

  handOver(): SocketParcel {
    this.connect(undefined);
    this.#leave();
    return { way: "libc", local: this.local, descriptor: this.#fd };
  }

  /** @param address of a sender, as the kernel gave it; the same endpoint again where it is the same sender */
  endpoint(address: Uint8Array): Endpoint {
    if (this.#from === undefined || !this.#isKnown(address)) {
      this.#fromBytes.set(address);
      this.#from = readSockaddr(address);
    }
    return this.#from;
  }

  #sendTo(bytes: Uint8Array, length: number, to: Endpoint): void {
    if (to.port !== this.#toPort || to.address !== this.#toAddress) this.#aim(to);
    if (!this.#open || this.#toLength === 0 || to.port === 0 || this.#libc.sendto(this.#fd, bytes, length, 0, this.#toBytes, this.#toLength) < 0) this.#onDropped();
  }

  /** Everybody is heard again. */
  dissolve(): void {
    this.#libc.connect(this.#fd, UNSPECIFIED, UNSPECIFIED.length);
    // With its connection a socket loses a port that the system chose; one that was asked for stays, and this does nothing.
    this.#libc.bind(this.#fd, this.#toBytes, writeSockaddr(this.#toBytes, this.local));
  }

  #leave(): void {
    this.#open = false;
    this.connected = undefined;
    this.#onRelease();
  }

  /** Behind an IPv4 address stands what was there before: only 8 bytes are its own. */
  #isKnown(address: Uint8Array): boolean {
    const known = this.#fromBytes;
    const length = address[0] === AF_INET ? 8 : SOCKADDR_BYTES_MAX;
    for (let i = 0; i < length; i++) if (known[i] !== address[i]) return false;
    return true;
  }

  #aim(to: Endpoint): void {
    this.#toAddress = to.address;
    this.#toPort = to.port;
    this.#toLength = writeSockaddr(this.#toBytes, to);
  }
}
