import type { Endpoint } from "./endpoint.js";

/** One bound way of sending SIP messages. Sending never throws: what the network refuses is lost like any packet. */
export interface Transport {
  readonly protocol: "UDP";
  readonly local: Endpoint;
  send(bytes: Uint8Array, to: Endpoint): void;
  close(): void;
}

/** Opens transports. `receive` owns `bytes` until it returns. Rejects where the address can't be bound. */
export interface TransportFactory {
  openUdp(local: Endpoint, receive: (bytes: Uint8Array, from: Endpoint) => void): Promise<Transport>;
}
