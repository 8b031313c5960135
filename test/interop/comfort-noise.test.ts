import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { NoiseAnalyser } from "../../media/codec/noise/noise-analyser.js";
import { NoiseGenerator } from "../../media/codec/noise/noise-generator.js";
import { createNoiseModel, NOISE_BYTES_MAX, writeNoise } from "../../media/codec/noise/noise-model.js";
import { bandLevelsDb } from "./g729/speech.js";
import { missingPeers } from "./peers.js";

const SECONDS = 20;
/** ffmpeg makes a packet of each 80 ms. */
const PACKET_SAMPLES = 640;
const STEP_SAMPLES = 80;
const PAYLOAD_BYTES = NOISE_BYTES_MAX;

const samplesOf = (raw: Buffer): Int16Array => new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + (raw.length & ~1)));
const rmsDb = (samples: Int16Array): number => 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
const ffmpeg = (...words: readonly string[]): void => void execFileSync("ffmpeg", ["-hide_banner", "-loglevel", "error", "-y", ...words], { stdio: "pipe" });
const listed = (values: readonly number[]): string => values.map((value) => value.toFixed(1)).join(", ");
const differences = (ours: Int16Array, theirs: Int16Array): number[] => {
  const [a, b] = [bandLevelsDb(ours), bandLevelsDb(theirs)];
  return a.map((level, band) => level - b[band]!);
};

/** Where the payloads stand in a NUT file of ffmpeg's. */
const payloadsIn = (path: string): readonly number[] =>
  execFileSync("ffprobe", ["-loglevel", "error", "-show_entries", "packet=pos", "-of", "csv=p=0", path], { encoding: "utf8" }).trim().split("\n").map((position) => Number.parseInt(position, 10));

t.test("RFC 3389: ffmpeg's comfort noise and ours, each made from the other's packets: level and spectrum", { skip: missingPeers("ffmpeg", "sox") }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-noise-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  // Of bands 30 dB below the others the softest may be a little more off.
  const tolerancesDb = { low: 2, pink: 2, high: 4 };
  for (const [name, ...colour] of [
    ["low", "whitenoise", "vol", "0.1", "lowpass", "800"],
    ["pink", "pinknoise", "vol", "0.05"],
    ["high", "whitenoise", "vol", "0.05", "highpass", "2000"],
  ] as const) {
    const [raw, nut, back] = [join(folder, `${name}.raw`), join(folder, `${name}.nut`), join(folder, `${name}-back.raw`)];
    const format = ["-t", "raw", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed"];
    execFileSync("sox", ["-R", "-n", ...format, raw, "synth", String(SECONDS), ...colour], { stdio: "pipe" });
    const input = ["-f", "s16le", "-ar", "8000", "-ac", "1", "-i", raw];
    ffmpeg(...input, "-c:a", "comfortnoise", "-f", "nut", nut);
    const said = samplesOf(readFileSync(raw));
    const file = readFileSync(nut);
    const places = payloadsIn(nut);

    const generator = new NoiseGenerator(8000, 8000);
    const heard = new Int16Array(places.length * PACKET_SAMPLES);
    places.forEach((start, i) => {
      generator.read(file, { start, end: start + PAYLOAD_BYTES });
      for (let at = i * PACKET_SAMPLES; at < (i + 1) * PACKET_SAMPLES; at += STEP_SAMPLES) generator.fill(heard.subarray(at, at + STEP_SAMPLES));
    });
    const offDb = rmsDb(heard) - rmsDb(said);
    t.ok(Math.abs(offDb) < 1, `${name}: from ffmpeg's packets, level ${offDb.toFixed(2)} dB off`);
    const bands = differences(heard, said);
    t.ok(bands.every((band) => Math.abs(band) < tolerancesDb[name]), `${name}: from ffmpeg's packets, bands ${listed(bands)}`);

    const [analyser, model, payload] = [new NoiseAnalyser(160), createNoiseModel(), new Uint8Array(PAYLOAD_BYTES)];
    places.forEach((start, i) => {
      for (let at = i * PACKET_SAMPLES; at + 160 <= Math.min(said.length, (i + 1) * PACKET_SAMPLES); at += 160) analyser.push(said.subarray(at, at + 160));
      analyser.describe(model);
      payload.fill(127);
      writeNoise(model, payload, 0);
      file.set(payload, start);
    });
    writeFileSync(nut, file);
    ffmpeg("-i", nut, "-f", "s16le", back);
    const theirs = samplesOf(readFileSync(back));
    // What ffmpeg makes of a level is softer, by the same for all noise, its own packets' too: its shape is what it can judge.
    const shape = differences(theirs, said);
    const mean = rmsDb(theirs) - rmsDb(said);
    t.ok(shape.every((band) => Math.abs(band - mean) < tolerancesDb[name]), `${name}: ffmpeg from our packets, ${mean.toFixed(1)} dB and bands ${listed(shape.map((band) => band - mean))}`);
  }
});
