// G.729 beside libbcg729, on the same sound: a voice's prompts, and its frames as the library codes them. Without the library
// there is nothing to compare with and no row.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FRAME_BYTES } from "../../media/codec/g729/bitstream.js";
import { FrameEncoder } from "../../media/codec/g729/frame-encoder.js";
import { FRAME_SAMPLES, FrameDecoder } from "../../media/codec/g729/frame-decoder.js";
import { consume, type BenchRow } from "../measure.js";

const PEER = fileURLToPath(new URL("../../../test/interop/g729/peer.c", import.meta.url));
const PROMPTS = fileURLToPath(new URL("../../../apps/registration/prompts", import.meta.url));
const RECORD_BYTES = 1 + FRAME_BYTES;
const WAV_HEADER_BYTES = 44;
const FRAMES = 6000;
const ROUNDS = 12;
const WARM_UP = 3000;

/** A minute of the prompts, every second sample of their 16 kHz. */
function speech(): Buffer {
  const wavs = readdirSync(PROMPTS, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".wav")).sort();
  const out = Buffer.alloc(FRAMES * FRAME_SAMPLES * 2);
  let at = 0;
  for (const name of wavs) {
    const wav = readFileSync(join(PROMPTS, name));
    for (let i = WAV_HEADER_BYTES; i + 1 < wav.length && at < out.length; i += 4, at += 2) out.writeInt16LE(wav.readInt16LE(i), at);
  }
  return out.subarray(0, at);
}

export function run(): BenchRow[] {
  if (!existsSync("/usr/include/bcg729/decoder.h")) return [];
  const folder = mkdtempSync(join(tmpdir(), "ringward-bench-"));
  try {
    const peer = join(folder, "bcg729");
    execFileSync("cc", ["-O2", "-o", peer, PEER, "-lbcg729"], { stdio: "pipe" });
    const said = speech();
    const records = execFileSync(peer, ["encode"], { input: said, maxBuffer: 1 << 24 });
    const frames = Math.floor(records.length / RECORD_BYTES);
    const decoder = new FrameDecoder();
    const out = new Int16Array(FRAME_SAMPLES);
    let frame = 0;
    const once = (): number => {
      decoder.decode(records, frame * RECORD_BYTES + 1, out, 0);
      frame = (frame + 1) % frames;
      return out[7]!;
    };
    const encoder = new FrameEncoder();
    const samples = Int16Array.from({ length: said.length >> 1 }, (_, i) => said.readInt16LE(2 * i));
    const [bytes, last] = [new Uint8Array(FRAME_BYTES), Math.floor(samples.length / FRAME_SAMPLES)];
    let saidFrame = 0;
    const encodeOnce = (): number => {
      encoder.take(samples, saidFrame * FRAME_SAMPLES);
      saidFrame = (saidFrame + 1) % last;
      return encoder.encode(bytes, 0) + bytes[3]!;
    };
    const theirs = (mode: string, input: Buffer): number => Number(execFileSync(peer, [mode], { input, encoding: "utf8" })) / 1000;
    for (let i = 0; i < WARM_UP; i++) consume(encodeOnce() + once());
    // By turns and the least of each: other work on the machine only ever adds.
    const [ours, references] = [[Infinity, Infinity], [Infinity, Infinity]] as [number[], number[]];
    for (let round = 0; round < ROUNDS; round++) {
      ours[0] = Math.min(ours[0]!, cpuUs(encodeOnce, last));
      references[0] = Math.min(references[0]!, theirs("time-encode", said));
      ours[1] = Math.min(ours[1]!, cpuUs(once, frames));
      references[1] = Math.min(references[1]!, theirs("time-decode", records));
    }
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    return [
      { name: "G.729 encoder, a frame of 10 ms", ours: ours[0]!, reference: { name: "libbcg729", value: references[0]! }, unit: "µs CPU" },
      { name: "G.729 decoder, a frame of 10 ms", ours: ours[1]!, reference: { name: "libbcg729", value: references[1]! }, unit: "µs CPU" },
      { name: "G.729, both", ours: sum(ours), reference: { name: "libbcg729", value: sum(references) }, unit: "µs CPU" },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CPU µs of one of `count` calls. */
function cpuUs(once: () => number, count: number): number {
  const start = process.cpuUsage();
  for (let i = 0; i < count; i++) consume(once());
  const used = process.cpuUsage(start);
  return (used.user + used.system) / count;
}
