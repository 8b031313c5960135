// One UDP socket of the C library's. Once it is connected, what it sends waits for the outbox where there is one.
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import type { MediaReceiver, MediaSocket, SocketParcel } from "../media-net.js";
import type { Libc } from "./libc.js";
import type { Outbox } from "./outbox.js";
import { PACKET_BYTES_MAX } from "./packet-ring.js";
import { AF_INET, readSockaddr, SOCKADDR_BYTES_MAX, writeSockaddr } from "./sockaddr.js";

/** AF_UNSPEC: dissolves a connection (connect(2)). */
const UNSPECIFIED = new Uint8Array(16);

export interface LibcSocketOptions {
  readonly libc: Libc;
  readonly fd: number;
  readonly local: Endpoint;
  readonly receive: MediaReceiver;
  readonly outbox: Outbox | undefined;
  readonly onDropped: () => void;
  /** The network looks at it no longer; the descriptor is still open. */
  readonly onRelease: () => void;
}

export class LibcSocket implements MediaSocket {
  readonly fd: number;
  readonly local: Endpoint;
  readonly receive: MediaReceiver;
  /** Whom alone it hears, where it is one. */
  connected: Endpoint | undefined;
  readonly #libc: Libc;
  readonly #outbox: Outbox | undefined;
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

  constructor({ libc, fd, local, receive, outbox, onDropped, onRelease }: LibcSocketOptions) {
    this.local = local;
    this.receive = receive;
    this.#libc = libc;
    this.fd = fd;
    this.#outbox = outbox;
    this.#onDropped = onDropped;
    this.#onRelease = onRelease;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  connect(remote: Endpoint | undefined): void {
    if (!this.#open || remote === this.connected) return;
    this.#outbox?.flush();
    this.connected = undefined;
    this.#toPort = -1;
    if (remote === undefined) return this.dissolve();
    const length = writeSockaddr(this.#toBytes, remote);
    if (length > 0 && this.#libc.connect(this.fd, this.#toBytes, length) === 0) this.connected = remote;
  }

  send(bytes: Uint8Array, length: number, to: Endpoint): void {
    if (length > PACKET_BYTES_MAX) this.#onDropped();
    else if (to !== this.connected) this.#sendTo(bytes, length, to);
    else if (this.#outbox !== undefined) this.#outbox.send(this.fd, bytes, length);
    else if (this.#libc.send(this.fd, bytes, length, 0) < 0) this.#onDropped();
  }

  close(): void {
    if (!this.#open) return;
    this.#leave();
    this.#libc.close(this.fd);
  }

  handOver(): SocketParcel {
    this.connect(undefined);
    this.#leave();
    return { way: "libc", local: this.local, descriptor: this.fd };
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
    if (!this.#open || this.#toLength === 0 || to.port === 0 || this.#libc.sendto(this.fd, bytes, length, 0, this.#toBytes, this.#toLength) < 0) this.#onDropped();
  }

  /** Everybody is heard again. */
  dissolve(): void {
    this.#libc.connect(this.fd, UNSPECIFIED, UNSPECIFIED.length);
    // With its connection a socket loses a port that the system chose; one that was asked for stays, and this does nothing.
    this.#libc.bind(this.fd, this.#toBytes, writeSockaddr(this.#toBytes, this.local));
  }

  #leave(): void {
    // Another socket may get this descriptor.
    this.#outbox?.flush();
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
