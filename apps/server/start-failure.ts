// Whatever kept the server from starting, in one line for standard error.
import { HttpFault } from "../../core/http/problem.js";
import { KeyFileError } from "../../core/crypto/key-file.js";
import { PluginError } from "../../core/plugin-host/error.js";
import { PromptError } from "../../core/prompts/error.js";
import { StoreError } from "../../core/store/fault.js";
import { TrunkError } from "../../core/trunks/error.js";

/** The setting that an error of a part without settings belongs to. */
const SETTINGS: readonly (readonly [new (...args: never[]) => Error, string])[] = [
  [StoreError, "data"],
  [KeyFileError, "data"],
  [PromptError, "prompts"],
  [HttpFault, "http.listen"],
  [PluginError, "plugins"],
  [TrunkError, "trunks"],
];

/** `message (CODE)`, the setting in front where the message does not name it. */
export function describeStartFailure(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  const setting = SETTINGS.find(([kind]) => error instanceof kind)?.[1];
  const context = error instanceof TrunkError ? ` (${Object.entries(error.context).map(([name, value]) => `${name} ${value}`).join(", ")})` : "";
  const code = "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
  return oneLine(`${setting === undefined ? "" : `${setting}: `}${error.message}${context}${code}`);
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
