// UDP sockets for RTP behind one interface: `dgram`, libc and the simulated network implement it.
import type { MessagePort } from "node:worker_threads";
import type { Endpoint } from "../../protocol/base/endpoint.js";

export interface MediaSocket {
  readonly local: Endpoint;
  /** Sends `bytes[0..length)` at once or loses them; the buffer is the caller's again on return. Never throws. */
  send(bytes: Uint8Array, length: number, to: Endpoint): void;
  /**
   * From now on only `remote` is heard and mostly sent to, which a network may profit from; undefined: everybody is heard
   * again. What others send meanwhile the network drops without telling.
   */
  connect?(remote: Endpoint | undefined): void;
  close(): void;
  /** Lets go of the socket without closing it: `adopt` takes it up, in another worker too. What comes meanwhile waits. */
  handOver(): SocketParcel;
}

/** An open socket on its way from one worker to another. */
export type SocketParcel =
  /** The descriptor belongs to the process, so any of its threads can use it. */
  | { readonly way: "libc"; readonly local: Endpoint; readonly descriptor: number }
  /** A socket of Node's can't leave its thread (`home`): its packets go through the channel, which is transferred. */
  | { readonly way: "dgram"; readonly local: Endpoint; readonly home: number; readonly lent: number; readonly channel: MessagePort }
  | { readonly way: "memory"; readonly local: Endpoint };

/**
 * `bytes[0..length)` belongs to the network again when the receiver returns, `from` likewise. A receiver may change the bytes
 * and send them on, and leaves them alone from then on: they may go out from where they stand.
 */
export type MediaReceiver = (bytes: Uint8Array, length: number, from: Endpoint) => void;

export interface MediaNet {
  /** Rejects where the address or port is not to be had. */
  bind(local: Endpoint, receive: MediaReceiver): Promise<MediaSocket>;
  /** Goes on with a socket that was handed over, first, but not within this call, with what came meanwhile. Throws where it is of another kind or closed. */
  adopt(parcel: SocketParcel, receive: MediaReceiver): MediaSocket;
  /** Packets that were not sent, where the network can tell. */
  readonly dropped?: number;
}
