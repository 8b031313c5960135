import type { Endpoint } from "./endpoint.js";

/** One bound way of sending SIP messages. Sending never throws: what the network refuses is lost like any packet. */
export interface Transport {
  readonly protocol: "UDP";
  readonly local: Endpoint;
  send(bytes: Uint8Array, to: Endpoint): void;
  close(): void;
}

/** Connections of SIP over TCP: opened where none is there yet, used again while they last. */
export interface StreamTransport {
  readonly protocol: "TCP";
  readonly local: Endpoint;
  /** `onLost` at most once, and never before this call returns: no connection could be had within the time for it, or it broke before the bytes were on their way. Never throws. */
  send(bytes: Uint8Array, to: Endpoint, onLost: () => void): void;
  /** Whether a connection to there is open. */
  has(to: Endpoint): boolean;
  close(): void;
}

/** Opens transports. `receive` owns `bytes` until it returns. Rejects where the address can't be bound. */
export interface TransportFactory {
  openUdp(local: Endpoint, receive: (bytes: Uint8Array, from: Endpoint) => void): Promise<Transport>;
  /** Listens; `from` has the protocol set. Absent where the network has no TCP. */
  openTcp?(local: Endpoint, receive: (bytes: Uint8Array, from: Endpoint) => void): Promise<StreamTransport>;
}
