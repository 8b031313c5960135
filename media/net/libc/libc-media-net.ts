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
const POLL_MS = 4;
const EVENTS_MAX = 256;
/** Rounds of one look, so that a flood can't keep the thread from its beat: at most 16 * 256 packets. */
const ROUNDS_MAX = 16;
/** An Ethernet frame's worth; what is longer is cut, and no RTP. */
const PACKET_BYTES_MAX = 1500;

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
  readonly #sockets = new Map<number, LibcSocket>();
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
    return this.#listen(parcel.descriptor, parcel.local, receive);
  }

  #listen(fd: number, local: Endpoint, receive: MediaReceiver): MediaSocket {
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
    this.#sockets.set(fd, socket);
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
    const socket = this.#sockets.get(fd);
    if (socket === undefined) return;
    this.#addressLength[0] = SOCKADDR_BYTES_MAX;
    const length = this.#libc.recvfrom(fd, this.#packet, PACKET_BYTES_MAX, 0, this.#address, this.#addressLength);
    if (length >= 0) socket.receive(this.#packet, length, this.#address);
  }

  #release(fd: number, event: Uint8Array): void {
    this.#sockets.delete(fd);
    this.#libc.epollControl(this.#epoll, EPOLL_CTL_DEL, fd, event);
    this.#ledger?.close(fd);
    if (this.#sockets.size > 0) return;
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
  readonly #options: LibcSocketOptions;
  /** Where the last packet came from and the last one went: a call's packets all come from and go to one place. */
  readonly #fromBytes = new Uint8Array(SOCKADDR_BYTES_MAX);
  #from: Endpoint | undefined;
  readonly #toBytes = new Uint8Array(SOCKADDR_BYTES_MAX);
  #toLength = 0;
  #toAddress = "";
  #toPort = -1;
  #open = true;

  constructor(options: LibcSocketOptions) {
    this.#options = options;
    this.local = options.local;
  }

  send(bytes: Uint8Array, length: number, to: Endpoint): void {
    if (to.port !== this.#toPort || to.address !== this.#toAddress) this.#aim(to);
    const { libc, fd, onDropped } = this.#options;
    if (!this.#open || this.#toLength === 0 || to.port === 0 || length > PACKET_BYTES_MAX || libc.sendto(fd, bytes, length, 0, this.#toBytes, this.#toLength) < 0) onDropped();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#options.onRelease();
    this.#options.libc.close(this.#options.fd);
  }

  handOver(): SocketParcel {
    this.#open = false;
    this.#options.onRelease();
    return { way: "libc", local: this.local, descriptor: this.#options.fd };
  }

  /** @param address of the sender, as the kernel gave it */
  receive(bytes: Uint8Array, length: number, address: Uint8Array): void {
    if (this.#from === undefined || !this.#isKnown(address)) {
      this.#fromBytes.set(address);
      this.#from = readSockaddr(address);
    }
    this.#options.receive(bytes, length, this.#from);
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
