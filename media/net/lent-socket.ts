// A socket of Node's that serves a leg in another thread: it can't leave its own, so its packets go through a channel.
import { MessageChannel, receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import type { Endpoint } from "../../protocol/base/endpoint.js";
import type { MediaReceiver, MediaSocket, SocketParcel } from "./media-net.js";

/** Through the channel, either way: where it came from, or where it is to go. */
interface Carried {
  readonly bytes: Uint8Array;
  readonly at: Endpoint;
}

/** The half in the socket's own thread. Closes the socket when the borrower closes it, or is gone. */
export class LentSocket {
  /** For the borrower. */
  readonly channel: MessagePort;
  readonly #port: MessagePort;
  readonly #socket: MediaSocket;

  constructor(socket: MediaSocket, onClosed: () => void) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.channel = port2;
    this.#socket = socket;
    port1.on("message", ({ bytes, at }: Carried) => socket.send(bytes, bytes.length, at));
    port1.once("close", () => {
      onClosed();
      this.#socket.close();
    });
  }

  /** A packet of the socket's. */
  readonly carry: MediaReceiver = (bytes, length, at) => this.#port.postMessage({ bytes: bytes.slice(0, length), at: { address: at.address, port: at.port } } satisfies Carried);

  /** The borrower's half came home: what is still in it goes to `receive`. */
  takeBack(channel: MessagePort, receive: MediaReceiver): MediaSocket {
    this.#port.removeAllListeners("close");
    for (let last = receiveMessageOnPort(this.#port); last !== undefined; last = receiveMessageOnPort(this.#port)) {
      const { bytes, at } = last.message as Carried;
      this.#socket.send(bytes, bytes.length, at);
    }
    const waiting: Carried[] = [];
    for (let next = receiveMessageOnPort(channel); next !== undefined; next = receiveMessageOnPort(channel)) waiting.push(next.message as Carried);
    queueMicrotask(() => {
      for (const { bytes, at } of waiting) receive(bytes, bytes.length, at);
    });
    channel.close();
    return this.#socket;
  }
}

type Borrowed = Extract<SocketParcel, { readonly way: "dgram" }>;

/** The half in the leg's thread. */
export class BorrowedSocket implements MediaSocket {
  readonly local: Endpoint;
  readonly #parcel: Borrowed;
  readonly #onMessage: (packet: Carried) => void;

  constructor(parcel: Borrowed, receive: MediaReceiver) {
    this.#parcel = parcel;
    this.local = parcel.local;
    this.#onMessage = ({ bytes, at }) => receive(bytes, bytes.length, at);
    parcel.channel.on("message", this.#onMessage);
  }

  send(bytes: Uint8Array, length: number, to: Endpoint): void {
    this.#parcel.channel.postMessage({ bytes: bytes.slice(0, length), at: to } satisfies Carried);
  }

  close(): void {
    this.#parcel.channel.close();
  }

  handOver(): SocketParcel {
    this.#parcel.channel.off("message", this.#onMessage);
    return this.#parcel;
  }
}
