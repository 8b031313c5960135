// Makes the recordings that the repository ships: `npm run prompts`. For each owner (core/speech, core/call, apps/*) the
// texts in `prompts/<language>.yaml` become `prompts/<language>/<name>.wav`: 16 kHz, mono, 16 bits, silence trimmed, speech
// at -16 dBm0. Only what changed is made again: `prompts/index.json` keeps a hash of each text with the voice's settings.
// A file that the index does not name is somebody's own recording and is left alone. Needs espeak-ng and sox.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
/**
 * `cmn` reads the pinyin it looks up as if it were English; `cmn-latn-pinyin` reads it as pinyin. Words a minute, so that
 * a patient on a bad line follows.
 */
const VOICES = { "zh-CN": { voice: "cmn-latn-pinyin", wordsPerMinute: 150 }, en: { voice: "en-gb", wordsPerMinute: 145 } };
const RATE_HZ = 16_000;
/** Mean level of the speech. 0 dBm0 is 6.15 dB below the mean square of full scale: a full-scale sine is +3.14 dBm0 (ITU-T G.711). */
const LEVEL_DBM0 = -16;
const DBM0_OF_FULL_SCALE = 6.15;
/** Loudest sample allowed; a word with sharper peaks stays below the level rather than clip. */
const PEAK_DBFS = -1;
/** Softer than this is silence at the ends. */
const TRIM_DB = -45;
const HEAD_S = 0.02;
const TAIL_S = 0.05;
/** Counts in the hash: raise it when the making itself changes. */
const RECIPE = 1;

const work = mkdtempSync(join(tmpdir(), "ringward-prompts-"));
try {
  needs("espeak-ng");
  needs("sox");
  let made = 0;
  let kept = 0;
  for (const owner of owners()) {
    const folder = join(owner, "prompts");
    const indexFile = join(folder, "index.json");
    const before = existsSync(indexFile) ? JSON.parse(readFileSync(indexFile, "utf8")) : {};
    const index = {};
    for (const [language, voice] of Object.entries(VOICES)) {
      const texts = join(folder, `${language}.yaml`);
      if (!existsSync(texts)) continue;
      for (const [name, entry] of Object.entries(parse(readFileSync(texts, "utf8")) ?? {})) {
        if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) throw new Error(`${relative(root, texts)}: "${name}" is no prompt name (lower-case words joined by hyphens)`);
        const spoken = typeof entry === "string" ? entry : entry?.say;
        if (typeof spoken !== "string" || spoken.trim() === "") throw new Error(`${relative(root, texts)}: ${name} has no text (a string, or {text, say} where the synthesiser needs another spelling)`);
        const key = `${language}/${name}`;
        const file = join(folder, language, `${name}.wav`);
        index[key] = createHash("sha256").update(JSON.stringify([RECIPE, voice, LEVEL_DBM0, spoken])).digest("hex").slice(0, 16);
        if (before[key] === index[key] && existsSync(file)) kept++;
        else if (before[key] === undefined && existsSync(file)) delete index[key];
        else {
          mkdirSync(dirname(file), { recursive: true });
          synthesise(spoken, voice, file);
          made++;
        }
      }
    }
    for (const key of Object.keys(before)) if (!(key in index)) rmSync(join(folder, `${key}.wav`), { force: true });
    if (Object.keys(index).length > 0) writeFileSync(indexFile, JSON.stringify(index, Object.keys(index).sort(), 1) + "\n");
  }
  console.log(`prompts: ${made} made, ${kept} unchanged`);
} catch (error) {
  console.error(`prompts: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

function needs(program) {
  if (spawnSync(program, ["--version"]).error) throw new Error(`${program} is not installed (npm run peers installs it)`);
}

function owners() {
  const apps = readdirSync(join(root, "apps"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [join(root, "core/speech"), join(root, "core/call"), ...apps.map((entry) => join(root, "apps", entry.name))].filter((owner) => existsSync(join(owner, "prompts")));
}

function synthesise(text, { voice, wordsPerMinute }, file) {
  const [raw, trimmed] = [join(work, "raw.wav"), join(work, "trimmed.raw")];
  execFileSync("espeak-ng", ["-v", voice, "-s", String(wordsPerMinute), "-a", "100", "-w", raw, text]);
  const trim = ["silence", "1", "0.005", `${TRIM_DB}d`, "reverse", "silence", "1", "0.005", `${TRIM_DB}d`, "reverse"];
  const format = ["-r", String(RATE_HZ), "-c", "1", "-b", "16", "-e", "signed-integer", "-L"];
  // -D: no dither, so that the same text gives the same bytes. The normalising keeps the trim's threshold the same for all.
  execFileSync("sox", ["-D", raw, "-t", "raw", ...format, trimmed, "gain", "-n", "-6", "rate", "-h", String(RATE_HZ), ...trim]);
  const gainDb = levelGainDb(readFileSync(trimmed), text);
  execFileSync("sox", ["-D", "-t", "raw", ...format, trimmed, ...format.slice(0, 8), file, "gain", gainDb.toFixed(2), "fade", "t", "0.003", "-0", "0.005", "pad", String(HEAD_S), String(TAIL_S)]);
}

/** From the mean square of the 20 ms frames that are speech, pauses left out. */
function levelGainDb(bytes, text) {
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  const size = RATE_HZ / 50;
  const powers = [];
  for (let at = 0; at + size <= samples.length; at += size) {
    let sum = 0;
    for (let i = at; i < at + size; i++) sum += samples[i] ** 2;
    powers.push(sum / size);
  }
  const loudest = Math.max(...powers);
  const speech = powers.filter((power) => power > loudest / 1000);
  if (speech.length === 0) throw new Error(`nothing is heard of "${text}"`);
  const rmsDbfs = 10 * Math.log10(speech.reduce((a, b) => a + b, 0) / speech.length / 32768 ** 2);
  const peakDbfs = 20 * Math.log10(samples.reduce((max, sample) => Math.max(max, Math.abs(sample)), 1) / 32768);
  return Math.min(LEVEL_DBM0 - DBM0_OF_FULL_SCALE - rmsDbfs, PEAK_DBFS - peakDbfs);
}
