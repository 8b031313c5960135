// What lies where below the setting `data`.
import { resolve } from "node:path";

export interface DataFolder {
  readonly path: string;
  readonly store: string;
  readonly recordings: string;
  /** The key that is kept outside the store: PINs are tried with it. */
  readonly key: string;
}

/** Absolute paths; nothing is made. */
export function dataFolder(path: string): DataFolder {
  return { path: resolve(path), store: resolve(path, "store"), recordings: resolve(path, "recordings"), key: resolve(path, "pepper") };
}
