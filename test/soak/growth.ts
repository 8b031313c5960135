// What a server holds now that it did not hold before.
import type { Holding } from "./measured-server.js";

/** Sockets of the HTTP and the store, timers and the like are counted; a file that is being written at that very moment is not. */
const TRANSIENT = new Set(["FSReqPromise", "FSReqCallback", "Immediate", "ELDHistogram"]);

/** One sentence for each thing that is more; of the heap where it has grown by more than `heapBytesMax`. */
export function growth(before: Holding, after: Holding, heapBytesMax: number): readonly string[] {
  const grown: string[] = [];
  const compare = (what: string, was: number, is: number): void => void (is > was && grown.push(`${what}: ${is} instead of ${was}`));
  compare("descriptors", before.descriptors, after.descriptors);
  for (const [kind, count] of Object.entries(after.resources)) if (!TRANSIENT.has(kind)) compare(kind, before.resources[kind] ?? 0, count);
  for (const [what, count] of Object.entries(after.load)) compare(what, 0, count);
  for (const [what, count] of Object.entries(after.media)) compare(`media ${what}`, 0, count);
  if (after.heapBytes - before.heapBytes > heapBytesMax) grown.push(`heap: ${mib(after.heapBytes)} MiB instead of ${mib(before.heapBytes)}`);
  return grown;
}

export const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);

/** The registrar waits for the next binding to expire: one timer for all. */
export const withBinding = (resources: Holding["resources"]): Holding["resources"] => ({ ...resources, Timeout: (resources["Timeout"] ?? 0) + 1 });
