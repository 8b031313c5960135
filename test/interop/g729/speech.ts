// Ten minutes and more of 8 kHz speech in several languages: Debian's recorded prompts, one synthetic voice, and all of it
// again under noise.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SimRandom } from "../../../protocol/base/sim-random.js";

const SOUNDS = "/usr/share/asterisk/sounds";
const LANGUAGES = ["en", "fr", "ru"] as const;
const LANGUAGE_S = 120;
const MANDARIN = "您好，欢迎致电示范医院。预约挂号请按一，查询检验结果请按二，账单与缴费请按三，人工服务请按零。您前面还有三位来电者，预计等待五分钟。";

/** The reason to give to tap's `skip` where a language's prompts lack. */
export function missingSpeech(): string | false {
  const missing = LANGUAGES.filter((language) => folderOf(language) === undefined).map((language) => `asterisk-core-sounds-${language}-wav`);
  if (missing.length === 0) return false;
  if (process.env["CI"] === "true") throw new Error(`not installed: ${missing.join(", ")} (npm run peers)`);
  return `not installed: ${missing.join(", ")} (npm run peers)`;
}

const folderOf = (language: string): string | undefined => (existsSync(SOUNDS) ? readdirSync(SOUNDS).find((name) => name.startsWith(`${language}_`) && readdirSync(join(SOUNDS, name)).some((file) => file.endsWith(".wav"))) : undefined);

/** Debian's prompts of a language, in order of their names. */
export function speechFiles(language: (typeof LANGUAGES)[number]): string[] {
  const at = join(SOUNDS, folderOf(language)!);
  return readdirSync(at)
    .filter((file) => file.endsWith(".wav"))
    .sort()
    .map((file) => join(at, file));
}

const RAW = ["-t", "raw", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed"];

/** Clean speech and then the same with pink noise 15 dB below it, about 12 minutes; `folder` is for what lies between. */
export function makeSpeech(folder: string): Buffer {
  const parts = LANGUAGES.map((language) => {
    const part = join(folder, `${language}.raw`);
    execFileSync("sox", ["-R", ...speechFiles(language), ...RAW, part, "trim", "0", String(LANGUAGE_S)], { stdio: "pipe" });
    return part;
  });
  const clean = Buffer.concat([...parts.map((part) => readFileSync(part)), makeMandarin(folder)]);
  const noise = join(folder, "noise.raw");
  execFileSync("sox", ["-R", "-n", ...RAW, noise, "synth", "10", "pinknoise", "vol", "0.05"], { stdio: "pipe" });
  return Buffer.concat([clean, mix(clean, readFileSync(noise))]);
}

/** `-R`: with the same dither each time. */
function makeMandarin(folder: string): Buffer {
  const [wav, raw] = [join(folder, "cmn.wav"), join(folder, "cmn.raw")];
  execFileSync("espeak-ng", ["-v", "cmn", "-w", wav, MANDARIN], { stdio: "pipe" });
  execFileSync("sox", ["-R", wav, ...RAW, raw], { stdio: "pipe" });
  return readFileSync(raw);
}

/** The Mandarin voice six times, its pauses silent but for their last bit, which is another one each time. */
export function makeOnsets(folder: string): Buffer {
  const said = makeMandarin(folder);
  const random = new SimRandom(38_070);
  const out = Buffer.concat(Array.from({ length: 6 }, () => said));
  for (let at = 0; at + 1 < out.length; at += 2) out.writeInt16LE(Math.max(-32_768, Math.min(32_767, out.readInt16LE(at) + Math.floor(random.next() * 3) - 1)), at);
  return out;
}

/** Of the length of `speech`, the noise over and over. */
export function mix(speech: Buffer, noise: Buffer): Buffer {
  const out = Buffer.alloc(speech.length);
  for (let at = 0; at + 1 < speech.length; at += 2) {
    const sum = speech.readInt16LE(at) + noise.readInt16LE(at % (noise.length & ~1));
    out.writeInt16LE(Math.max(-32_768, Math.min(32_767, sum)), at);
  }
  return out;
}

/** What espeak-ng reads in one of its voices. */
export function readAloud(folder: string, voice: string, text: string): Buffer {
  const wav = join(folder, "aloud.wav");
  execFileSync("espeak-ng", ["-v", voice, "-w", wav, text], { stdio: "pipe" });
  return execFileSync("sox", ["-R", wav, ...RAW, "-"], { maxBuffer: 1 << 26 });
}

/** Three seconds of `speech` and two and a half of silence by turns. */
export function withPauses(speech: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < speech.length; at += 48_000) pieces.push(speech.subarray(at, at + 48_000), Buffer.alloc(40_000));
  return pieces;
}

/** Twenty seconds of steady noise. */
export function makeNoise(folder: string, colour: "pinknoise" | "whitenoise" | "brownnoise", volume = 0.05): Buffer {
  const part = join(folder, `${colour}.raw`);
  execFileSync("sox", ["-R", "-n", ...RAW, part, "synth", "20", colour, "vol", String(volume)], { stdio: "pipe" });
  return readFileSync(part);
}

const BANDS = 8;
const WINDOW = 64;

/** Mean power in eight bands of 500 Hz, dB of samples. */
export function bandLevelsDb(samples: Int16Array): number[] {
  const power = new Float64Array(BANDS);
  for (let at = 0; at + WINDOW <= samples.length; at += WINDOW)
    for (let bin = 1; bin < WINDOW / 2; bin++) {
      let [re, im] = [0, 0];
      for (let n = 0; n < WINDOW; n++) {
        const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW);
        re += hann * samples[at + n]! * Math.cos((2 * Math.PI * bin * n) / WINDOW);
        im += hann * samples[at + n]! * Math.sin((2 * Math.PI * bin * n) / WINDOW);
      }
      power[Math.floor((bin * 2 * BANDS) / WINDOW)]! += re * re + im * im;
    }
  return Array.from(power, (value) => 10 * Math.log10(value / samples.length));
}
