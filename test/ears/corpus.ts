// Speech and music that others recorded, to hold our ears against: Debian's packages of Asterisk's prompts in five languages
// and of its music on hold, and espeak-ng in Mandarin. Fetched once into a cache folder; nothing of it is kept in the repository.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { HELD_OUT_SAYINGS, HELD_OUT_SPEAKERS, HELD_OUT_TEXTS } from "./held-out.js";
import { CORPUS_TEXTS } from "./texts.js";

export interface Recording {
  /** `es`, `cmn`, ..., or `music`. */
  readonly group: string;
  readonly name: string;
  /** 8000 Hz. */
  readonly samples: Int16Array;
}

const LANGUAGES = ["en", "es", "fr", "it", "ru"] as const;
const PACKAGES = [...LANGUAGES.map((language) => `asterisk-core-sounds-${language}-wav`), "asterisk-moh-opsound-wav"];
const BELOW = "usr/share/asterisk";

/** `RINGWARD_CORPUS`, else a folder of its own in the user's cache. */
export const corpusFolder = (): string => process.env["RINGWARD_CORPUS"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "ringward", "corpus");

/** Downloads what is not there yet, without installing it. @throws where there is no apt-get, or no network */
export function fetchCorpus(folder = corpusFolder()): void {
  mkdirSync(folder, { recursive: true });
  const missing = PACKAGES.filter((name) => !existsSync(join(folder, name)));
  for (const name of missing) {
    const part = join(folder, `${name}.part`);
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part);
    execFileSync("apt-get", ["download", name], { cwd: part, stdio: ["ignore", "ignore", "inherit"], timeout: 300_000 });
    const archive = readdirSync(part).find((file) => file.endsWith(".deb"));
    if (archive === undefined) throw new Error(`apt-get gave no ${name}`);
    execFileSync("dpkg", ["-x", join(part, archive), join(part, "x")], { timeout: 300_000 });
    renameSync(join(part, "x"), join(folder, name));
    rmSync(part, { recursive: true });
  }
}

/** All that was fetched; none where nothing was. */
export function* fetched(folder = corpusFolder()): Generator<Recording> {
  for (const name of PACKAGES) {
    const at = join(folder, name, BELOW);
    if (!existsSync(at)) continue;
    const group = name.startsWith("asterisk-moh") ? "music" : name.split("-")[3]!;
    const files = readdirSync(at, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".wav"));
    for (const file of files.sort()) yield { group, name: file, samples: samplesOf(readFileSync(join(at, file))) };
  }
}

const VARIANTS = ["", "+f2", "+m3", "+f5", "+m7"];

/** espeak-ng reading `CORPUS_TEXTS` in so many of its voices, kept in the folder. Needs espeak-ng and sox. */
export function* spoken(languages: readonly (keyof typeof CORPUS_TEXTS)[], { folder = corpusFolder(), voices = VARIANTS.length }: { readonly folder?: string; readonly voices?: number } = {}): Generator<Recording> {
  mkdirSync(join(folder, "espeak"), { recursive: true });
  for (const language of languages)
    for (const [i, text] of CORPUS_TEXTS[language].entries())
      for (const variant of VARIANTS.slice(0, voices)) {
        const name = `${language}${variant}-${i}.raw`;
        yield { group: language, name, samples: speak(join(folder, "espeak", name), `${language}${variant}`, text) };
      }
}

/** What is held out, read by voices that are, too. */
export function* heldOut({ folder = corpusFolder(), voices = HELD_OUT_SPEAKERS }: { readonly folder?: string; readonly voices?: readonly string[] } = {}): Generator<Recording> {
  mkdirSync(join(folder, "espeak"), { recursive: true });
  const texts = (language: string): readonly string[] => [...(HELD_OUT_TEXTS[language] ?? []), ...(HELD_OUT_SAYINGS[language]?.machine ?? [])];
  for (const language of Object.keys(HELD_OUT_TEXTS))
    for (const [i, text] of texts(language).entries())
      for (const variant of voices) {
        const name = `held-${language}${variant}-${i}.raw`;
        yield { group: language, name, samples: speak(join(folder, "espeak", name), `${language}${variant}`, text) };
      }
}

/** 8000 Hz by espeak-ng's `voice`; from `file` where it was made before. */
export function speak(file: string, voice: string, text: string): Int16Array {
  if (!existsSync(file)) {
    const wav = execFileSync("espeak-ng", ["-v", voice, "--stdout", text], { maxBuffer: 64e6, timeout: 60_000 });
    const raw = execFileSync("sox", ["-D", "-t", "wav", "-", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed", "-t", "raw", "-", "gain", "-n", "-6"], { input: wav, maxBuffer: 64e6, timeout: 60_000, stdio: ["pipe", "pipe", "ignore"] });
    writeFileSync(`${file}.part`, raw);
    renameSync(`${file}.part`, file);
  }
  return toSamples(readFileSync(file));
}

/** Of a plain 16-bit mono WAV as these packages have them. */
function samplesOf(bytes: Buffer): Int16Array {
  const data = bytes.indexOf("data", 12, "latin1");
  return toSamples(bytes.subarray(data + 8, Math.min(bytes.length, data + 8 + bytes.readUInt32LE(data + 4))));
}

const toSamples = (bytes: Buffer): Int16Array => Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i));
