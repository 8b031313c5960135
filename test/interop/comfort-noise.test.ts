import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { NoiseAnalyser } from "../../media/codec/noise/noise-analyser.js";
import { NoiseGenerator } from "../../media/codec/noise/noise-generator.js";
import { createNoiseModel, NOISE_BYTES_MAX, writeNoise } from "../../media/codec/noise/noise-model.js";
import { NOISE_PACKET_SAMPLES, payloadsOf, soundInFfmpeg, writeNoiseFile } from "./ffmpeg-noise.js";
import { bandLevelsDb, missingSpeech } from "./g729/speech.js";
import { missingPeers } from "./peers.js";
import { makeRoom, ROOMS } from "./rooms.js";

const SECONDS = 20;
const ROOM_SECONDS = 10;
const STEP_SAMPLES = 80;
const FRAME_SAMPLES = 160;

const samplesOf = (raw: Buffer): Int16Array => new Int16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + (raw.length & ~1)));
const rmsDb = (samples: Int16Array): number => 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
const listed = (values: readonly number[]): string => values.map((value) => value.toFixed(1)).join(", ");
const differences = (ours: Int16Array, theirs: Int16Array): number[] => {
  const [a, b] = [bandLevelsDb(ours), bandLevelsDb(theirs)];
  return a.map((level, band) => level - b[band]!);
};

/** What our generator makes of packets of 80 ms each. */
function soundOf(payloads: readonly Uint8Array[]): Int16Array {
  const generator = new NoiseGenerator(8000, 8000);
  const heard = new Int16Array(payloads.length * NOISE_PACKET_SAMPLES);
  payloads.forEach((payload, i) => {
    generator.read(payload, { start: 0, end: payload.length });
    for (let at = i * NOISE_PACKET_SAMPLES; at < (i + 1) * NOISE_PACKET_SAMPLES; at += STEP_SAMPLES) generator.fill(heard.subarray(at, at + STEP_SAMPLES));
  });
  return heard;
}

/** What our analyser tells of each 80 ms, in payloads of full length. */
function tell(said: Int16Array, packets: number): Uint8Array[] {
  const [analyser, model] = [new NoiseAnalyser(FRAME_SAMPLES), createNoiseModel()];
  return Array.from({ length: packets }, (_, i) => {
    for (let at = i * NOISE_PACKET_SAMPLES; at + FRAME_SAMPLES <= Math.min(said.length, (i + 1) * NOISE_PACKET_SAMPLES); at += FRAME_SAMPLES) analyser.push(said.subarray(at, at + FRAME_SAMPLES));
    analyser.describe(model);
    const payload = new Uint8Array(NOISE_BYTES_MAX).fill(127);
    writeNoise(model, payload, 0);
    return payload;
  });
}

/** Of one noise: level and bands of ours from ffmpeg's packets and of ffmpeg's from ours. */
function check(t: Test, name: string, { raw, levelDb, bandDb }: { readonly raw: string; readonly levelDb: number; readonly bandDb: number }): void {
  const said = samplesOf(readFileSync(raw));
  const file = writeNoiseFile(raw);
  const heard = soundOf(payloadsOf(file));
  const offDb = rmsDb(heard) - rmsDb(said);
  t.ok(Math.abs(offDb) < levelDb, `${name}, ${rmsDb(said).toFixed(0)} dB: from ffmpeg's packets, level ${offDb.toFixed(2)} dB off`);
  const bands = differences(heard, said);
  t.ok(bands.every((band) => Math.abs(band) < bandDb), `${name}: from ffmpeg's packets, bands ${listed(bands)}`);

  const ours = tell(said, file.starts.length);
  const whole = differences(soundOf(ours), said);
  t.ok(whole.every((band) => Math.abs(band) < bandDb), `${name}: ours from our packets, bands ${listed(whole)}`);
  const theirs = samplesOf(soundInFfmpeg(file, ours));
  // What ffmpeg makes of a level is softer, by the same for all noise, its own packets' too: its shape is what it can judge.
  const mean = rmsDb(theirs) - rmsDb(said);
  const shape = differences(theirs, said).map((band) => band - mean);
  t.ok(shape.every((band) => Math.abs(band) < bandDb), `${name}: ffmpeg from our packets, ${mean.toFixed(1)} dB and bands ${listed(shape)}`);
}

const folderOf = (t: Test): string => {
  const folder = mkdtempSync(join(tmpdir(), "ringward-noise-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

t.test("RFC 3389: ffmpeg's comfort noise and ours, each made from the other's packets: level and spectrum", { skip: missingPeers("ffmpeg", "sox") }, async (t) => {
  const folder = folderOf(t);
  // Of bands 30 dB below the others the softest may be a little more off.
  for (const [name, bandDb, ...colour] of [
    ["low", 2, "whitenoise", "vol", "0.1", "lowpass", "800"],
    ["pink", 2, "pinknoise", "vol", "0.05"],
    ["high", 4, "whitenoise", "vol", "0.05", "highpass", "2000"],
  ] as const) {
    const raw = join(folder, `${name}.raw`);
    execFileSync("sox", ["-R", "-n", "-t", "raw", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed", raw, "synth", String(SECONDS), ...colour], { stdio: "pipe" });
    check(t, name, { raw, levelDb: 1, bandDb });
  }
});

t.test("G.711 Appendix II: rooms with machines, voices and a street, told by ffmpeg and by us", { skip: missingPeers("ffmpeg", "sox") || missingSpeech() }, async (t) => {
  const folder = folderOf(t);
  for (const room of ROOMS) check(t, room, { raw: makeRoom(folder, room, ROOM_SECONDS), levelDb: 1, bandDb: 2 });
});
