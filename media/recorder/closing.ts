import type { Clock } from "../../protocol/base/clock.js";

/** A disk that hangs must not keep a leg from ending. */
const CLOSE_MS_MAX = 5000;

/** Resolves when all tracks are closed, or after 5 s. */
export function closedInTime(tracks: ReadonlySet<Promise<void>>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(CLOSE_MS_MAX, resolve);
    void Promise.all(tracks).then(() => {
      cancel();
      resolve();
    });
  });
}
