// A voice behind HTTP: POST {"text", "language", "voice"} as JSON, answered by 200 and a WAV.
import type { Language } from "../speech/part.js";
import { TtsError } from "./error.js";
import { WAV_BYTES_MAX, type TtsVoice } from "./voice.js";

export interface HttpVoiceOptions {
  readonly url: string;
  /** What the service calls its voice, by language; left out where it is not told. */
  readonly voices?: Partial<Readonly<Record<Language, string>>> | undefined;
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
  readonly timeoutMs: number;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

export class HttpVoice implements TtsVoice {
  readonly #options: HttpVoiceOptions;

  constructor(options: HttpVoiceOptions) {
    this.#options = options;
  }

  get name(): string {
    return `http ${new URL(this.#options.url).host} ${JSON.stringify(this.#options.voices ?? {})}`;
  }

  async read(text: string, language: Language): Promise<Uint8Array> {
    const { url, voices, token, timeoutMs, fetch } = this.#options;
    const voice = voices?.[language];
    // The deadline covers the body too.
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "audio/wav", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ text, language, ...(voice === undefined ? {} : { voice }) }),
        // A redirection would carry text and token to somebody else.
        redirect: "error",
        signal,
      });
      if (!response.ok) throw new TtsError("TTS_FAILED", `the voice's service answered ${response.status}`);
      return await bounded(response);
    } catch (error) {
      if (error instanceof TtsError) throw error;
      if (signal.aborted) throw new TtsError("TTS_TIMEOUT", `the voice's service took longer than ${timeoutMs} ms`);
      // What fetch says may hold the address with its query; its cause's code says enough.
      const cause = (error as { cause?: { code?: unknown } }).cause?.code;
      throw new TtsError("TTS_FAILED", `the voice's service can't be reached${typeof cause === "string" ? `: ${cause}` : ""}`);
    }
  }
}

async function bounded(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (response.body !== null)
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > WAV_BYTES_MAX) throw new TtsError("TTS_SIZE", `the voice's service gave more than ${WAV_BYTES_MAX} bytes`);
      chunks.push(chunk);
    }
  return Buffer.concat(chunks);
}
