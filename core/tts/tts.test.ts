import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { TtsErrorCode } from "./error.js";
import { EspeakVoice } from "./espeak-voice.js";
import { HttpVoice } from "./http-voice.js";
import { TextReader } from "./reader.js";
import { SoundCache } from "./sound-cache.js";
import { checkText, type TtsVoice } from "./voice.js";

const folderOf = (t: Test): string => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-tts-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
const keyOf = (text: string): string => createHash("sha256").update(`secret${text}`).digest("hex");

/** `samples` of value 1000 at 8000 Hz. */
function wav(samples = 800): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples);
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(36 + 2 * samples, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(16_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(2 * samples, 40);
  for (let i = 0; i < samples; i++) bytes.writeInt16LE(1000, 44 + 2 * i);
  return bytes;
}

/** Counts what it reads. */
class CountingVoice implements TtsVoice {
  readonly name = "counting";
  readonly texts: string[] = [];
  constructor(readonly answer: () => Promise<Uint8Array> = () => Promise.resolve(wav())) {}
  read(text: string): Promise<Uint8Array> {
    this.texts.push(text);
    return this.answer();
  }
}

/** A program that stands in for espeak-ng. */
function program(t: Test, script: string): string {
  const file = join(folderOf(t), "voice");
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

async function codeOf(reading: Promise<unknown>): Promise<TtsErrorCode | undefined> {
  return reading.then(
    () => undefined,
    (error: { code: TtsErrorCode }) => error.code,
  );
}

t.test("a text is cleaned, and bounded", async (t) => {
  t.equal(checkText(" Dr. Wang\n\u0007 "), "Dr. Wang");
  for (const text of ["", "  \n", "x".repeat(501)]) t.throws(() => checkText(text), { code: "TTS_TEXT" });
});

t.test("the built-in voice: the text goes in by standard input, never as an option", async (t) => {
  const out = join(folderOf(t), "words");
  const voice = new EspeakVoice({ program: program(t, `echo "$@" > ${out}; cat >> ${out}; printf RIFF`) });
  t.equal(Buffer.from(await voice.read("-w /tmp/stolen; $(id)", "en")).toString(), "RIFF");
  t.equal(readFileSync(out, "utf8"), "-v en-gb -s 145 --stdin --stdout\n-w /tmp/stolen; $(id)\n");
});

t.test("the built-in voice: absent, failing, hanging, endless, deaf", async (t) => {
  t.equal(await codeOf(new EspeakVoice({ program: "/nowhere/espeak-ng" }).read("a", "en")), "TTS_ABSENT");
  t.equal(await codeOf(new EspeakVoice({ program: program(t, "exit 3") }).read("a", "en")), "TTS_FAILED");
  t.equal(await codeOf(new EspeakVoice({ program: program(t, "exec sleep 60"), timeoutMs: 100 }).read("a", "en")), "TTS_TIMEOUT");
  t.equal(await codeOf(new EspeakVoice({ program: program(t, "exec cat /dev/zero") }).read("a", "en")), "TTS_SIZE");
  t.equal(await codeOf(new EspeakVoice({ program: program(t, "exec 0<&-; printf RIFF") }).read("a".repeat(500), "en")), undefined);
});

t.test("a voice by HTTP: what is asked, and each way of failing", async (t) => {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      asked.push([request.method, request.headers.authorization, JSON.parse(body)]);
      if (request.url === "/ok") response.end(wav());
      else if (request.url === "/fault") response.writeHead(500).end("the name of the patient");
      else if (request.url === "/elsewhere") response.writeHead(302, { location: "/ok" }).end();
      else if (request.url === "/endless") {
        const more = (): void => void (response.destroyed || response.write(Buffer.alloc(1_000_000), more));
        more();
      }
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => (server.closeAllConnections(), server.close()));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const at = (path: string, timeoutMs = 5000): Promise<Uint8Array> => new HttpVoice({ url: base + path, voices: { en: "amy" }, token: "s3cret", timeoutMs, fetch }).read("Hello", "en");
  t.same(Buffer.from(await at("/ok")), wav());
  t.same(asked[0], ["POST", "Bearer s3cret", { text: "Hello", language: "en", voice: "amy" }]);
  for (const [path, code, timeoutMs] of [["/fault", "TTS_FAILED"], ["/elsewhere", "TTS_FAILED"], ["/endless", "TTS_SIZE"], ["/hangs", "TTS_TIMEOUT", 100]] as const) {
    const failure = await at(path, timeoutMs).catch((error: unknown) => error as Error & { code: string });
    t.equal((failure as { code?: string }).code, code, path);
    t.notMatch(String((failure as Error).message), /s3cret|Hello|patient/);
  }
  t.equal(await codeOf(new HttpVoice({ url: "http://127.0.0.1:1/", timeoutMs: 1000, fetch }).read("Hello", "en")), "TTS_FAILED");
});

t.test("the cache keeps what was used last, within its bound, and over a restart", async (t) => {
  const folder = join(folderOf(t), "tts");
  let nowMs = 1_700_000_000_000;
  const open = (): Promise<SoundCache> => SoundCache.open({ folder, bytesMax: 3000, utcMs: () => (nowMs += 10_000) });
  const cache = await open();
  const [a, b, c, d] = ["a", "b", "c", "d"].map(keyOf) as [string, string, string, string];
  for (const key of [a, b, c]) await cache.put(key, Buffer.alloc(1000));
  await cache.get(b);
  await cache.get(a);
  await cache.put(d, Buffer.alloc(1000));
  t.equal(await cache.get(c), undefined, "the least lately used one went");
  t.equal(cache.bytes, 3000);
  await cache.put(keyOf("e"), Buffer.alloc(3001));
  t.equal(cache.bytes, 3000, "what never fits throws nothing out");
  writeFileSync(join(folder, "notes.txt"), "mine");
  writeFileSync(join(folder, `${c}.9.part`), "half");
  const again = await open();
  t.same([again.bytes, readdirSync(folder).filter((name) => name.endsWith(".part")), readFileSync(join(folder, "notes.txt"), "utf8")], [3000, [], "mine"]);
  rmSync(join(folder, `${a}.wav`));
  t.equal(await again.get(a), undefined, "a file that somebody took");
  t.equal(again.bytes, 2000);
});

t.test("a text is read once, by whomever it is asked, and its words are in no file name", async (t) => {
  const folder = folderOf(t);
  const [voice, faults] = [new CountingVoice(), [] as unknown[]];
  const open = async (): Promise<TextReader> => new TextReader({ voice, keyOf, cache: await SoundCache.open({ folder, bytesMax: 1e6, utcMs: () => 0 }), onFault: (error) => faults.push(error) });
  const reader = await open();
  t.equal(reader.sound("Dr. Wang", "en"), undefined);
  await Promise.all([reader.read("Dr. Wang", "en"), reader.read("Dr. Wang", "en")]);
  const sound = reader.sound("Dr. Wang", "en")?.samples;
  t.ok(sound?.buffer instanceof SharedArrayBuffer && sound.length === 800);
  // 1000 in a square is -24.2 dBm0; the recordings stand at -16.
  t.ok(Math.abs(sound![0]! - 2558) < 30, `brought to the recordings' level: ${sound![0]}`);
  t.equal(await (await open()).read("Dr. Wang", "en").then((again) => again?.samples.length), 800);
  t.same([voice.texts, faults], [["Dr. Wang"], []]);
  await reader.read("Dr. Wang", "zh-CN");
  t.equal(voice.texts.length, 2, "another language is another sound");
  t.ok(readdirSync(folder).every((name) => /^[0-9a-f]{64}\.wav$/.test(name)) && readdirSync(folder).length === 2);
});

t.test("what can't be read is told without its words, and is read again next time", async (t) => {
  const faults: (Error & { code?: string })[] = [];
  const readerOf = (voice: TtsVoice, readsMax = 4): TextReader => new TextReader({ voice, keyOf, readsMax, onFault: (error) => faults.push(error as Error) });
  const bad = new CountingVoice(() => Promise.resolve(Buffer.from("no sound")));
  const reader = readerOf(bad);
  t.equal(await reader.read("Li Ming", "en"), undefined);
  t.equal(await reader.read("Li Ming", "en"), undefined);
  t.equal(bad.texts.length, 2);
  t.equal(await reader.read("", "en"), undefined);
  let release = (): void => undefined;
  const slow = readerOf(new CountingVoice(() => new Promise((resolve) => (release = () => resolve(wav())))), 1);
  const first = slow.read("one", "en");
  t.equal(await slow.read("two", "en"), undefined, "no queue without a bound");
  await new Promise((resolve) => setImmediate(resolve));
  release();
  t.ok(await first);
  t.same(faults.map(({ code }) => code), ["TTS_FAILED", "TTS_FAILED", "TTS_TEXT", "TTS_TIMEOUT"]);
  for (const { message } of faults) t.notMatch(message, /Li Ming|one|two/);
});

t.test("memory holds what was used last", async (t) => {
  const reader = new TextReader({ voice: new CountingVoice(), keyOf, memoryBytesMax: 3200, onFault: () => undefined });
  for (const text of ["a", "b", "a", "c"]) await reader.read(text, "en");
  t.same(["a", "b", "c"].map((text) => reader.sound(text, "en") !== undefined), [true, false, true]);
});

t.test("a file of the cache that was spoilt is read by the voice again, and mended", async (t) => {
  const folder = folderOf(t);
  const [voice, faults] = [new CountingVoice(), [] as unknown[]];
  const read = async (): Promise<number | undefined> => {
    const cache = await SoundCache.open({ folder, bytesMax: 1e6, utcMs: () => 0 });
    return (await new TextReader({ voice, keyOf, cache, onFault: (error) => faults.push(error) }).read("Dr. Wang", "en"))?.samples.length;
  };
  t.equal(await read(), 800);
  const file = join(folder, readdirSync(folder)[0]!);
  for (const spoilt of [Buffer.alloc(0), wav().subarray(0, 30), Buffer.alloc(1644), Buffer.from("no sound at all")]) {
    writeFileSync(file, spoilt);
    t.equal(await read(), 800);
    t.same(readFileSync(file), wav());
  }
  t.same([voice.texts.length, faults], [5, []]);
});
