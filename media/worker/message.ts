// What crosses between the main thread and a media worker.
import type { EngineCommand, EngineEvent } from "../engine/handover.js";
import type { MediaSnapshot } from "../engine/media-engine.js";
import type { MediaNetChoice } from "../net/open-media-net.js";
import type { PortRange } from "./port-share.js";

/** A worker's start-up data. */
export interface MediaWorkerOptions extends PortRange {
  /** Bound and told to the far side: a numeric address. */
  readonly address: string;
  /** Folder of the tracks. */
  readonly recordingsDir: string;
  readonly jitterMs: number;
  /** Whose sockets. */
  readonly net: MediaNetChoice;
  /** Where the C library's descriptors are noted, see `DescriptorLedger`. */
  readonly ledger: SharedArrayBuffer;
}

export type ToWorker =
  | { readonly type: "command"; readonly command: EngineCommand }
  | { readonly type: "snapshot"; readonly request: number }
  | { readonly type: "ping" }
  /** Closes all legs, then the worker ends by itself. */
  | { readonly type: "close" };

export type FromWorker =
  /** The first message. `unavailable`: what of the C library's sockets is not to be had, where they were wanted, and why. */
  | { readonly type: "started"; readonly net: "dgram" | "libc"; readonly unavailable?: string }
  | { readonly type: "event"; readonly event: EngineEvent }
  | { readonly type: "snapshot"; readonly request: number; readonly snapshot: MediaSnapshot }
  | { readonly type: "pong" }
  | { readonly type: "fault"; readonly message: string };
