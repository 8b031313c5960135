// The built-in voice: Debian's espeak-ng as a child process for each text. The text goes in by its standard input and the words of
// the command line are ours alone, so that no text can be an option.
import { spawn, type ChildProcess } from "node:child_process";
import type { Language } from "../speech/part.js";
import { TtsError } from "./error.js";
import { WAV_BYTES_MAX, type TtsVoice } from "./voice.js";

export interface EspeakOptions {
  /** `espeak-ng` unless told: looked for in PATH. */
  readonly program?: string;
  /** 5000 unless told. */
  readonly timeoutMs?: number;
}

/** As the recordings that are shipped (core/prompts/synthesise.mjs): what is synthesised stands among them. */
const VOICES: Readonly<Record<Language, readonly string[]>> = { "zh-CN": ["-v", "cmn-latn-pinyin", "-s", "150"], en: ["-v", "en-gb", "-s", "145"] };

export class EspeakVoice implements TtsVoice {
  readonly name = "espeak-ng";
  readonly #program: string;
  readonly #timeoutMs: number;

  constructor({ program = "espeak-ng", timeoutMs = 5000 }: EspeakOptions = {}) {
    this.#program = program;
    this.#timeoutMs = timeoutMs;
  }

  read(text: string, language: Language): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      // The signal that the time limit sends can't be caught.
      const child = spawn(this.#program, [...VOICES[language], "--stdin", "--stdout"], { stdio: ["pipe", "pipe", "ignore"], timeout: this.#timeoutMs, killSignal: "SIGKILL" });
      child.once("error", (cause: NodeJS.ErrnoException) => reject(cause.code === "ENOENT" ? new TtsError("TTS_ABSENT", `${this.#program} is not installed: texts without a recording are not heard`, { cause }) : new TtsError("TTS_FAILED", `${this.#program} could not be run: ${cause.code ?? cause.name}`)));
      const chunks = this.#collect(child, reject);
      child.once("close", (status, signal) => {
        if (signal === "SIGKILL") reject(new TtsError("TTS_TIMEOUT", `${this.#program} took longer than ${this.#timeoutMs} ms`));
        else if (status !== 0) reject(new TtsError("TTS_FAILED", `${this.#program} ended with ${status ?? signal}`));
        else resolve(Buffer.concat(chunks));
      });
      // A child that is gone already reads nothing; its end says why.
      child.stdin!.on("error", () => undefined);
      child.stdin!.end(`${text}\n`);
    });
  }

  #collect(child: ChildProcess, reject: (error: TtsError) => void): readonly Buffer[] {
    const chunks: Buffer[] = [];
    let bytes = 0;
    child.stdout!.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= WAV_BYTES_MAX) chunks.push(chunk);
      else if (!child.killed) {
        reject(new TtsError("TTS_SIZE", `${this.#program} gave more than ${WAV_BYTES_MAX} bytes`));
        child.kill("SIGKILL");
      }
    });
    return chunks;
  }
}
