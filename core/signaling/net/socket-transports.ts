// The system's own UDP and TCP.
import type { Clock } from "../../../protocol/base/clock.js";
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import type { StreamTransport, Transport, TransportFactory } from "../../../protocol/base/transport.js";
import { openTcpTransport } from "./tcp-transport.js";
import { UdpTransportFactory } from "./udp-transport.js";

export class SocketTransports implements TransportFactory {
  readonly #udp = new UdpTransportFactory();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  openUdp(local: Endpoint, receive: (bytes: Uint8Array, from: Endpoint) => void): Promise<Transport> {
    return this.#udp.openUdp(local, receive);
  }

  openTcp(local: Endpoint, receive: (bytes: Uint8Array, from: Endpoint) => void): Promise<StreamTransport> {
    return openTcpTransport({ clock: this.#clock, local, receive });
  }
}
