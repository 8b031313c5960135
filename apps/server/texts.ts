// The voice that reads what has no recording, by the settings.
import { createHmac } from "node:crypto";
import type { Config } from "../../core/config/schema.js";
import type { Logger } from "../../core/observe/logger.js";
import { TtsError } from "../../core/tts/error.js";
import { EspeakVoice } from "../../core/tts/espeak-voice.js";
import { HttpVoice } from "../../core/tts/http-voice.js";
import { TextReader } from "../../core/tts/reader.js";
import { SoundCache } from "../../core/tts/sound-cache.js";

export interface TextsOptions {
  /** Of the cache. */
  readonly folder: string;
  /** Without it nobody can tell from a file's name whose name it holds. */
  readonly key: Uint8Array;
  readonly utcMs: () => number;
  readonly log: Pick<Logger, "warn">;
}

/** Undefined where the settings want none. */
export async function openTexts(settings: Config["tts"], { folder, key, utcMs, log }: TextsOptions): Promise<TextReader | undefined> {
  const { voice, url, token, voices, timeoutMs, cacheMb } = settings;
  if (voice === "none") return undefined;
  return new TextReader({
    voice: voice === "http" ? new HttpVoice({ url: url!, token, voices, timeoutMs, fetch }) : new EspeakVoice({ timeoutMs }),
    cache: await SoundCache.open({ folder, bytesMax: cacheMb * 1_000_000, utcMs }),
    keyOf: (text) => createHmac("sha256", key).update(text).digest("hex"),
    // The text is not in it: it may be a person's name.
    onFault: (error) => log.warn({ code: error instanceof TtsError ? error.code : undefined, why: (error as Error).message }, "a text without a recording could not be read, and was not heard"),
  });
}
