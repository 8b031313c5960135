// One worker's place in the pool: started, watched, started again when it died.
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { EngineCommand, EngineEvent } from "../engine/handover.js";
import type { MediaSnapshot } from "../engine/media-engine.js";
import type { SocketParcel } from "../net/media-net.js";
import type { EngineHost, StartHost } from "./engine-host.js";

export interface WorkerSlotOptions {
  readonly index: number;
  readonly clock: Clock;
  readonly start: StartHost;
  readonly owner: WorkerSlotOwner;
}

export interface WorkerSlotOwner {
  /** It was started and takes commands, the first ones now. */
  onStarting(slot: WorkerSlot): void;
  onStarted(slot: WorkerSlot, net: "dgram" | "libc", unavailable: string | undefined): void;
  onEvent(slot: WorkerSlot, event: EngineEvent): void;
  onFault(message: string): void;
  /** It died with all its legs; `sockets` outlived it. Another one follows, unless it was asked to close. */
  onDied(slot: WorkerSlot, sockets: readonly SocketParcel[]): void;
}

/** A worker that dies at once is started again after this, doubled each time, until one lives for as long. */
const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 10_000;
/** A worker that does not close within this is ended. */
const CLOSE_MS_MAX = 6000;
/** It is asked for a sign of life so often, and ended when so many questions in a row have no answer: it plays to nobody. */
const PING_MS = 500;
const PINGS_MISSED_MAX = 4;
/** A loaded machine reads a worker's modules slowly; before it says that it has started it is not asked. */
const START_MS_MAX = 30_000;

export class WorkerSlot {
  readonly index: number;
  /** Legs that it has. */
  legs = 0;
  /** Legs that were given to it so far. */
  placed = 0;
  restarts = 0;
  hangs = 0;
  readonly #options: WorkerSlotOptions;
  #host: EngineHost | undefined;
  #restartMs = RESTART_MS_MIN;
  #cancelTimer: Cancel = () => {};
  #cancelWatch: Cancel = () => {};
  #ready = false;
  #missed = 0;
  #closing = false;
  #onClosed: () => void = () => {};

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
    this.index = options.index;
  }

  /** It has said that it started. */
  get ready(): boolean {
    return this.#ready;
  }

  get alive(): boolean {
    return this.#host !== undefined && !this.#closing;
  }

  start(): void {
    const { index, clock, owner } = this.#options;
    this.#cancelTimer = clock.after(this.#restartMs, () => (this.#restartMs = RESTART_MS_MIN));
    this.#host = this.#options.start(index, {
      onStarted: (net, unavailable) => {
        this.#ready = true;
        this.#watch();
        owner.onStarted(this, net, unavailable);
      },
      onEvent: (event) => owner.onEvent(this, event),
      onPong: () => (this.#missed = 0),
      onFault: (message) => owner.onFault(`media worker ${index}: ${message}`),
      onEnded: (why, sockets) => this.#ended(why, sockets),
    });
    this.#cancelWatch = clock.after(START_MS_MAX, () => this.#stuck("did not start"));
    owner.onStarting(this);
  }

  post(command: EngineCommand): void {
    this.#host?.post(command);
  }

  /** The worker's counters; undefined where it does not live. */
  snapshot(): Promise<MediaSnapshot | undefined> {
    return this.#host?.snapshot() ?? Promise.resolve(undefined);
  }

  /** Ends it at once, as a crash would. */
  kill(): void {
    this.#host?.kill();
  }

  /** Closes every leg and recording; resolves when it has ended. No other one follows. */
  close(): Promise<void> {
    this.#closing = true;
    this.#cancelTimer();
    this.#cancelWatch();
    const host = this.#host;
    if (host === undefined) return Promise.resolve();
    this.#cancelTimer = this.#options.clock.after(CLOSE_MS_MAX, () => host.kill());
    return new Promise((resolve) => {
      this.#onClosed = resolve;
      host.close();
    });
  }

  #watch(): void {
    this.#cancelWatch();
    this.#missed = 0;
    const ask = (): void => {
      if (this.#missed >= PINGS_MISSED_MAX) return this.#stuck(`gave no sign of life for ${PINGS_MISSED_MAX * PING_MS} ms`);
      this.#missed += 1;
      this.#cancelWatch = this.#options.clock.after(PING_MS, ask);
      this.#host?.ping();
    };
    ask();
  }

  #stuck(how: string): void {
    this.hangs += 1;
    this.#options.owner.onFault(`media worker ${this.index} ${how} and is ended`);
    this.#host?.kill();
  }

  #ended(why: string, sockets: readonly SocketParcel[]): void {
    const { clock, owner, index } = this.#options;
    this.#host = undefined;
    this.#ready = false;
    this.#cancelTimer();
    this.#cancelWatch();
    if (!this.#closing) owner.onFault(`media worker ${index} ${why}; another one starts in ${this.#restartMs} ms`);
    owner.onDied(this, sockets);
    if (this.#closing) return this.#onClosed();
    this.#cancelTimer = clock.after(this.#restartMs, () => {
      this.restarts += 1;
      this.start();
    });
    this.#restartMs = Math.min(RESTART_MS_MAX, this.#restartMs * 2);
  }
}
