// A media engine in a worker thread.
import { Worker } from "node:worker_threads";
import type { EngineCommand } from "../engine/handover.js";
import type { MediaSnapshot } from "../engine/media-engine.js";
import { DescriptorLedger, ledgerBytes } from "../net/libc/descriptor-ledger.js";
import type { Libc } from "../net/libc/libc.js";
import { salvageSockets } from "../net/libc/salvage.js";
import type { EngineHost, EngineHostListener } from "./engine-host.js";
import type { FromWorker, MediaWorkerOptions, ToWorker } from "./message.js";
import { channelsOf } from "./parcel-channels.js";

export interface ThreadHostOptions extends Omit<MediaWorkerOptions, "ledger"> {
  /** To take up the sockets of a thread that died, where they may be the C library's. */
  readonly libc: Libc | undefined;
  /** Sockets that the thread may have open at a time: its own ports' and those that it adopts. */
  readonly socketsMax: number;
  /** What the thread runs; for tests. */
  readonly entry?: URL;
}

const ENTRY = new URL("./entry.js", import.meta.url);

export class ThreadHost implements EngineHost {
  readonly #worker: Worker;
  readonly #listener: EngineHostListener;
  readonly #snapshots = new Map<number, (snapshot: MediaSnapshot | undefined) => void>();
  #requests = 0;
  #ended = false;

  constructor({ libc, socketsMax, entry = ENTRY, ...options }: ThreadHostOptions, listener: EngineHostListener) {
    this.#listener = listener;
    const ledger = new SharedArrayBuffer(ledgerBytes(socketsMax));
    // What is preloaded into the main thread has no business here, and would make a start after a death slow.
    this.#worker = new Worker(entry, { execArgv: [], workerData: { ...options, ledger } satisfies MediaWorkerOptions });
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error) => listener.onFault(error instanceof Error ? (error.stack ?? error.message) : String(error)));
    this.#worker.on("exit", (code) => {
      this.#ended = true;
      for (const resolve of this.#snapshots.values()) resolve(undefined);
      this.#snapshots.clear();
      listener.onEnded(`ended with code ${code}`, libc === undefined ? [] : salvageSockets(libc, new DescriptorLedger(ledger)));
    });
  }

  post(command: EngineCommand): void {
    this.#send({ type: "command", command }, command.type === "leg.adopt" ? channelsOf(command.parcel) : []);
  }

  snapshot(): Promise<MediaSnapshot | undefined> {
    if (this.#ended) return Promise.resolve(undefined);
    const request = this.#requests++;
    return new Promise((resolve) => {
      this.#snapshots.set(request, resolve);
      this.#send({ type: "snapshot", request });
    });
  }

  ping(): void {
    this.#send({ type: "ping" });
  }

  kill(): void {
    void this.#worker.terminate();
  }

  close(): void {
    this.#send({ type: "close" });
  }

  #receive(message: FromWorker): void {
    const listener = this.#listener;
    switch (message.type) {
      case "event":
        return listener.onEvent(message.event);
      case "snapshot":
        this.#snapshots.get(message.request)?.(message.snapshot);
        this.#snapshots.delete(message.request);
        return;
      case "started":
        return listener.onStarted(message.net, message.unavailable);
      case "pong":
        return listener.onPong();
      case "fault":
        return listener.onFault(message.message);
      default:
        return message satisfies never;
    }
  }

  #send(message: ToWorker, transfer: Parameters<Worker["postMessage"]>[1] = []): void {
    if (!this.#ended) this.#worker.postMessage(message, transfer);
  }
}
