// `ringward check`: reads everything that a start reads, opens nothing, and says what it found.
import { formatEndpoint } from "../../protocol/base/endpoint.js";
import type { Environment } from "../../core/config/environment.js";
import { loadAllPrompts } from "./prompts.js";
import { readSettings } from "./settings.js";

export interface CheckReport {
  readonly lines: readonly string[];
  /** Nothing is missing. */
  readonly whole: boolean;
}

/** @throws what a start would throw: one line that says which setting. */
export async function checkSettings(file: string | undefined, environment: Environment): Promise<CheckReport> {
  const settings = await readSettings(file, environment);
  const { config, plugins } = settings;
  const prompts = await loadAllPrompts(plugins, settings.promptsFolder);
  const missing = prompts.missing();
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
  const lines = [
    `settings  ${settings.file}`,
    `addresses SIP ${formatEndpoint(config.sip.listen)}, RTP ${config.rtp.address} ports ${config.rtp.portMin}-${config.rtp.portMax}, HTTP ${formatEndpoint(config.http.listen)}`,
    `hospital  ${config.hospital.name}: ${config.hospital.numbers.map(({ number, language }) => `${number} (${language})`).join(", ")}`,
    `access    ${count(config.trunks.length, "trunk")}, ${count(config.phones.length, "phone")}`,
    `plugins   ${plugins.map(({ name }) => name).join(", ") || "none"}`,
    `prompts   ${count(prompts.size, "recording")}, ${missing.length} missing`,
    ...missing.map((id) => `missing   ${id}`),
    ...prompts.strangers.map((id) => `unused    ${id}: replaces no recording of that name`),
  ];
  return { lines, whole: missing.length === 0 };
}
