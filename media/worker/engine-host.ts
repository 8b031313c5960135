// One media engine as the pool sees it: in a thread of its own in production, inline in a simulation.
import type { EngineCommand, EngineEvent } from "../engine/handover.js";
import type { MediaSnapshot } from "../engine/media-engine.js";
import type { SocketParcel } from "../net/media-net.js";

export interface EngineHost {
  /** Without effect once it has ended. */
  post(command: EngineCommand): void;
  /** Undefined where it ends before it answers. */
  snapshot(): Promise<MediaSnapshot | undefined>;
  /** Answered by `onPong` as long as it is not stuck. */
  ping(): void;
  /** Ends it at once, as a crash would. `onEnded` follows. */
  kill(): void;
  /** Closes every leg and recording. `onEnded` follows. */
  close(): void;
}

/** Told in order, and never within a method of the host. */
export interface EngineHostListener {
  /** The first word. `unavailable`: what of the C library's sockets is not to be had, where they were wanted, and why. */
  onStarted(net: "dgram" | "libc", unavailable: string | undefined): void;
  onEvent(event: EngineEvent): void;
  onPong(): void;
  /** In words, for the log. */
  onFault(message: string): void;
  /** The last word. `sockets` outlived it and are the listener's now; all others are closed. */
  onEnded(why: string, sockets: readonly SocketParcel[]): void;
}

/** @param index of the worker, 0 the first: its share of the ports */
export type StartHost = (index: number, listener: EngineHostListener) => EngineHost;
