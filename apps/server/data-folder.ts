// What lies where below the setting `data`.
import { resolve } from "node:path";

export interface DataFolder {
  readonly path: string;
  readonly store: string;
  readonly recordings: string;
  /** What was read aloud; may be thrown away. */
  readonly texts: string;
  /** The key that is kept outside the store: PINs are tried with it. */
  readonly key: string;
}

/** Absolute paths; nothing is made. */
export function dataFolder(path: string): DataFolder {
  return { path: resolve(path), store: resolve(path, "store"), recordings: resolve(path, "recordings"), texts: resolve(path, "tts"), key: resolve(path, "pepper") };
}
