import { once } from "node:events";
import { FileWriter } from "wav";
import { LAW_RATE_HZ, lawOf, type LawName } from "../../../media/codec/g711.js";

/** Writes a track as WAV, mono, 16 bits, 8000 Hz; an empty one where there is no track. Returns its length in ms. Rejects with what the file system says. */
export async function writeMonoWav(path: string, track: { readonly codec: LawName; readonly bytes: Uint8Array } | undefined): Promise<number> {
  const { codec, bytes } = track ?? { codec: "PCMA" as const, bytes: new Uint8Array(0) };
  const table = lawOf(codec).decode;
  const samples = Buffer.alloc(bytes.length * 2);
  bytes.forEach((byte, i) => samples.writeInt16LE(table[byte]!, i * 2));
  const file = new FileWriter(path, { channels: 1, sampleRate: LAW_RATE_HZ, bitDepth: 16 });
  // The length in the header is right once this event came, not at the stream's own end.
  const done = once(file, "done");
  file.end(samples);
  await done;
  return (bytes.length * 1000) / LAW_RATE_HZ;
}
