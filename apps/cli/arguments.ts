// The command line's grammar, without effects.

import { BACKUP_USAGE, parseBackupArguments, type BackupCommand, type RestoreCommand } from "./backup-arguments.js";
import { EXPORT_USAGE, parseExportArguments, type ExportCommand } from "./export.js";
import type { TraceCommand } from "./trace.js";
import { CALL_USAGE, parseCallArguments, type CallCommand } from "./softphone/call-arguments.js";

export type Command =
  | CallCommand
  | TraceCommand
  | ExportCommand
  | BackupCommand
  | RestoreCommand
  | { readonly command: "serve" | "check"; readonly config?: string }
  | { readonly command: "help" | "version" }
  /** One line that says what is wrong; exit code 2. */
  | { readonly command: "misused"; readonly why: string };

export const USAGE = `Usage: ringward <command> [options]

Commands:
  serve           take calls until SIGTERM or SIGINT
  check           check settings, plugins and prompts, and say what was found
${CALL_USAGE}  trace CALL      draw the SIP of a call of a running server, by our id or a SIP Call-ID
    --full              whole messages below the ladder
    --url URL           where its HTTP is (http://127.0.0.1:8080); RINGWARD_API_TOKEN holds the token
${EXPORT_USAGE}${BACKUP_USAGE}
Options:
  --config FILE   settings (else RINGWARD_CONFIG, else the demo hospital)
  --help          print this
  --version       print the version
`;

/** Read by grammars of their own. */
const WITH_ARGUMENTS: ReadonlySet<string> = new Set(["call", "trace", "export", "backup", "restore"]);

const misused = (why: string): Command => ({ command: "misused", why: `${why} (ringward --help)` });

/** @param words what follows the program's name */
export function parseArguments(words: readonly string[]): Command {
  if (WITH_ARGUMENTS.has(words[0] ?? "") && words.includes("--help")) return { command: "help" };
  if (words[0] === "call") {
    const call = parseCallArguments(words.slice(1));
    return typeof call === "string" ? misused(call) : call;
  }
  if (words[0] === "trace") return parseTraceArguments(words.slice(1));
  if (words[0] === "export") {
    const read = parseExportArguments(words.slice(1));
    return typeof read === "string" ? misused(read) : read;
  }
  if (words[0] === "backup" || words[0] === "restore") {
    const read = parseBackupArguments(words[0], words.slice(1));
    return typeof read === "string" ? misused(read) : read;
  }
  let command: "serve" | "check" | undefined;
  let config: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--help" || word === "-h") return { command: "help" };
    if (word === "--version") return { command: "version" };
    if (word === "--config" || word.startsWith("--config=")) {
      const value = word === "--config" ? words[++i] : word.slice("--config=".length);
      if (value === undefined || value === "" || value.startsWith("--")) return misused("--config needs a file");
      if (config !== undefined) return misused("--config is given twice");
      config = value;
    } else if (word.startsWith("-")) return misused(`unknown option ${word}`);
    else if (command !== undefined) return misused(`unexpected ${JSON.stringify(word)}`);
    else if (word === "serve" || word === "check") command = word;
    else return misused(`unknown command ${JSON.stringify(word)}`);
  }
  if (command === undefined) return misused("a command is missing: serve, check, call, trace, export, backup or restore");
  return { command, ...(config === undefined ? {} : { config }) };
}

function parseTraceArguments(words: readonly string[]): Command {
  let call: string | undefined;
  let url: string | undefined;
  let full = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--full") full = true;
    else if (word === "--url") {
      url = words[++i];
      if (url === undefined || !/^https?:\/\/[^\s@]+$/.test(url)) return misused("--url needs http://host:port, without a password");
    } else if (word.startsWith("-")) return misused(`unknown option ${word}`);
    else if (call !== undefined) return misused(`unexpected ${JSON.stringify(word)}`);
    else call = word;
  }
  if (call === undefined) return misused("the id of a call is missing");
  return { command: "trace", call, full, ...(url === undefined ? {} : { url }) };
}
