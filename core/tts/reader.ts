// Text to what a leg plays: from memory, from the cache, else by the voice, once at a time for one text.
import type { Language } from "../speech/part.js";
import type { PlayedSound } from "../../media/player/played-sound.js";
import { readRecording } from "../prompts/recording.js";
import { saturate } from "../../media/dsp/level.js";
import { levelOf } from "../../media/dsp/voice/level-meter.js";
import { TtsError } from "./error.js";
import type { SoundCache } from "./sound-cache.js";
import { checkText, type TtsVoice } from "./voice.js";

export interface TextReaderOptions {
  readonly voice: TtsVoice;
  readonly cache?: SoundCache;
  /** A keyed hash as 64 hex digits: names of patients and doctors can't be guessed from it. */
  readonly keyOf: (text: string) => string;
  /** Told once a text that could not be read; without the text. */
  readonly onFault: (error: unknown) => void;
  /** Sound kept in memory; 16 MB unless told. */
  readonly memoryBytesMax?: number;
  /** Voices that read at a time; one more waits for none and is not read. 4 unless told. */
  readonly readsMax?: number;
}

export class TextReader {
  readonly #options: TextReaderOptions;
  /** The least lately used first. */
  readonly #sounds = new Map<string, PlayedSound>();
  readonly #reading = new Map<string, Promise<PlayedSound | undefined>>();
  #bytes = 0;

  constructor(options: TextReaderOptions) {
    this.#options = options;
  }

  /** Of a text that `read` made ready. */
  sound(text: string, language: Language): PlayedSound | undefined {
    return this.#sounds.get(this.#keyOf(text, language));
  }

  /** Resolves when `sound` knows the text, or with undefined where it can't be read; never rejects. */
  async read(text: string, language: Language): Promise<PlayedSound | undefined> {
    const key = this.#keyOf(text, language);
    const known = this.#sounds.get(key);
    if (known !== undefined) {
      this.#keep(key, known);
      return known;
    }
    const running = this.#reading.get(key);
    if (running !== undefined) return running;
    if (this.#reading.size >= (this.#options.readsMax ?? 4)) {
      this.#options.onFault(new TtsError("TTS_TIMEOUT", "too many texts are read at a time"));
      return undefined;
    }
    const reading = this.#make(key, text, language).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  async #make(key: string, text: string, language: Language): Promise<PlayedSound | undefined> {
    const { voice, cache, onFault } = this.#options;
    try {
      const clean = checkText(text);
      const cached = await this.#cached(key);
      const wav = cached === undefined ? await voice.read(clean, language) : undefined;
      const sound = cached ?? (await soundOf(wav!));
      atSpeechLevel(sound);
      this.#keep(key, sound);
      if (wav !== undefined) await cache?.put(key, wav).catch(onFault);
      return sound;
    } catch (error) {
      onFault(error);
      return undefined;
    }
  }

  /** A file that a crash or a full disk spoilt is none: the voice reads again, and writes over it. */
  async #cached(key: string): Promise<PlayedSound | undefined> {
    const wav = await this.#options.cache?.get(key);
    return wav === undefined ? undefined : soundOf(wav).catch(() => undefined);
  }

  #keep(key: string, kept: PlayedSound): void {
    const before = this.#sounds.get(key);
    if (before !== undefined) this.#bytes -= bytesOf(before);
    this.#sounds.delete(key);
    this.#sounds.set(key, kept);
    this.#bytes += bytesOf(kept);
    for (const [oldest, sound] of this.#sounds) {
      if (this.#bytes <= (this.#options.memoryBytesMax ?? 16_000_000) || oldest === key) return;
      this.#sounds.delete(oldest);
      this.#bytes -= bytesOf(sound);
    }
  }

  #keyOf(text: string, language: Language): string {
    return this.#options.keyOf(`${this.#options.voice.name}\n${language}\n${text}`);
  }
}

const soundOf = (wav: Uint8Array): Promise<PlayedSound> =>
  readRecording(wav, "what the voice gave").catch((cause: unknown) => {
    throw new TtsError("TTS_FAILED", (cause as Error).message, { cause });
  });

const NONE = new Int16Array(0);

const bytesOf = ({ samples, wide = NONE }: PlayedSound): number => samples.byteLength + wide.byteLength;

/** As the recordings that it stands among. */
const LEVEL_DBM0 = -16;
const PEAK_MAX = 30_000;
const FRAME = 160;

/** By the 20 ms frames that are speech, pauses left out. */
function atSpeechLevel({ samples, wide }: PlayedSound): void {
  const powers: number[] = [];
  let peak = 1;
  for (let at = 0; at + FRAME <= samples.length; at += FRAME) {
    let sum = 0;
    for (let i = at; i < at + FRAME; i++) {
      sum += samples[i]! * samples[i]!;
      peak = Math.max(peak, Math.abs(samples[i]!));
    }
    powers.push(sum / FRAME);
  }
  const loudest = powers.reduce((most, power) => Math.max(most, power), 0);
  if (loudest === 0) return;
  const speech = powers.filter((power) => power > loudest / 1000);
  const factor = Math.min(10 ** ((LEVEL_DBM0 - levelOf(speech.reduce((a, b) => a + b, 0) / speech.length)) / 20), PEAK_MAX / peak);
  for (const sound of [samples, wide ?? NONE]) for (let i = 0; i < sound.length; i++) sound[i] = saturate(sound[i]! * factor);
}
