// Engines on simulated time instead of threads: what crosses takes a moment, and each can crash or hang.
import type { Cancel, Clock } from "../../../protocol/base/clock.js";
import type { EngineCommand, EngineEvent } from "../../engine/handover.js";
import { MediaEngine, type MediaEngineOptions, type MediaSnapshot } from "../../engine/media-engine.js";
import type { MediaNet, MediaReceiver, MediaSocket, SocketParcel } from "../../net/media-net.js";
import type { EngineHost, EngineHostListener, StartHost } from "../engine-host.js";
import { portShare } from "../port-share.js";

export interface InlineHostsOptions extends MediaEngineOptions {
  readonly workers: number;
  /** As the C library's, sockets outlive their worker; as Node's they die with the one that opened them. */
  readonly way: "libc" | "dgram";
  /** From one thread to another, in ms; default 1. */
  readonly latencyMs?: number;
}

export class InlineHosts {
  /** By worker, the one that runs or ran last. */
  readonly hosts: InlineHost[] = [];
  readonly #options: InlineHostsOptions;
  readonly #sockets = new Map<number, OpenSocket>();

  constructor(options: InlineHostsOptions) {
    this.#options = options;
  }

  readonly start: StartHost = (index, listener) => {
    const { workers } = this.#options;
    const engine = { ...this.#options, ...portShare(this.#options, index, workers) };
    return (this.hosts[index] = new InlineHost(engine, this.#sockets, listener));
  };

  readonly discard = (parcel: SocketParcel): void => {
    const lender = this.#sockets.get(parcel.local.port);
    this.#sockets.delete(parcel.local.port);
    // With its lender it was closed already.
    if (this.#options.way === "libc" || lender !== undefined) this.#options.net.adopt(parcel, () => {}).close();
  };

  /** RTP and RTCP sockets that are open. */
  get openSockets(): number {
    return this.#sockets.size;
  }
}

interface OpenSocket {
  /** Who opened it, and who has it now: nobody where it is on its way. */
  readonly home: InlineHost;
  readonly owner: InlineHost | undefined;
  close(): void;
  handOver(): SocketParcel;
}

export class InlineHost implements EngineHost {
  readonly engine: MediaEngine;
  readonly #options: InlineHostsOptions;
  readonly #listener: EngineHostListener;
  readonly #sockets: Map<number, OpenSocket>;
  readonly #timers = new Set<Cancel>();
  #state: "alive" | "hangs" | "ended" = "alive";

  constructor(options: InlineHostsOptions, sockets: Map<number, OpenSocket>, listener: EngineHostListener) {
    this.#options = options;
    this.#sockets = sockets;
    this.#listener = listener;
    this.engine = new MediaEngine({ ...options, clock: this.#clock(), net: this.#net() });
    const tell = (event: EngineEvent): void => this.#cross(() => listener.onEvent(event));
    this.engine.onEvent(tell);
    this.engine.onMove(tell);
    this.#cross(() => listener.onStarted(options.way, undefined));
  }

  post(command: EngineCommand): void {
    this.#cross(() => this.#state === "alive" && this.engine.send(command));
  }

  snapshot(): Promise<MediaSnapshot | undefined> {
    return Promise.resolve(this.#state === "alive" ? this.engine.snapshot() : undefined);
  }

  ping(): void {
    this.#cross(() => this.#state === "alive" && this.#cross(() => this.#listener.onPong()));
  }

  /** Its loop turns no more. */
  hang(): void {
    this.#state = "hangs";
    for (const cancel of [...this.#timers]) cancel();
  }

  kill(): void {
    this.#die("was ended");
  }

  /** As by an exception that nobody caught. */
  crash(): void {
    this.#die("ended with code 1");
  }

  close(): void {
    void this.engine.close().then(() => this.#die("was closed"));
  }

  #die(why: string): void {
    if (this.#state === "ended") return;
    this.hang();
    this.#state = "ended";
    const survivors: SocketParcel[] = [];
    for (const [port, socket] of [...this.#sockets]) {
      if (this.#options.way === "dgram") {
        if (socket.home !== this && socket.owner !== this) continue;
        socket.close();
      } else {
        if (socket.owner !== this) continue;
        survivors.push(socket.handOver());
      }
      this.#sockets.delete(port);
    }
    this.#options.clock.after(this.#latencyMs, () => this.#listener.onEnded(why, survivors));
  }

  get #latencyMs(): number {
    return this.#options.latencyMs ?? 1;
  }

  /** What was said before it died still arrives. */
  #cross(step: () => void): void {
    this.#options.clock.after(this.#latencyMs, step);
  }

  #clock(): Clock {
    const { clock } = this.#options;
    return {
      monoMs: () => clock.monoMs(),
      utcMs: () => clock.utcMs(),
      after: (delayMs, fire) => {
        if (this.#state !== "alive") return () => {};
        const cancel = (): void => {
          this.#timers.delete(cancel);
          disarm();
        };
        const disarm = clock.after(delayMs, () => {
          this.#timers.delete(cancel);
          fire();
        });
        this.#timers.add(cancel);
        return cancel;
      },
    };
  }

  #net(): MediaNet {
    const { net } = this.#options;
    const alive =
      (receive: MediaReceiver): MediaReceiver =>
      (...packet) => {
        if (this.#state === "alive") receive(...packet);
      };
    return {
      bind: async (local, receive) => this.#own(await net.bind(local, alive(receive)), this),
      adopt: (parcel, receive) => {
        const home = this.#sockets.get(parcel.local.port)?.home ?? this;
        return this.#own(net.adopt(parcel, alive(receive)), home);
      },
    };
  }

  #own(inner: MediaSocket, home: InlineHost): MediaSocket {
    const { port } = inner.local;
    const { net } = this.#options;
    const entry: OpenSocket = { home, owner: this, close: () => inner.close(), handOver: () => inner.handOver() };
    this.#sockets.set(port, entry);
    return {
      local: inner.local,
      send: (bytes, length, to) => {
        if (this.#state === "alive") inner.send(bytes, length, to);
      },
      close: () => {
        if (this.#sockets.get(port) !== entry) return;
        this.#sockets.delete(port);
        inner.close();
      },
      handOver: () => {
        const parcel = inner.handOver();
        this.#sockets.set(port, { home, owner: undefined, close: () => net.adopt(parcel, () => {}).close(), handOver: () => parcel });
        return parcel;
      },
    };
  }
}
