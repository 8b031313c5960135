// The life of the process: start, ready, signals, end.
import type { Environment } from "../../core/config/environment.js";
import { holdLog, type HeldLog } from "./held-log.js";
import { openProduction, readyLine, type Production } from "./production.js";
import { readSettings } from "./settings.js";

export interface ServeOptions {
  readonly config: string | undefined;
  readonly environment: Environment;
  readonly version: string;
  /** One line of standard output. */
  print(line: string): void;
}

/** After a second signal the process ends when this has gone by, whatever is still open. */
const HURRY_MS = 1000;

/** Resolves when a signal has stopped the server. @throws what keeps it from starting */
export async function serve({ config, environment, version, print }: ServeOptions): Promise<void> {
  const settings = await readSettings(config, environment);
  const held = holdLog(settings.config.logLevel);
  const production = await openProduction(settings, { environment, version, log: held.log });
  held.release();
  surviveFaults(production, held);
  const stopped = stopOnSignal(production, held);
  print(readyLine(production));
  const { token, madeIn } = production.apiToken;
  if (madeIn !== undefined) print(`api-token ${token} (made now, told once, kept in ${madeIn})`);
  await stopped;
  held.flush();
}

/** Calls that run are worth more than a clean restart: what nobody caught is told and counted, and the server goes on. */
function surviveFaults(production: Production, { log }: HeldLog): void {
  const tell = (error: unknown): void => {
    production.countUncaught();
    log.error({ err: error }, "a fault that nobody expected; the server goes on");
  };
  process.on("uncaughtException", tell);
  process.on("unhandledRejection", tell);
}

function stopOnSignal(production: Production, { log, flush }: HeldLog): Promise<void> {
  return new Promise((resolve, reject) => {
    let signals = 0;
    const onSignal = (signal: NodeJS.Signals): void => {
      signals += 1;
      if (signals === 1) {
        log.info({ signal }, "stopping: no new calls, running ones may end");
        production.stop().then(resolve, reject);
        return;
      }
      log.warn({ signal }, "stopping at once");
      production.stop(0).then(resolve, reject);
      setTimeout(() => {
        flush();
        process.exit(0);
      }, HURRY_MS).unref();
    };
    const onRestart = (signal: NodeJS.Signals): void => {
      if (signals > 0) return;
      signals += 1;
      log.info({ signal }, "restarting: the next process goes on with the calls");
      production.suspend().then((calls) => {
        log.info({ calls }, "written down");
        flush();
        // What its handlers still wait for is nobody's any more.
        process.exit(0);
      }, reject);
    };
    process.on("SIGUSR2", onRestart);
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

