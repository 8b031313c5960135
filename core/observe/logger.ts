import { pino, type DestinationStream, type LevelWithSilent } from "pino";
import type { PluginLog } from "../sdk/plugin.js";
import { maskFields } from "./mask.js";

export interface Logger extends PluginLog {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** A logger whose lines all carry these fields. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
  /** Writes out what is still held. */
  flush(): void;
}

export interface LoggerOptions {
  readonly level: LevelWithSilent;
  /** Standard error unless told: standard output has the line `ready` alone. */
  readonly to?: DestinationStream;
}

const STANDARD_ERROR = 2;

/** One JSON object a line: time (ISO 8601, UTC), level, message, then the fields, masked. */
export function createLogger(options: LoggerOptions): Logger {
  const held = options.to === undefined ? pino.destination({ fd: STANDARD_ERROR, sync: false, minLength: 0 }) : undefined;
  const root = pino(
    {
      level: options.level,
      base: null,
      messageKey: "message",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.to ?? held!,
  );
  return wrap(root, () => held?.flushSync());
}

function wrap(target: pino.Logger, flush: () => void): Logger {
  return {
    debug: (fields, message) => target.debug(maskFields(fields), message),
    info: (fields, message) => target.info(maskFields(fields), message),
    warn: (fields, message) => target.warn(maskFields(fields), message),
    error: (fields, message) => target.error(maskFields(fields), message),
    child: (fields) => wrap(target.child(maskFields(fields)), flush),
    flush,
  };
}
