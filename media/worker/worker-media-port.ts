// The media plane in a thread of its own, seen from the main thread.
import { Worker } from "node:worker_threads";
import type { Cancel, Clock } from "../../protocol/base/clock.js";
import type { LegId, MediaCommand, MediaEvent, MediaPort } from "../engine/command.js";
import { NO_COUNTERS } from "../engine/leg-counters.js";
import type { MediaSnapshot } from "../engine/media-engine.js";
import type { FromWorker, MediaWorkerOptions, ToWorker } from "./message.js";

export interface WorkerMediaPortOptions extends MediaWorkerOptions {
  readonly clock: Clock;
  /** Told at each start of a worker whose sockets it uses; see `FromWorker` "started". */
  readonly onStarted?: (net: "dgram" | "libc", unavailable: string | undefined) => void;
  /** Told in words what went wrong in the worker, and that it was started again. */
  readonly onFault?: (message: string) => void;
}

/** A worker that dies at once is started again after this, doubled each time, until one lives for as long. */
const RESTART_MS_MIN = 100;
const RESTART_MS_MAX = 10_000;
/** A worker that does not close within this is ended. */
const CLOSE_MS_MAX = 6000;
const ENTRY = new URL("./entry.js", import.meta.url);

/**
 * A worker that dies takes its legs with it: each is told as `leg.failed` or `leg.closed`, and another worker begins
 * with the same prompts.
 */
export class WorkerMediaPort implements MediaPort {
  readonly #options: WorkerMediaPortOptions;
  /** Prompts as loaded, for the next worker. */
  readonly #prompts = new Map<string, MediaCommand>();
  /** Legs of the worker, and whether they are open yet. */
  readonly #legs = new Map<LegId, "opening" | "open">();
  readonly #snapshots = new Map<number, (snapshot: MediaSnapshot | undefined) => void>();
  #worker: Worker | undefined;
  #listener: (event: MediaEvent) => void = () => {};
  #requests = 0;
  #restarts = 0;
  #restartMs = RESTART_MS_MIN;
  #cancelRestart: Cancel | undefined;
  #closing = false;
  #onClosed: () => void = () => {};

  constructor(options: WorkerMediaPortOptions) {
    this.#options = options;
    this.#start();
  }

  /** How often a dead worker was replaced. */
  get restarts(): number {
    return this.#restarts;
  }

  onEvent(listener: (event: MediaEvent) => void): void {
    this.#listener = listener;
  }

  send(command: MediaCommand): void {
    if (command.type === "prompt.load") this.#prompts.set(command.prompt, command);
    if (this.#worker === undefined || this.#closing) {
      const failed = command.type === "leg.open" ? command.leg : undefined;
      if (failed !== undefined) queueMicrotask(() => this.#tell({ type: "leg.failed", leg: failed, reason: "worker" }));
      return;
    }
    if (command.type === "leg.open" && !this.#legs.has(command.leg)) this.#legs.set(command.leg, "opening");
    this.#post({ type: "command", command });
  }

  /** The worker's counters; undefined where it does not live. */
  snapshot(): Promise<MediaSnapshot | undefined> {
    if (this.#worker === undefined) return Promise.resolve(undefined);
    const request = this.#requests++;
    return new Promise((resolve) => {
      this.#snapshots.set(request, resolve);
      this.#post({ type: "snapshot", request });
    });
  }

  /** Ends the worker at once, as a crash would: for one that hangs. Another one starts. */
  terminate(): void {
    void this.#worker?.terminate();
  }

  /** Closes every leg and recording, then the worker; resolves when it has ended. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#cancelRestart?.();
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => (this.#onClosed = resolve));
    const cancel = this.#options.clock.after(CLOSE_MS_MAX, () => void worker.terminate());
    this.#post({ type: "close" });
    await ended;
    cancel();
  }

  #start(): void {
    const { address, portMin, portMax, recordingsDir, jitterMs, net, clock } = this.#options;
    const workerData: MediaWorkerOptions = { address, portMin, portMax, recordingsDir, jitterMs, net };
    const worker = new Worker(ENTRY, { workerData });
    this.#worker = worker;
    worker.on("message", (message: FromWorker) => this.#receive(message));
    worker.on("error", (error) => this.#options.onFault?.(`media worker: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`));
    worker.on("exit", (code) => this.#ended(worker, code));
    const cancel = clock.after(this.#restartMs, () => (this.#restartMs = RESTART_MS_MIN));
    worker.once("exit", cancel);
    for (const command of this.#prompts.values()) this.#post({ type: "command", command });
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "event":
        if (message.event.type === "leg.opened") this.#legs.set(message.event.leg, "open");
        else if (message.event.type === "leg.failed" || message.event.type === "leg.closed" || message.event.type === "leg.suspended") this.#legs.delete(message.event.leg);
        return this.#tell(message.event);
      case "snapshot":
        this.#snapshots.get(message.request)?.(message.snapshot);
        this.#snapshots.delete(message.request);
        return;
      case "started":
        return this.#options.onStarted?.(message.net, message.unavailable);
      case "fault":
        return this.#options.onFault?.(`media worker: ${message.message}`);
      default:
        return message satisfies never;
    }
  }

  #ended(worker: Worker, code: number): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    for (const [leg, state] of this.#legs) this.#tell(state === "open" ? { type: "leg.closed", leg, counters: NO_COUNTERS } : { type: "leg.failed", leg, reason: "worker" });
    this.#legs.clear();
    for (const resolve of this.#snapshots.values()) resolve(undefined);
    this.#snapshots.clear();
    if (this.#closing) return this.#onClosed();
    this.#options.onFault?.(`media worker ended with code ${code}; another one starts in ${this.#restartMs} ms`);
    this.#cancelRestart = this.#options.clock.after(this.#restartMs, () => {
      this.#restarts += 1;
      this.#start();
    });
    this.#restartMs = Math.min(RESTART_MS_MAX, this.#restartMs * 2);
  }

  /** A listener that throws is told of and breaks nothing. */
  #tell(event: MediaEvent): void {
    try {
      this.#listener(event);
    } catch (error) {
      this.#options.onFault?.(`media event ${event.type}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }
}
