#!/usr/bin/env node
// `ringward`: the command line.
import { readFileSync } from "node:fs";
import { checkSettings } from "../server/check.js";
import { serve } from "../server/serve.js";
import { describeStartFailure } from "../server/start-failure.js";
import { parseArguments, USAGE } from "./arguments.js";
import { backupLines, restoreLines } from "./backup.js";
import { exportLines } from "./export.js";
import { openServerAccess } from "./server-access.js";
import { traceLines } from "./trace.js";
import { openCatalog } from "../../media/codec/open-catalog.js";
import type { CallCommand } from "./softphone/call-arguments.js";
import { Softphone } from "./softphone/softphone.js";

const OK = 0;
const FAILED = 1;
const MISUSED = 2;

const version = (JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as { version: string }).version;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`ringward: ${line}\n`);

async function run(words: readonly string[]): Promise<number> {
  const command = parseArguments(words);
  switch (command.command) {
    case "help":
      process.stdout.write(USAGE);
      return OK;
    case "version":
      print(version);
      return OK;
    case "misused":
      complain(command.why);
      return MISUSED;
    case "call":
      return call(command);
    case "trace":
      (await traceLines(openServerAccess({ url: command.url, environment: process.env }), command)).forEach(print);
      return OK;
    case "export":
      for await (const line of exportLines(openServerAccess({ url: command.url, environment: process.env }), command)) print(line);
      return OK;
    case "backup":
      (await backupLines(command, { environment: process.env, version, nowUtcMs: Date.now() })).forEach(print);
      return OK;
    case "restore":
      (await restoreLines(command, process.env)).forEach(print);
      return OK;
    case "check": {
      const { lines, whole } = await checkSettings(command.config, process.env);
      lines.forEach(print);
      return whole ? OK : FAILED;
    }
    case "serve":
      await serve({ config: command.config, environment: process.env, version, print });
      return OK;
    default:
      return command satisfies never;
  }
}

/** Exit code 0 where it was answered, 1 where not. Ctrl-C hangs up. */
async function call(command: CallCommand): Promise<number> {
  const { codecs } = await openCatalog();
  if (command.codec !== undefined && codecs(command.codec, "") === undefined) {
    complain(`--codec ${command.codec}: this machine lacks it${command.codec === "opus" ? " (Debian's libopus0)" : ""}`);
    return FAILED;
  }
  const softphone = new Softphone(command, codecs, print);
  process.once("SIGINT", () => softphone.hangup());
  process.once("SIGTERM", () => softphone.hangup());
  return (await softphone.run()).answered ? OK : FAILED;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  complain(describeStartFailure(error));
  process.exitCode = FAILED;
}
