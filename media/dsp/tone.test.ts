import t from "tap";
import { createGain } from "./gain.js";
import { peakAt, strongestTone } from "./goertzel.js";
import { dbm0OfPeak, peakOfDbm0, saturate } from "./level.js";
import { Tone } from "./tone.js";

const tone = (frequenciesHz: readonly number[], levelDbm0: number, count = 8000): Int16Array => {
  const [out, source] = [new Int16Array(count), new Tone({ frequenciesHz, levelDbm0, rateHz: 8000 })];
  for (let at = 0; at < count; at += 160) source.fill(out, at, Math.min(count, at + 160));
  return out;
};

t.test("G.711 section 5: +3.14 dBm0 is full scale", async (t) => {
  t.equal(peakOfDbm0(3.14), 32_768);
  t.equal(Math.round(peakOfDbm0(0)), 22_827);
  for (const levelDbm0 of [-60, -20, 0, 3]) t.ok(Math.abs(dbm0OfPeak(peakOfDbm0(levelDbm0)) - levelDbm0) < 1e-9);
  t.same([40_000, -40_000, 1.5].map(saturate), [32_767, -32_768, 2]);
});

t.test("a tone is measured as what it was made", async (t) => {
  for (const frequencyHz of [300, 440, 1004.3, 2100, 3400])
    for (const levelDbm0 of [-40, -10, 0]) {
      const got = strongestTone(tone([frequencyHz], levelDbm0), 8000);
      t.ok(Math.abs(got.frequencyHz - frequencyHz) <= 0.2, `${frequencyHz} Hz: ${got.frequencyHz}`);
      t.ok(Math.abs(got.levelDbm0 - levelDbm0) <= 0.1, `${levelDbm0} dBm0: ${got.levelDbm0}`);
    }
});

t.test("two frequencies, each at its level, without a step between frames", async (t) => {
  const sound = tone([697, 1209], -9);
  for (const frequencyHz of [697, 1209]) t.ok(Math.abs(dbm0OfPeak(peakAt(sound, 8000, frequencyHz)) + 9) < 0.1);
  t.ok(peakAt(sound, 8000, 941) < 20);
  const once = new Int16Array(8000);
  new Tone({ frequenciesHz: [697, 1209], levelDbm0: -9, rateHz: 8000 }).fill(once, 0, 8000);
  t.ok(once.every((sample, i) => Math.abs(sample - sound[i]!) <= 1));
});

t.test("gain changes the level and saturates", async (t) => {
  for (const [gainDb, expectedDbm0] of [
    [6, -14],
    [-20, -40],
  ] as const) {
    const samples = tone([1000], -20);
    createGain(gainDb).push({ samples, rateHz: 8000, rtpTime: 0 }, (frame) => t.ok(Math.abs(strongestTone(frame.samples, 8000).levelDbm0 - expectedDbm0) < 0.1));
  }
  const samples = Int16Array.of(20_000, -20_000, 1);
  createGain(20).push({ samples, rateHz: 8000, rtpTime: 0 }, () => t.same([...samples], [32_767, -32_768, 10]));
});
