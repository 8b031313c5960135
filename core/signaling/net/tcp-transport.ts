// SIP over TCP (RFC 3261 section 18): listens, opens connections, and uses those that are there.
import { connect, createServer, isIPv6, type Server, type Socket } from "node:net";
import type { Clock } from "../../../protocol/base/clock.js";
import { formatEndpoint, type Endpoint } from "../../../protocol/base/endpoint.js";
import type { StreamTransport } from "../../../protocol/base/transport.js";
import { TCP_LIMITS, TcpConnection, type TcpLimits } from "./tcp-connection.js";

export interface TcpTransportOptions {
  readonly clock: Clock;
  readonly local: Endpoint;
  readonly receive: (bytes: Uint8Array, from: Endpoint) => void;
  readonly limits?: Partial<TcpLimits>;
}

/** Port 0 takes any free one. Rejects with the system's error (EADDRINUSE, EADDRNOTAVAIL, EACCES). */
export function openTcpTransport(options: TcpTransportOptions): Promise<TcpTransport> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port: options.local.port, host: options.local.address, ipv6Only: isIPv6(options.local.address) }, () => {
      server.off("error", reject);
      resolve(new TcpTransport(server, options));
    });
  });
}

export class TcpTransport implements StreamTransport {
  readonly protocol = "TCP";
  readonly local: Endpoint;
  readonly #options: TcpTransportOptions;
  readonly #limits: TcpLimits;
  readonly #server: Server;
  readonly #connections = new Map<string, TcpConnection>();
  readonly #perAddress = new Map<string, number>();
  #closed = false;

  constructor(server: Server, options: TcpTransportOptions) {
    this.#server = server;
    this.#options = options;
    this.#limits = { ...TCP_LIMITS, ...options.limits };
    const { address, port } = server.address() as { address: string; port: number };
    this.local = { address, port, protocol: "TCP" };
    // Out of descriptors, mostly: that connection is lost, the next one may be taken.
    server.on("error", () => undefined);
    server.on("connection", (socket) => this.#accept(socket));
  }

  /** Connections, open or coming about. */
  get size(): number {
    return this.#connections.size;
  }

  has(to: Endpoint): boolean {
    return this.#connections.has(formatEndpoint(to));
  }

  send(bytes: Uint8Array, to: Endpoint, onLost: () => void): void {
    const connection = this.#connections.get(formatEndpoint(to)) ?? this.#open(to);
    if (connection === undefined) this.#options.clock.after(0, onLost);
    else connection.send(bytes, onLost);
  }

  close(): void {
    this.#closed = true;
    this.#server.close();
    for (const connection of [...this.#connections.values()]) connection.close();
  }

  #accept(socket: Socket): void {
    const { remoteAddress: address, remotePort: port } = socket;
    if (address === undefined || port === undefined || !this.#hasRoom(address)) return void socket.on("error", () => undefined).destroy();
    this.#add(socket, { address, port, protocol: "TCP" }, false);
  }

  #open({ address, port }: Endpoint): TcpConnection | undefined {
    if (port <= 0 || port > 65_535 || !this.#hasRoom(address)) return undefined;
    return this.#add(connect({ host: address, port, localAddress: this.local.address }), { address, port, protocol: "TCP" }, true);
  }

  #hasRoom(address: string): boolean {
    return !this.#closed && this.#connections.size < this.#limits.connectionsMax && (this.#perAddress.get(address) ?? 0) < this.#limits.perAddressMax;
  }

  #add(socket: Socket, remote: Endpoint, connecting: boolean): TcpConnection {
    const key = formatEndpoint(remote);
    const { clock, receive } = this.#options;
    const connection = new TcpConnection({
      clock, socket, remote, connecting, receive,
      limits: this.#limits,
      onClosed: () => {
        if (this.#connections.get(key) === connection) this.#connections.delete(key);
        const left = (this.#perAddress.get(remote.address) ?? 1) - 1;
        if (left === 0) this.#perAddress.delete(remote.address);
        else this.#perAddress.set(remote.address, left);
      },
    });
    this.#connections.set(key, connection);
    this.#perAddress.set(remote.address, (this.#perAddress.get(remote.address) ?? 0) + 1);
    return connection;
  }
}
