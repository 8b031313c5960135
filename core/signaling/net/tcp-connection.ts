// One TCP connection that SIP runs over: frames what comes, answers pings, and does not live for ever without a word.
import type { Socket } from "node:net";
import type { Cancel, Clock } from "../../../protocol/base/clock.js";
import type { Endpoint } from "../../../protocol/base/endpoint.js";
import { StreamFramer } from "../../../protocol/sip/message/framing.js";

export interface TcpLimits {
  /** Connections at once; one more is closed at once, or not opened. */
  readonly connectionsMax: number;
  /** Of one address, so that one machine can't take them all. */
  readonly perAddressMax: number;
  /** How long a connection may take to come about. */
  readonly connectMs: number;
  /** From the first byte of a message to its last; also from the connection to its first message. */
  readonly messageMs: number;
  /** Without a message or ping; above an hour, which is how long a phone's registration may last. */
  readonly idleMs: number;
  /** Bytes that the far side has not taken yet; with more the connection is closed. */
  readonly unsentBytesMax: number;
}

export const TCP_LIMITS: TcpLimits = { connectionsMax: 2000, perAddressMax: 200, connectMs: 2000, messageMs: 32_000, idleMs: 3_700_000, unsentBytesMax: 1_048_576 };

export interface TcpConnectionOptions {
  readonly clock: Clock;
  readonly limits: TcpLimits;
  readonly socket: Socket;
  readonly remote: Endpoint;
  /** We opened it, and it is not open yet. */
  readonly connecting: boolean;
  readonly receive: (bytes: Uint8Array, from: Endpoint) => void;
  /** Once, when it is gone. */
  readonly onClosed: () => void;
}

const PONG = new Uint8Array([0x0d, 0x0a]);

export class TcpConnection {
  readonly remote: Endpoint;
  readonly #options: TcpConnectionOptions;
  readonly #framer: StreamFramer;
  /** Told when the connection is lost before their bytes were written. */
  readonly #waiting = new Set<() => void>();
  #deadline: Cancel;
  #closed = false;

  constructor(options: TcpConnectionOptions) {
    this.#options = options;
    this.remote = options.remote;
    const { socket, limits, connecting } = options;
    this.#framer = new StreamFramer({
      onMessage: (bytes) => {
        this.#arm(limits.idleMs);
        options.receive(bytes, this.remote);
      },
      onPing: () => {
        this.#arm(limits.idleMs);
        socket.write(PONG);
      },
    });
    this.#deadline = options.clock.after(connecting ? limits.connectMs : limits.messageMs, () => this.close());
    socket.setNoDelay(true);
    socket.on("connect", () => this.#arm(limits.idleMs));
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", () => this.close());
    socket.on("close", () => this.close());
  }

  /** Bytes are written in order, also while the connection is still coming about. */
  send(bytes: Uint8Array, onLost: () => void): void {
    const { socket, limits } = this.#options;
    this.#waiting.add(onLost);
    if (this.#closed || socket.writableLength + bytes.length > limits.unsentBytesMax) return this.close();
    socket.write(bytes, (error) => {
      if (error === undefined || error === null) this.#waiting.delete(onLost);
    });
  }

  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#deadline();
      this.#options.socket.destroy();
      this.#options.onClosed();
    }
    const lost = [...this.#waiting];
    this.#waiting.clear();
    for (const onLost of lost) this.#options.clock.after(0, onLost);
  }

  #receive(chunk: Uint8Array): void {
    if (this.#closed) return;
    const whole = this.#framer.pendingBytes === 0;
    if (this.#framer.push(chunk) !== undefined) return this.close();
    // The time of a message runs from its first byte: later ones don't put the end off.
    if (whole && this.#framer.pendingBytes > 0) this.#arm(this.#options.limits.messageMs);
  }

  #arm(delayMs: number): void {
    this.#deadline();
    if (!this.#closed) this.#deadline = this.#options.clock.after(delayMs, () => this.close());
  }
}
