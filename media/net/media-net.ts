// UDP sockets for RTP behind one interface: `dgram`, libc and the simulated network implement it.
import type { Endpoint } from "../../protocol/base/endpoint.js";

export interface MediaSocket {
  readonly local: Endpoint;
  /** Sends `bytes[0..length)` at once or loses them; the buffer is the caller's again on return. Never throws. */
  send(bytes: Uint8Array, length: number, to: Endpoint): void;
  close(): void;
}

/** `bytes[0..length)` belongs to the network again when the receiver returns; `from` likewise. */
export type MediaReceiver = (bytes: Uint8Array, length: number, from: Endpoint) => void;

export interface MediaNet {
  /** Rejects where the address or port is not to be had. */
  bind(local: Endpoint, receive: MediaReceiver): Promise<MediaSocket>;
  /** Packets that were not sent, where the network can tell. */
  readonly dropped?: number;
}
