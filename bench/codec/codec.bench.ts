// What 20 ms of each codec cost, each way, beside the same work in C in the same run: `npm run bench -- codec`.
import { ownCodecs } from "../../media/codec/catalog.js";
import type { Codec } from "../../media/codec/codec.js";
import { openCatalog } from "../../media/codec/open-catalog.js";
import { Resampler, type SampleRateHz } from "../../media/dsp/resampler/resampler.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import type { AudioCodecName } from "../../protocol/sdp/audio-format.js";
import { measureNs, type BenchRow } from "../measure.js";
import { References } from "./reference.js";

const FRAMES = 500;
const C_ROUNDS = 40;

/** A voice-like sound: a buzz that glides, comes and goes, and a little noise. */
function voice(rateHz: number, seconds: number): Int16Array {
  const random = new SimRandom(7);
  let phase = 0;
  return Int16Array.from({ length: rateHz * seconds }, (_, i) => {
    const second = i / rateHz;
    phase += (130 + 50 * Math.sin(5 * second)) / rateHz;
    return Math.max(0, Math.sin(9 * second)) * 9000 * (2 * (phase % 1) - 1) + 200 * (random.next() - 0.5);
  });
}

export async function run(): Promise<BenchRow[]> {
  const { codecs } = await openCatalog();
  const references = new References();
  try {
    const rows: BenchRow[] = [];
    for (const [name, fmtp, c] of [
      ["PCMA", "", "g711"],
      ["PCMU", "", "g711"],
      ["L16/16000", "", undefined],
      ["G722", "", undefined],
      ["G729", "", undefined],
      ["opus", "maxplaybackrate=16000;useinbandfec=1", "opus16"],
      ["opus", "useinbandfec=1", "opus48"],
    ] as readonly (readonly [AudioCodecName, string, string | undefined])[]) {
      const codec = codecs(name, fmtp) ?? ownCodecs(name, fmtp);
      if (codec !== undefined) rows.push(...measureCodec(codec, references, c));
    }
    return [...rows, ...measureResampler(references)];
  } finally {
    references.close();
  }
}

function measureCodec(codec: Codec, references: References, c: string | undefined): BenchRow[] {
  const { sampleRateHz, format } = codec;
  const sound = voice(sampleRateHz, (FRAMES * 20) / 1000);
  const frameMs = codec.frameMs(20);
  const frames = Array.from({ length: (FRAMES * 20) / frameMs }, (_, i) => sound.slice((i * sampleRateHz * frameMs) / 1000, ((i + 1) * sampleRateHz * frameMs) / 1000));
  const bytes = new Uint8Array(2000);
  const [encoder, decoder] = [codec.createEncoder(), codec.createDecoder()];
  const packets = frames.map((frame) => bytes.slice(0, encoder.encode(frame, bytes, 0)));
  const spans = packets.map((packet) => ({ start: 0, end: packet.length }));
  const out = new Int16Array((sampleRateHz * frameMs) / 1000);
  let [e, d] = [0, 0];
  const [encode, decode] = measureNs([
    { name: "encode", once: () => encoder.encode(frames[e++ % frames.length]!, bytes, 0) + bytes[0]! },
    { name: "decode", once: () => decoder.decode(packets[d % packets.length]!, spans[d++ % packets.length]!, out) + out[7]! },
  ]).map((ns) => (ns * 20) / frameMs / 1000);
  const rate = `${format.encoding} ${sampleRateHz / 1000} kHz`;
  return (["encode", "decode"] as const).map((direction) => {
    const value = c === undefined ? inFfmpeg(references, codec, direction) : references.c({ codec: c, direction }, sound, C_ROUNDS);
    const reference = value === undefined ? {} : { reference: { name: c === undefined ? "ffmpeg" : c === "g711" ? "a table in C" : "libopus called from C", value } };
    return { name: `${rate}, ${direction}`, ours: direction === "encode" ? encode! : decode!, unit: "µs CPU a 20 ms frame", ...reference };
  });
}

function inFfmpeg(references: References, { format, sampleRateHz }: Codec, direction: "encode" | "decode"): number | undefined {
  if (format.codec !== "G722") return undefined;
  const long = voice(sampleRateHz, 120);
  return direction === "encode"
    ? references.ffmpeg(long, sampleRateHz, { output: ["-c:a", "g722", "-f", "g722"] })
    : references.ffmpeg(long, sampleRateHz, { input: ["-f", "g722"], output: ["-c:a", "pcm_s16le", "-f", "s16le"] });
}

function measureResampler(references: References): BenchRow[] {
  return ([[48_000, 8000], [8000, 48_000], [16_000, 8000], [8000, 16_000]] as readonly (readonly [SampleRateHz, SampleRateHz])[]).map(([fromHz, toHz]) => {
    const resampler = new Resampler(fromHz, toHz);
    const [frame, out] = [voice(fromHz, 0.02), new Int16Array(toHz / 50)];
    const [ns] = measureNs([{ name: "resample", once: () => resampler.push(frame, out) + out[7]! }]);
    const value = references.ffmpeg(voice(fromHz, 120), fromHz, { output: ["-ar", String(toHz), "-c:a", "pcm_s16le", "-f", "s16le"] });
    return { name: `resample ${fromHz / 1000} to ${toHz / 1000} kHz`, ours: ns! / 1000, unit: "µs CPU a 20 ms frame", ...(value === undefined ? {} : { reference: { name: "ffmpeg's aresample", value } }) };
  });
}
