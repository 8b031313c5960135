import t from "tap";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { FRAME_SAMPLES, FrameDecoder } from "./frame-decoder.js";
import { framesIn, G729Decoder } from "./g729.js";

const sid = (mode: number, stage1: number, stage2: number, gain: number): Uint8Array => {
  const word = (mode << 15) | (stage1 << 10) | (stage2 << 6) | (gain << 1);
  return Uint8Array.of(word >> 8, word & 0xff);
};
const rms = (samples: Int16Array): number => Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

t.test("RFC 3551 section 4.5.6: what payloads hold", async (t) => {
  for (const [bytes, frames] of [[0, 0], [2, 1], [10, 1], [12, 2], [20, 2], [60, 6], [62, 7], [1, 0], [3, 0], [9, 0], [11, 0], [13, 0], [25, 0]] as const) {
    t.equal(framesIn(bytes), frames, `${bytes} bytes`);
    const out = new Int16Array(800).fill(-1);
    t.equal(new G729Decoder().decode(new Uint8Array(bytes + 8), { start: 5, end: 5 + bytes }, out), frames * FRAME_SAMPLES);
    t.equal(out[frames * FRAME_SAMPLES], -1, "nothing beyond");
  }
});

t.test("RFC 3551 section 4.5.6: a packet of six frames is six packets of one, wherever it stands", async (t) => {
  const random = new SimRandom(6);
  const payload = Uint8Array.from({ length: 65 }, () => random.next() * 256);
  const [whole, parts] = [new Int16Array(7 * FRAME_SAMPLES), new Int16Array(7 * FRAME_SAMPLES)];
  t.equal(new G729Decoder().decode(payload, { start: 3, end: 65 }, whole), whole.length);
  const decoder = new FrameDecoder();
  for (let i = 0; i < 6; i++) decoder.decode(payload, 3 + 10 * i, parts, i * FRAME_SAMPLES);
  decoder.decodeNoise(payload, 63, parts, 6 * FRAME_SAMPLES);
  t.same(whole, parts);
  t.equal(new G729Decoder().decode(payload, { start: 0, end: 60 }, new Int16Array(200)), 160, "what fits");
});

t.test("G.729 B.4.4: noise has the level that was sent, follows a new one and goes on while nothing comes", async (t) => {
  const out = new Int16Array(FRAME_SAMPLES * 100);
  const levels: number[] = [];
  for (const gain of [16, 20, 24]) {
    const decoder = new G729Decoder();
    decoder.decode(sid(0, 13, 2, gain), { start: 0, end: 2 }, out);
    decoder.conceal(out);
    levels.push(20 * Math.log10(rms(out)));
  }
  t.ok(Math.abs(levels[1]! - levels[0]! - 8) < 0.5 && Math.abs(levels[2]! - levels[1]! - 8) < 0.5, `four steps are 8 dB: ${levels.map((level) => level.toFixed(1)).join(", ")}`);

  const decoder = new G729Decoder();
  const frame = new Int16Array(FRAME_SAMPLES);
  decoder.decode(sid(0, 13, 2, 16), { start: 0, end: 2 }, frame);
  decoder.conceal(out);
  decoder.decode(sid(0, 13, 2, 26), { start: 0, end: 2 }, frame);
  decoder.conceal(out);
  t.ok(rms(out.subarray(0, 160)) < 0.6 * rms(out.subarray(-1600)), "a louder one is reached step by step");
});

t.test("G.729 B.4.4: after a pause sound is decoded as before it, and its loss is concealed as sound", async (t) => {
  const random = new SimRandom(7);
  const sound = Uint8Array.from({ length: 10 }, () => random.next() * 256);
  const out = new Int16Array(FRAME_SAMPLES);
  const decoder = new FrameDecoder();
  decoder.decodeNoise(sid(1, 5, 5, 20), 0, out, 0);
  decoder.decode(sound, 0, out, 0);
  for (let i = 0; i < 300; i++) decoder.conceal(out, 0);
  t.ok(rms(out) < 10, "fades, where noise would stay");
});
