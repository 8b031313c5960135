import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import t from "tap";
import { LANGUAGES } from "../speech/announcement.js";
import { PromptError } from "./error.js";
import { coreSources, loadPrompts, promptFolder, type PromptSource } from "./prompt-folder.js";
import { readRecording } from "./recording.js";

interface Shape {
  readonly rateHz?: number;
  readonly channels?: number;
  readonly bits?: number;
  readonly format?: number;
  readonly samples?: number;
  readonly value?: number;
}

/** A WAV as RIFF has it: "fmt " and "data". */
function wav(shape: Shape = {}): Buffer {
  const { rateHz = 8000, channels = 1, bits = 16, format = 1, samples = 800, value = 1000 } = shape;
  const bytes = Buffer.alloc(44 + samples * 2);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + samples * 2, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(format, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(rateHz, 24);
  bytes.writeUInt32LE((rateHz * channels * bits) / 8, 28);
  bytes.writeUInt16LE((channels * bits) / 8, 32);
  bytes.writeUInt16LE(bits, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) bytes.writeInt16LE(value, 44 + 2 * i);
  return bytes;
}

function folder(t: { teardown(handler: () => void): void }, files: Readonly<Record<string, string | Buffer>>): string {
  const root = mkdtempSync(join(tmpdir(), "ringward-prompts-"));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

t.test("a recording becomes 8 kHz in shared memory, and 16 kHz beside it where it was so fine", async (t) => {
  const narrow = await readRecording(wav({ samples: 800 }), "a.wav");
  t.equal(narrow.samples.length, 800);
  t.ok(narrow.samples.every((sample) => sample === 1000));
  t.ok(narrow.samples.buffer instanceof SharedArrayBuffer);
  t.equal(narrow.wide, undefined);
  for (const rateHz of [16_000, 22_050, 44_100, 48_000]) {
    const fine = await readRecording(wav({ rateHz, samples: rateHz / 10 }), "a.wav");
    t.ok(Math.abs(fine.samples.length - 800) <= 1 && fine.wide!.length === 2 * fine.samples.length, `${rateHz}: ${fine.samples.length}`);
    t.ok(fine.wide!.buffer instanceof SharedArrayBuffer);
    for (const sound of [fine.samples, fine.wide!]) t.ok(sound.subarray(60, 740).every((sample) => Math.abs(sample - 1000) <= 1));
  }
  t.equal((await readRecording(wav({ format: 0xfffe }), "a.wav")).samples.length, 800, "the extensible header is read");
});

t.test("what is no such recording is refused with the file's name and what is accepted", async (t) => {
  const list = Buffer.concat([wav().subarray(0, 12), Buffer.from("LIST\u0000\u0000\u0000\u0000"), wav().subarray(12)]);
  const shortFormat = wav();
  shortFormat.writeUInt32LE(4, 16);
  for (const [bytes, why] of [
    [wav({ channels: 2 }), "it has 2 channels"],
    [wav({ rateHz: 96_000 }), "it has 96000 Hz"],
    [wav({ bits: 8 }), "it has 8 bits"],
    [wav({ format: 6 }), "it is coded (WAV format 6)"],
    [wav({ samples: 0 }), "it holds no sound"],
    [wav({ samples: 8000 * 301 }), "it is 301 s long"],
    [Buffer.alloc(0), "the file ends before its format"],
    [wav().subarray(0, 30), "the file ends before its format"],
    [Buffer.from("ID3 this is no RIFF file, though it goes on for long enough"), "its header can't be read"],
    [list, "its header can't be read"],
    [shortFormat, "its header"],
    [Buffer.alloc(2000, 0xff), "its header"],
  ] as const) {
    const error: unknown = await readRecording(bytes, "/x/en/bad.wav").then(
      () => new Error("accepted"),
      (refused: unknown) => refused,
    );
    t.ok(error instanceof PromptError && error.code === "PROMPT_FORMAT", `${why}: ${(error as Error).message}`);
    t.ok((error as Error).message.startsWith(`/x/en/bad.wav: ${why}`) && (error as Error).message.includes("accepted: WAV, 16 bits, mono"));
  }
});

t.test("languages fall back, a hospital's own recordings win, and what is missing or strange is told", async (t) => {
  const source = folder(t, {
    "zh-CN/hello.wav": wav({ value: 1 }),
    "en/hello.wav": wav({ value: 2 }),
    "zh-CN/only-zh.wav": wav({ value: 3 }),
    "zh-CN/notes.txt": "no recording",
    "en.yaml": "hello: Hello\nnever-made: Not yet\n",
  });
  const override = folder(t, { "zh-CN/desk/hello.wav": wav({ value: 9, samples: 1600 }), "en/desk/helo.wav": wav() });
  const library = await loadPrompts({ sources: [{ owner: "desk", folder: source }], override });
  t.equal(library.resolve("en", "desk/hello"), "en/desk/hello");
  t.equal(library.resolve("en", "desk/only-zh"), "zh-CN/desk/only-zh", "another language is better than none");
  t.equal(library.resolve("en", "desk/nowhere"), "en/desk/nowhere");
  t.equal(library.durationMs("zh-CN/desk/hello"), 200, "the hospital's own");
  t.equal(library.durationMs("en/desk/hello"), 100);
  t.same(library.missing(), ["en/desk/never-made", "en/desk/only-zh", "zh-CN/desk/never-made"]);
  t.same(library.strangers, ["en/desk/helo"]);
  const commands = library.loadCommands();
  t.equal(commands.length, library.size);
  t.ok(commands.some((command) => command.type === "prompt.load" && command.prompt === "zh-CN/desk/hello" && command.samples[0] === 9));
});

t.test("a folder or file that can't be read is named", async (t) => {
  await t.rejects(loadPrompts({ sources: [{ owner: "a", folder: "/nowhere/at/all" }] }), { code: "PROMPT_READ", message: /^\/nowhere\/at\/all: / });
  await t.rejects(loadPrompts({ sources: [], override: "/nowhere/at/all" }), { code: "PROMPT_READ" });
  const bad = folder(t, { "en/broken.wav": "RIFF" });
  await t.rejects(loadPrompts({ sources: [{ owner: "a", folder: bad }] }), { code: "PROMPT_FORMAT", message: /broken\.wav/ });
  const texts = folder(t, { "en.yaml": "a: [" });
  await t.rejects(loadPrompts({ sources: [{ owner: "a", folder: texts }] }), { code: "PROMPT_READ", message: /en\.yaml/ });
});

t.test("a compiled plugin's folder is found beside its source", async (t) => {
  const root = folder(t, { "apps/desk/prompts/en/a.wav": wav(), "dist/apps/desk/plugin.js": "", "own/prompts/en/a.wav": wav() });
  const url = (path: string): string => pathToFileURL(join(root, path)).href;
  t.equal(promptFolder(url("dist/apps/desk/prompts/")), join(root, "apps/desk/prompts/"));
  t.equal(promptFolder(url("own/prompts/")), join(root, "own/prompts/"));
});

/** Every owner whose recordings are in the repository. */
function shipped(): readonly PromptSource[] {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const apps = readdirSync(join(root, "apps")).map((name) => ({ owner: name, folder: join(root, "apps", name, "prompts") }));
  return [...coreSources(), ...apps].filter(({ folder: at }) => existsSync(at));
}

t.test("all that is shipped has its recording in both languages", async (t) => {
  const library = await loadPrompts({ sources: shipped() });
  t.ok(library.size > 150, `${library.size} recordings`);
  t.same(library.missing(), []);
});

t.test("each shipped recording is fit to listen to: level, no clipping, no silence in front", async (t) => {
  let bytes = 0;
  for (const { owner, folder: at } of shipped())
    for (const language of LANGUAGES)
      for (const file of existsSync(join(at, language)) ? readdirSync(join(at, language)) : []) {
        const content = readFileSync(join(at, language, file));
        bytes += content.length;
        const { samples } = await readRecording(content, file);
        const { levelDbm0, peak, leadingMs } = measure(samples);
        const faults = [
          ...(levelDbm0 < -19 || levelDbm0 > -14 ? [`level ${levelDbm0.toFixed(1)} dBm0`] : []),
          ...(peak > 32_000 ? [`peak ${peak}`] : []),
          ...(leadingMs >= 150 ? [`${leadingMs} ms of silence in front`] : []),
          ...(samples.length < 8 * 150 || samples.length > 8 * 30_000 ? [`${samples.length / 8} ms long`] : []),
        ];
        t.same(faults, [], `${language}/${owner}/${file}`);
      }
  t.ok(bytes < 25e6, `${(bytes / 1e6).toFixed(1)} MB in all`);
});

/** Level as the script has it: mean square of the 20 ms frames that are speech, 0 dBm0 being 6.15 dB below full scale. */
function measure(samples: Int16Array): { levelDbm0: number; peak: number; leadingMs: number } {
  const powers: number[] = [];
  for (let at = 0; at + 160 <= samples.length; at += 160) powers.push(samples.subarray(at, at + 160).reduce((sum, sample) => sum + sample ** 2, 0) / 160);
  const loudest = Math.max(...powers);
  const speech = powers.filter((power) => power > loudest / 1000);
  const meanSquare = speech.reduce((a, b) => a + b, 0) / speech.length / 32_768 ** 2;
  const peak = samples.reduce((max, sample) => Math.max(max, Math.abs(sample)), 0);
  return { levelDbm0: 10 * Math.log10(meanSquare) + 6.15, peak, leadingMs: 20 * powers.findIndex((power) => power > loudest / 1000) };
}
