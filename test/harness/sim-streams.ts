// TCP beside a simulated network's UDP: connections that lose nothing, and addresses that refuse them.
import type { Clock } from "../../protocol/base/clock.js";
import { formatEndpoint, type Endpoint } from "../../protocol/base/endpoint.js";
import type { StreamTransport, Transport, TransportFactory } from "../../protocol/base/transport.js";

const DELAY_MS = 1;
const EPHEMERAL_PORT = 40_000;

interface Listener {
  readonly local: Endpoint;
  readonly receive: (bytes: Uint8Array, from: Endpoint) => void;
  /** By the far end's address as this side sees it: the far listener, and our own address as that one sees it. */
  readonly connections: Map<string, { readonly far: Listener; readonly self: Endpoint }>;
}

export class SimStreams implements TransportFactory {
  readonly #listeners = new Map<string, Listener>();
  #port = EPHEMERAL_PORT;
  /** What goes through a connection: `10.0.0.2:40001 > 10.0.0.1:5060` in the order of sending. */
  readonly ways: string[] = [];
  /** Addresses that answer no SYN but by RST. */
  readonly refusing = new Set<string>();

  constructor(
    readonly udp: TransportFactory,
    readonly clock: Clock,
    readonly onBytes: (bytes: Uint8Array, from: Endpoint) => void,
  ) {}

  openUdp(local: Endpoint, receive: (bytes: Uint8Array, from: Endpoint) => void): Promise<Transport> {
    return this.udp.openUdp(local, receive);
  }

  openTcp(at: Endpoint, receive: (bytes: Uint8Array, from: Endpoint) => void): Promise<StreamTransport> {
    const local: Endpoint = { ...at, protocol: "TCP" };
    const listener: Listener = { local, receive, connections: new Map() };
    this.#listeners.set(formatEndpoint(local), listener);
    return Promise.resolve({
      protocol: "TCP",
      local,
      send: (bytes, to, onLost) => this.#send({ listener, bytes: bytes.slice(), to, onLost }),
      has: (to) => listener.connections.has(formatEndpoint(to)),
      close: () => {
        this.#listeners.delete(formatEndpoint(local));
        this.breakAll(local);
      },
    });
  }

  /** Every connection of this listener is gone, at both ends. */
  breakAll(local: Endpoint): void {
    for (const one of [...this.#listeners.values()])
      for (const [key, { far }] of one.connections) if (formatEndpoint(one.local) === formatEndpoint(local) || formatEndpoint(far.local) === formatEndpoint(local)) one.connections.delete(key);
  }

  #send({ listener, bytes, to, onLost }: { listener: Listener; bytes: Uint8Array; to: Endpoint; onLost: () => void }): void {
    const connection = listener.connections.get(formatEndpoint(to)) ?? this.#connect(listener, to);
    if (connection === undefined) return void this.clock.after(DELAY_MS, onLost);
    this.ways.push(`${formatEndpoint(connection.self)} > ${formatEndpoint(to)}`);
    this.onBytes(bytes, listener.local);
    this.clock.after(DELAY_MS, () => connection.far.receive(bytes, connection.self));
  }

  #connect(listener: Listener, to: Endpoint): { readonly far: Listener; readonly self: Endpoint } | undefined {
    const far = this.refusing.has(to.address) ? undefined : this.#listeners.get(formatEndpoint(to));
    if (far === undefined) return undefined;
    const self: Endpoint = { address: listener.local.address, port: this.#port++, protocol: "TCP" };
    const connection = { far, self };
    listener.connections.set(formatEndpoint(to), connection);
    far.connections.set(formatEndpoint(self), { far: listener, self: { ...to, protocol: "TCP" } });
    return connection;
  }
}
