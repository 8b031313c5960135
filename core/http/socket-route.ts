// A route that is asked by HTTP and, under the same path, goes on over WebSocket: one client of it.
import type { WebSocket } from "@fastify/websocket";
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { EventMessage, EventSink } from "../journal/event-stream.js";
import type { AnyRoute } from "./api-route.js";

export interface SocketRoute {
  /** Its query is the stream's as well. */
  readonly route: AnyRoute;
  /** `query` as the route's schema gave it. */
  open(query: unknown, sink: EventSink): { close(): void };
}

export interface SocketClientOptions {
  readonly socket: WebSocket;
  readonly clock: Clock;
  readonly open: (sink: EventSink) => { close(): void };
  readonly onEnd: () => void;
  readonly onFault: (error: unknown) => void;
}

const PING_MS = 20_000;
/** RFC 6455 section 7.4.1. */
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

export class SocketClient implements EventSink {
  readonly #options: SocketClientOptions;
  readonly #stream: { close(): void };
  #cancelPing: Cancel | undefined;
  #alive = true;

  constructor(options: SocketClientOptions) {
    this.#options = options;
    const { socket } = options;
    socket.on("pong", () => (this.#alive = true));
    socket.on("message", () => socket.close(POLICY_VIOLATION, "this stream is only listened to"));
    // A reset connection; `close` follows.
    socket.on("error", () => undefined);
    socket.on("close", () => this.#end());
    this.#stream = options.open(this);
    this.#ping();
  }

  get heldBytes(): number {
    return this.#options.socket.bufferedAmount;
  }

  send(message: EventMessage): void {
    this.#options.socket.send(JSON.stringify(message));
  }

  fail(error: unknown): void {
    this.#options.onFault(error);
    this.#options.socket.close(INTERNAL_ERROR, "the store failed; come back with your cursor");
  }

  /** Whoever has not answered the last ping by the next one is gone, whatever TCP thinks. */
  #ping(): void {
    const { clock, socket } = this.#options;
    this.#cancelPing = clock.after(PING_MS, () => {
      if (!this.#alive) return socket.terminate();
      this.#alive = false;
      socket.ping();
      this.#ping();
    });
  }

  #end(): void {
    this.#cancelPing?.();
    this.#stream.close();
    this.#options.onEnd();
  }
}
