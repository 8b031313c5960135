// Log lines wait until it is clear that the server starts: a start that fails says one line and nothing else.
import { pino } from "pino";
import { createLogger, type Logger } from "../../core/observe/logger.js";
import type { Config } from "../../core/config/schema.js";

const STANDARD_ERROR = 2;
/** Of one start; what is above is dropped, newest first. */
const LINES_MAX = 1000;

export interface HeldLog {
  readonly log: Logger;
  /** Writes what waited, and from here on everything at once. */
  release(): void;
  flush(): void;
}

export function holdLog(level: Config["logLevel"]): HeldLog {
  let held: string[] | undefined = [];
  const error = pino.destination({ fd: STANDARD_ERROR, sync: false, minLength: 0 });
  const log = createLogger({
    level,
    to: {
      write: (line) => {
        if (held === undefined) error.write(line);
        else if (held.length < LINES_MAX) held.push(line);
      },
    },
  });
  return {
    log,
    release: () => {
      for (const line of held ?? []) error.write(line);
      held = undefined;
    },
    flush: () => error.flushSync(),
  };
}
