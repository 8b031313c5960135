import t from "tap";
import type { LawName } from "../../media/codec/g711.js";
import type { } from "../../media/engine/command.js";
import type { CdrRecording } from "../cdr/cdr.js";
import { openCallAudio } from "./call-audio.js";

const SILENCE = { PCMA: 0xd5, PCMU: 0xff } as const;
const FULL = { PCMA: 0xaa, PCMU: 0x80 } as const;

const tracks = (of: Record<string, { codec: LawName; bytes: Uint8Array }>) => ({ read: async (id: string) => of[id] });
const recording = (id: string, role: "caller" | "agent", offsetMs: number): CdrRecording => ({ recording: id, leg: id, role, offsetMs, durationMs: null, sha256: null });

async function collect(stream: AsyncIterable<Buffer> | undefined): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream ?? []) parts.push(part);
  return Buffer.concat(parts);
}
const sample = (wav: Buffer, at: number, channel: 0 | 1): number => wav.readInt16LE(44 + (at * 2 + channel) * 2);

t.test("M02 a call's tracks as one stereo WAV: caller left, agent right, at their offsets", async (t) => {
  const store = tracks({
    a: { codec: "PCMA", bytes: new Uint8Array(24_000).fill(FULL.PCMA) },
    b: { codec: "PCMU", bytes: new Uint8Array(8000).fill(FULL.PCMU) },
  });
  const wav = await collect(await openCallAudio(store, [recording("a", "caller", 1000), recording("b", "agent", 1500), recording("missing", "agent", 0)]));
  t.equal(wav.toString("latin1", 0, 4) + wav.toString("latin1", 8, 16), "RIFFWAVEfmt ");
  t.strictSame([wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt32LE(24), wav.readUInt32LE(28), wav.readUInt16LE(32), wav.readUInt16LE(34)], [1, 2, 8000, 32_000, 4, 16]);
  t.equal(wav.readUInt32LE(40), 24_000 * 4, "the header's length is right");
  t.equal(wav.readUInt32LE(4), wav.length - 8);
  t.equal(wav.length, 44 + 24_000 * 4);
  t.equal(sample(wav, 0, 0), 32_256, "ITU-T G.711 table 1a: the largest of A-law");
  t.equal(sample(wav, 23_999, 0), 32_256);
  t.equal(sample(wav, 3999, 1), 0, "silence before");
  t.equal(sample(wav, 4000, 1), 32_124, "ITU-T G.711 table 2a: the largest of mu-law");
  t.equal(sample(wav, 11_999, 1), 32_124);
  t.equal(sample(wav, 12_000, 1), 0, "silence behind");
});

t.test("two tracks of one side: one after the other, and both where they overlap", async (t) => {
  const store = tracks({
    a: { codec: "PCMU", bytes: new Uint8Array(16).fill(FULL.PCMU) },
    b: { codec: "PCMU", bytes: new Uint8Array(16).fill(FULL.PCMU) },
    c: { codec: "PCMU", bytes: new Uint8Array(8).fill(SILENCE.PCMU) },
  });
  const wav = await collect(await openCallAudio(store, [recording("a", "agent", 0), recording("b", "agent", 1), recording("c", "agent", 5)]));
  t.equal(wav.readUInt32LE(40), 48 * 4);
  t.strictSame([0, 8, 16, 24, 40].map((at) => sample(wav, at, 1)), [32_124, 32_767, 32_124, 0, 0]);
});

t.test("nothing recorded", async (t) => {
  t.equal(await openCallAudio(tracks({}), [recording("a", "caller", 0)]), undefined);
  t.equal(await openCallAudio(tracks({}), []), undefined);
});
