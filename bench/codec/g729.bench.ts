// G.729's decoder beside libbcg729's, on the same frames: a voice's prompts, coded by the library. Without the library there
// is nothing to decode and no row.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FRAME_BYTES } from "../../media/codec/g729/bitstream.js";
import { FRAME_SAMPLES, FrameDecoder } from "../../media/codec/g729/frame-decoder.js";
import { measureNs, type BenchRow } from "../measure.js";

const PEER = fileURLToPath(new URL("../../../test/interop/g729/peer.c", import.meta.url));
const PROMPTS = fileURLToPath(new URL("../../../apps/registration/prompts", import.meta.url));
const RECORD_BYTES = 1 + FRAME_BYTES;
const WAV_HEADER_BYTES = 44;
const FRAMES = 6000;
const ROUNDS = 5;

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
    const records = execFileSync(peer, ["encode"], { input: speech(), maxBuffer: 1 << 24 });
    const frames = Math.floor(records.length / RECORD_BYTES);
    const decoder = new FrameDecoder();
    const out = new Int16Array(FRAME_SAMPLES);
    let frame = 0;
    const once = (): number => {
      decoder.decode(records, frame * RECORD_BYTES + 1, out, 0);
      frame = (frame + 1) % frames;
      return out[7]!;
    };
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) theirs.push(Number(execFileSync(peer, ["time-decode"], { input: records, encoding: "utf8" })));
    const [ours] = measureNs([{ name: "decoder", once }]);
    theirs.sort((a, b) => a - b);
    return [{ name: "G.729 decoder, a frame of 10 ms", ours: ours! / 1000, reference: { name: "libbcg729", value: theirs[ROUNDS >> 1]! / 1000 }, unit: "µs CPU" }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
