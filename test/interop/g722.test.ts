import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { G722 } from "../../media/codec/g722/g722.js";
import { missingPeers } from "./peers.js";

const SENTENCES = [
  ["en-gb", "Your appointment is booked. Please bring your card, and come ten minutes early."],
  ["cmn-latn-pinyin", "欢迎致电示范医院，请输入您的就诊卡号。"],
  ["fr", "Bonjour, vous avez demandé le service des urgences, ne quittez pas."],
] as const;

/** Speech in three languages, noise at full level, and a sweep that saturates. */
function makeSound(folder: string): string {
  const run = (program: string, ...words: string[]): void => void execFileSync(program, words, { stdio: "ignore" });
  const raw = ["-r", "16000", "-c", "1", "-b", "16", "-e", "signed"];
  const parts = SENTENCES.map(([voice, text], i) => {
    const [wav, part] = [join(folder, `${i}.wav`), join(folder, `${i}.raw`)];
    run("espeak-ng", "-v", voice, "-w", wav, text);
    run("sox", wav, ...raw, part, "repeat", "2");
    return part;
  });
  for (const [name, effect] of [
    ["noise", ["synth", "5", "whitenoise", "vol", "0.9"]],
    ["sweep", ["synth", "5", "sine", "50-7900"]],
    ["quiet", ["synth", "5", "pinknoise", "vol", "0.01"]],
  ] as const) {
    const part = join(folder, `${name}.raw`);
    run("sox", "-R", "-n", ...raw, part, ...effect);
    parts.push(part);
  }
  const all = join(folder, "all.raw");
  execFileSync("sh", ["-c", 'cat "$@" > "$0"', all, ...parts]);
  return all;
}

const asSamples = (bytes: Buffer): Int16Array => Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i));

t.test("G.722: the encoder's bytes and the decoder's samples are those of ffmpeg, all of them", { skip: missingPeers("ffmpeg", "sox", "espeak-ng") }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-g722-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const raw = makeSound(folder);
  const [coded, decoded] = [join(folder, "a.g722"), join(folder, "b.raw")];
  execFileSync("ffmpeg", ["-loglevel", "error", "-f", "s16le", "-ar", "16000", "-ac", "1", "-i", raw, "-c:a", "g722", "-f", "g722", coded]);
  execFileSync("ffmpeg", ["-loglevel", "error", "-f", "g722", "-i", coded, "-f", "s16le", decoded]);

  const samples = asSamples(readFileSync(raw));
  const theirs = readFileSync(coded);
  const ours = new Uint8Array(samples.length >> 1);
  G722.createEncoder().encode(samples, ours, 0);
  const firstByte = ours.findIndex((byte, i) => byte !== theirs[i]);
  t.equal(firstByte, -1, `${ours.length} bytes, ${(ours.length / 8000).toFixed(1)} s`);
  t.ok(theirs.length - ours.length <= 1, "ffmpeg pads a last odd sample at most");

  const out = new Int16Array(theirs.length * 2);
  G722.createDecoder().decode(theirs, { start: 0, end: theirs.length }, out);
  const peer = asSamples(readFileSync(decoded));
  t.equal(out.length, peer.length);
  t.equal(
    out.findIndex((sample, i) => sample !== peer[i]),
    -1,
    `${out.length} samples`,
  );
});
