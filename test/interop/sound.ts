// Sound checked by frequency and level, never by its mere presence.
import { readFileSync, writeFileSync } from "node:fs";

export interface Sound {
  readonly rateHz: number;
  /** One array a channel, samples in -1 .. 1. */
  readonly channels: readonly Float64Array[];
}

const SPAN_MS = 400;

/** 16-bit PCM WAV; walks the chunks, so that headers of any writer will do. A peer that was killed leaves sizes of 0. */
export function readWav(source: string | Uint8Array): Sound {
  const bytes = typeof source === "string" ? readFileSync(source) : source;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (tag(0) !== "RIFF" || tag(8) !== "WAVE") throw new Error("not a WAV file");
  let [rateHz, count, at] = [0, 0, 12];
  while (at + 8 <= bytes.length) {
    const size = view.getUint32(at + 4, true);
    if (tag(at) === "fmt ") {
      count = view.getUint16(at + 10, true);
      rateHz = view.getUint32(at + 12, true);
      if (view.getUint16(at + 22, true) !== 16) throw new Error("not 16-bit samples");
    } else if (tag(at) === "data") {
      const end = size === 0 ? bytes.length : Math.min(bytes.length, at + 8 + size);
      const frames = Math.floor((end - at - 8) / (2 * count));
      const channels = Array.from({ length: count }, (_, c) => Float64Array.from({ length: frames }, (_, i) => view.getInt16(at + 8 + 2 * (i * count + c), true) / 32_768));
      return { rateHz, channels };
    }
    at += 8 + size + (size & 1);
  }
  throw new Error("no data chunk");
}

/** A sine as 16-bit mono WAV; `level` is the peak in 0 .. 1. */
export function writeToneWav(path: string, tone: { readonly frequencyHz: number; readonly level: number; readonly durationMs: number; readonly rateHz?: number }): void {
  const rateHz = tone.rateHz ?? 8000;
  const frames = (tone.durationMs * rateHz) / 1000;
  writeWav(path, Int16Array.from({ length: frames }, (_, i) => Math.round(32_767 * tone.level * Math.sin((2 * Math.PI * tone.frequencyHz * i) / rateHz))), rateHz);
}

/** 16-bit mono. */
export function writeWav(path: string, samples: Int16Array, rateHz: number): void {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + samples.length * 2, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rateHz, 24);
  bytes.writeUInt32LE(rateHz * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(samples.length * 2, 40);
  for (const [i, sample] of samples.entries()) bytes.writeInt16LE(sample, 44 + 2 * i);
  writeFileSync(path, bytes);
}

/** Peak amplitude of the component at `frequencyHz` over a span (Goertzel, Hann window), 0 .. 1. */
export function amplitudeAt(samples: Float64Array, rateHz: number, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / rateHz);
  let [s1, s2, weight] = [0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples.length);
    weight += window;
    [s1, s2] = [samples[i]! * window + coefficient * s1 - s2, s1];
  }
  return (2 * Math.sqrt(Math.max(0, s1 * s1 + s2 * s2 - coefficient * s1 * s2))) / weight;
}

/**
 * The strongest frequency (searched in 1 Hz steps between 300 and 3400 Hz) and its peak amplitude, in the loudest 400 ms
 * of the last `lastMs`: what was there while the tone lasted, whatever came before and after.
 */
export function loudestTone(sound: Sound, channel: number, { lastMs = Infinity }: { readonly lastMs?: number } = {}): { readonly frequencyHz: number; readonly amplitude: number; readonly atMs: number } {
  const whole = sound.channels[channel]!;
  const all = whole.subarray(Math.max(0, whole.length - Math.floor((Math.min(lastMs, 3_600_000) * sound.rateHz) / 1000)));
  const span = Math.floor((SPAN_MS * sound.rateHz) / 1000);
  const energy = (from: number): number => all.subarray(from, from + span).reduce((sum, s) => sum + s * s, 0);
  let [at, most] = [0, -1];
  for (let from = 0; from + span <= all.length; from += Math.floor(span / 4)) {
    const here = energy(from);
    if (here > most) [at, most] = [from, here];
  }
  const stretch = all.subarray(at, at + span);
  let [frequencyHz, amplitude] = [0, 0];
  for (let f = 300; f <= 3400; f++) {
    const here = amplitudeAt(stretch, sound.rateHz, f);
    if (here > amplitude) [frequencyHz, amplitude] = [f, here];
  }
  return { frequencyHz, amplitude, atMs: (at * 1000) / sound.rateHz };
}

/** The share of the power of `samples` above `frequencyHz`, 0 .. 1, over windows of 32 ms. */
export function shareAbove(samples: Float64Array, rateHz: number, frequencyHz: number): number {
  const size = Math.round(0.032 * rateHz);
  let [above, all] = [0, 0];
  for (let from = 0; from + size <= samples.length; from += size)
    for (let bin = 1; bin < size / 2; bin++) {
      const power = amplitudeAt(samples.subarray(from, from + size), rateHz, (bin * rateHz) / size) ** 2;
      all += power;
      if ((bin * rateHz) / size > frequencyHz) above += power;
    }
  return all === 0 ? 0 : above / all;
}
