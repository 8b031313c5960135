import t from "tap";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { FRAME_BYTES, L0, P0, P1, parity, PARAMETERS, readFrame } from "./bitstream.js";
import { FRAME_SAMPLES, FrameDecoder } from "./frame-decoder.js";
import { FrameEncoder } from "./frame-encoder.js";
import { LpAnalysis } from "./lp-analysis.js";
import { openLoopDelay, refine } from "./open-loop-pitch.js";
import { crossesBoundary } from "./voice-activity.js";

/** A buzz that glides between two pitches, through two resonances, and a little noise. */
function voice(frames: number): Int16Array {
  const random = new SimRandom(729);
  let [phase, y1, y2, z1, z2] = [0, 0, 0, 0, 0];
  return Int16Array.from({ length: frames * FRAME_SAMPLES }, (_, i) => {
    phase += (130 + 40 * Math.sin(i / 9000)) / 8000;
    const pulse = phase >= 1 ? 1500 : 0;
    phase %= 1;
    const x = pulse + 20 * (random.next() - 0.5);
    const y = x + 1.75 * y1 - 0.92 * y2;
    [y2, y1] = [y1, y];
    const z = y + 0.3 * z1 - 0.8 * z2;
    [z2, z1] = [z1, z];
    return Math.max(-32_768, Math.min(32_767, z));
  });
}

function coded(encoder: FrameEncoder, samples: Int16Array): Uint8Array {
  const out = new Uint8Array((samples.length / FRAME_SAMPLES) * FRAME_BYTES);
  for (let frame = 0; frame * FRAME_SAMPLES < samples.length; frame++) {
    encoder.take(samples, frame * FRAME_SAMPLES);
    encoder.encode(out, frame * FRAME_BYTES);
  }
  return out;
}

function decoded(bytes: Uint8Array): Int16Array {
  const decoder = new FrameDecoder();
  const out = new Int16Array((bytes.length / FRAME_BYTES) * FRAME_SAMPLES);
  for (let frame = 0; frame * FRAME_BYTES < bytes.length; frame++) decoder.decode(bytes, frame * FRAME_BYTES, out, frame * FRAME_SAMPLES);
  return out;
}

/** Best of all delays of the filters, dB. */
function snrDb(said: Int16Array, heard: Int16Array): number {
  let best = -Infinity;
  for (let delay = 35; delay <= 45; delay++) {
    let [power, error] = [0, 1];
    for (let n = 800; n + delay < said.length; n++) {
      power += said[n]! ** 2;
      error += (said[n]! - heard[n + delay]!) ** 2;
    }
    best = Math.max(best, 10 * Math.log10(power / error));
  }
  return best;
}

t.test("G.729 section 3: a voice comes back as its wave, 40 samples later, the same after a reset", async (t) => {
  const encoder = new FrameEncoder();
  const said = voice(300);
  const bytes = coded(encoder, said);
  const got = snrDb(said, decoded(bytes));
  t.ok(got > 6.5, `${got.toFixed(1)} dB`);
  encoder.reset();
  t.same(coded(encoder, said), bytes);
});

t.test("G.729 section 3: a tone keeps its level within 1 dB, at the end of the band and where it is as soft as the coder's steps within 2", async (t) => {
  for (const frequencyHz of [300, 440, 697, 1004, 1633, 2100, 3000, 3400])
    for (const peak of [60, 3000, 20_000]) {
      const said = Int16Array.from({ length: 24_000 }, (_, i) => peak * Math.sin((2 * Math.PI * frequencyHz * i) / 8000));
      const heard = decoded(coded(new FrameEncoder(), said)).subarray(12_000);
      const levelDb = 10 * Math.log10(heard.reduce((sum, sample) => sum + sample * sample, 0) / (heard.length * peak * peak * 0.5));
      t.ok(Math.abs(levelDb) < (peak === 60 || frequencyHz === 3400 ? 2 : 1), `${frequencyHz} Hz, ${peak}: ${levelDb.toFixed(2)} dB`);
    }
});

t.test("G.729 section 3: whatever comes, frames are made, with the parity bit of their pitch, and silence stays silent", async (t) => {
  const random = new SimRandom(3);
  const parameters = new Int32Array(PARAMETERS);
  for (const [what, sample] of [
    ["silence", () => 0],
    ["one sample that stays", () => 32_767],
    ["full scale, turning", (i: number) => (i & 1 ? 32_767 : -32_768)],
    ["noise of full scale", () => random.next() * 65_535 - 32_768],
    ["steps", (i: number) => (Math.floor(i / 977) & 1 ? 30_000 : -30_000)],
    ["a click now and then", (i: number) => (i % 1999 === 0 ? -32_768 : 0)],
    ["one bit", (i: number) => (i % 3 === 0 ? 1 : 0)],
  ] as const) {
    const encoder = new FrameEncoder();
    const bytes = coded(encoder, Int16Array.from({ length: 100 * FRAME_SAMPLES }, (_, i) => sample(i)));
    for (let frame = 0; frame < 100; frame++) {
      readFrame(bytes, frame * FRAME_BYTES, parameters);
      if (parity(parameters[P1]!) !== parameters[P0]) t.fail(`${what}, frame ${frame}`);
    }
    const peak = decoded(bytes).subarray(4000).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (what === "silence") t.ok(peak <= 6, `silence: ${peak}`);
  }
  t.equal(parameters[L0]! <= 1, true);
});

t.test("G.729 section 3.2: the filter of a sound that a filter made, and its frequencies in order", async (t) => {
  const random = new SimRandom(10);
  const sound = new Int16Array(240);
  const analysis = new LpAnalysis();
  const mean = new Float64Array(11);
  const rounds = 400;
  let [y1, y2] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < sound.length; i++) {
      const y = 2000 * (random.next() - 0.5) + 1.2 * y1 - 0.8 * y2;
      [y2, y1] = [y1, y];
      sound[i] = y;
    }
    analysis.analyse(sound);
    for (let i = 0; i < 11; i++) mean[i]! += analysis.a[i]! / rounds;
    if (!analysis.lsf.every((lsf, i) => lsf > (analysis.lsf[i - 1] ?? 0) && lsf < Math.PI)) t.fail(analysis.lsf.join(" "));
  }
  for (const [i, want] of [1, -1.2, 0.8, 0, 0].entries()) t.ok(Math.abs(mean[i]! - want) < 0.06, `a${i} is ${mean[i]!.toFixed(3)}`);
});

t.test("G.729 section A.3.4: the first guess is the pitch, not its multiple", async (t) => {
  for (const pitch of [37, 45, 60, 71, 90]) {
    const sound = Int16Array.from({ length: 143 + 80 }, (_, i) => 1000 * [1, 2, 3, 4].reduce((sum, n) => sum + Math.cos((2 * Math.PI * n * i) / pitch) / n, 0));
    t.ok(Math.abs(openLoopDelay(sound, 143, refine) - pitch) <= 1, `${pitch}: ${openLoopDelay(sound, 143, refine)}`);
  }
});

t.test("G.729 B.3: table B.1: on one side of each boundary somebody speaks, amid the noise nobody", async (t) => {
  const noise = { spectrum: 0.0001, fullDb: 0, lowDb: 0, crossings: 0 };
  t.equal(crossesBoundary(noise), false);
  for (const [what, changed] of [
    ["another spectrum", { spectrum: 0.001 }],
    ["louder", { fullDb: -4.8, lowDb: -4 }],
    ["louder at low frequencies", { fullDb: -4, lowDb: -5.4 }],
    ["more crossings and a little louder", { crossings: -0.3, fullDb: -4.6 }],
    ["fewer crossings and louder at low frequencies", { crossings: 0.09, lowDb: -4.9, fullDb: -4 }],
  ] as const)
    t.equal(crossesBoundary({ ...noise, ...changed }), true, what);
});

t.test("G.729 B.4: a steady noise is told once it is known, its level within 1.5 dB, and again when it changes", async (t) => {
  const random = new SimRandom(4);
  const encoder = new FrameEncoder({ pauses: true });
  const decoder = new FrameDecoder();
  const [bytes, frame, samples] = [new Uint8Array(10), new Int16Array(FRAME_SAMPLES), new Int16Array(FRAME_SAMPLES)];
  const told: number[] = [];
  const levels = { soft: [0, 0], loud: [0, 0] };
  for (let i = 0; i < 1500; i++) {
    // 3 dB louder from the middle on: noise still, for who listens to the differences.
    const peak = i < 750 ? 60 : 85;
    for (let n = 0; n < FRAME_SAMPLES; n++) samples[n] = 2 * peak * (random.next() - 0.5);
    encoder.take(samples, 0);
    const length = encoder.encode(bytes, 0);
    if (length === 2) {
      decoder.decodeNoise(bytes, 0, frame, 0);
      told.push(i);
    } else if (length === 10) decoder.decode(bytes, 0, frame, 0);
    else decoder.conceal(frame, 0);
    const level = i >= 150 && i < 750 ? levels.soft : i >= 900 ? levels.loud : undefined;
    if (level === undefined) continue;
    level[0]! += samples.reduce((sum, sample) => sum + sample * sample, 0);
    level[1]! += frame.reduce((sum, sample) => sum + sample * sample, 0);
  }
  for (const [name, [said, heard]] of Object.entries(levels)) t.ok(Math.abs(10 * Math.log10(heard! / said!)) < 1.5, `${name}: ${(10 * Math.log10(heard! / said!)).toFixed(2)} dB off`);
  t.ok(told.some((i) => i > 740 && i < 850), "the change is told");
  t.ok(told.every((i, n) => n === 0 || i - told[n - 1]! >= 3) && told.length < 60, `told in ${told.length} of 1500 frames`);
});
