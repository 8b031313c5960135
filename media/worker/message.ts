// What crosses between the main thread and a media worker.
import type { MediaCommand, MediaEvent } from "../engine/command.js";
import type { MediaNetChoice } from "../net/open-media-net.js";
import type { MediaSnapshot } from "../engine/media-engine.js";

/** A worker's start-up data. */
export interface MediaWorkerOptions {
  /** Bound and told to the far side: a numeric address. */
  readonly address: string;
  readonly portMin: number;
  readonly portMax: number;
  /** Folder of the tracks. */
  readonly recordingsDir: string;
  readonly jitterMs: number;
  /** Whose sockets. */
  readonly net: MediaNetChoice;
}

export type ToWorker =
  | { readonly type: "command"; readonly command: MediaCommand }
  | { readonly type: "snapshot"; readonly request: number }
  /** Closes all legs, then the worker ends by itself. */
  | { readonly type: "close" };

export type FromWorker =
  /** The first message. `unavailable`: why the sockets are not the C library's, where those were wanted. */
  | { readonly type: "started"; readonly net: "dgram" | "libc"; readonly unavailable?: string }
  | { readonly type: "event"; readonly event: MediaEvent }
  | { readonly type: "snapshot"; readonly request: number; readonly snapshot: MediaSnapshot }
  | { readonly type: "fault"; readonly message: string };
