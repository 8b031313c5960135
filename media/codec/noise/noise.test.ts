import t from "tap";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { NoiseAnalyser } from "./noise-analyser.js";
import { NoiseGenerator } from "./noise-generator.js";
import { createNoiseModel, NOISE_BYTES_MAX, NOISE_ORDER, readNoise, writeNoise } from "./noise-model.js";

const whole = (bytes: Uint8Array): { readonly start: number; readonly end: number } => ({ start: 0, end: bytes.length });
const rmsOf = (samples: Int16Array): number => Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
const dbov = (rms: number): number => 20 * Math.log10(rms / 32_768);

/** Noise of a generator, in steps of 10 ms. */
function soundOf(payload: Uint8Array, seconds: number, rates: readonly [number, 8000 | 16_000] = [8000, 8000]): Int16Array {
  const generator = new NoiseGenerator(...rates);
  generator.read(payload, whole(payload));
  const step = rates[1] / 100;
  const out = new Int16Array(seconds * rates[1]);
  for (let at = 0; at < out.length; at += step) generator.fill(out.subarray(at, at + step));
  return out;
}

/** Power in bands of 500 Hz, dB, of 8 kHz sound. */
function bandsDb(samples: Int16Array): number[] {
  const size = 256;
  const power = new Float64Array(8);
  for (let at = 0; at + size <= samples.length; at += size)
    for (let bin = 2; bin < size / 2; bin++) {
      let [re, im] = [0, 0];
      for (let n = 0; n < size; n++) {
        const value = (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size)) * samples[at + n]!;
        re += value * Math.cos((2 * Math.PI * bin * n) / size);
        im += value * Math.sin((2 * Math.PI * bin * n) / size);
      }
      power[Math.floor((16 * bin) / size)]! += re * re + im * im;
    }
  return Array.from(power, (value) => 10 * Math.log10(value / samples.length));
}

t.test("RFC 3389 3: what packets say", async (t) => {
  const model = createNoiseModel();
  for (const [hex, db, reflections] of [
    ["28", 40, []],
    ["a8", 40, []],
    ["7f", 127, []],
    ["007f", 0, [0]],
    ["28fe00ff80", 40, [0.995, -0.995, 0, 258 / 32_768]],
    [`28${"54".repeat(30)}`, 40, Array(NOISE_ORDER).fill((258 * (0x54 - 127)) / 32_768)],
  ] as const) {
    const bytes = Buffer.from(hex, "hex");
    t.equal(readNoise(model, bytes, whole(bytes)), true);
    t.ok(Math.abs(dbov(model.rms) + db) < 0.001, `${hex}: -${db} dBov`);
    const want = [...reflections, ...Array<number>(NOISE_ORDER - reflections.length).fill(0)];
    t.ok(want.every((k, i) => Math.abs(k - model.reflections[i]!) < 1e-9), `${hex}: ${model.reflections.join(" ")}`);
  }
  t.equal(readNoise(model, new Uint8Array(0), { start: 0, end: 0 }), false, "an empty one says nothing");
});

t.test("RFC 3389 3: what is written is read back to half a step, no longer than needed", async (t) => {
  const random = new SimRandom(3389);
  const [model, again, out] = [createNoiseModel(), createNoiseModel(), new Uint8Array(NOISE_BYTES_MAX + 2)];
  for (let round = 0; round < 300; round++) {
    model.rms = 32_768 * 10 ** (-random.next() * 6);
    for (let i = 0; i < NOISE_ORDER; i++) model.reflections[i] = i < round % 11 ? 1.9 * random.next() - 0.95 : 0;
    const end = writeNoise(model, out, 1);
    if (end > 2 + (round % 11)) t.fail(`${end - 1} bytes for ${round % 11} coefficients`);
    readNoise(again, out, { start: 1, end });
    if (Math.abs(dbov(model.rms) - dbov(again.rms)) > 0.51 || model.reflections.some((k, i) => Math.abs(k - again.reflections[i]!) > 0.004)) t.fail(`round ${round}`);
  }
  model.rms = 0;
  writeNoise(model, out, 0);
  t.equal(out[0], 127, "silence");
});

t.test("G.711 Appendix II: any packet makes bounded noise at its level within 1 dB", async (t) => {
  const random = new SimRandom(711);
  for (const [hex, db] of [["28", 40], ["1e", 30], ["3c", 60], ["2812cd5b90758873837 67a".replace(" ", ""), 40], ["26c8cdb2ac99ad909f8e9c", 38], ["2830", 40]] as const) {
    const rms = rmsOf(soundOf(Buffer.from(hex, "hex"), 20));
    t.ok(Math.abs(dbov(rms) + db) < 1, `${hex}: ${dbov(rms).toFixed(2)} dBov`);
  }
  for (let round = 0; round < 50; round++) {
    const sound = soundOf(Uint8Array.from({ length: NOISE_BYTES_MAX }, (_, i) => (i === 0 ? 40 : random.next() * 256)), 0.5);
    if (rmsOf(sound) > 32_768 * 0.1) t.fail(`round ${round}: ${rmsOf(sound)}`);
  }
  const wide = rmsOf(soundOf(Buffer.from("28", "hex"), 20, [8000, 16_000]));
  t.ok(Math.abs(dbov(wide) + 40) < 1, `at 16 kHz from packets of 8 kHz: ${dbov(wide).toFixed(2)} dBov`);
});

t.test("G.711 Appendix II: noise that is analysed and made again has its level within 1 dB and its spectrum within 2", async (t) => {
  for (const hex of ["28", "2812cd5b907588738376 7a".replace(" ", ""), "26c8cdb2ac99ad909f8e9c", "2340c0"]) {
    const [said, analyser, model, payload] = [soundOf(Buffer.from(hex, "hex"), 20), new NoiseAnalyser(160), createNoiseModel(), new Uint8Array(NOISE_BYTES_MAX)];
    const generator = new NoiseGenerator(8000, 8000);
    const heard = new Int16Array(said.length);
    for (let at = 0; at < said.length; at += 160) {
      analyser.push(said.subarray(at, at + 160));
      analyser.describe(model);
      if (at % (160 * 25) === 160 * 10 || at === 0) generator.read(payload, { start: 0, end: writeNoise(model, payload, 0) });
      for (const half of [at, at + 80]) generator.fill(heard.subarray(half, half + 80));
    }
    const [a, b] = [bandsDb(said.subarray(8000)), bandsDb(heard.subarray(8000))];
    const differences = a.map((level, band) => b[band]! - level);
    t.ok(Math.abs(dbov(rmsOf(said)) - dbov(rmsOf(heard))) < 1, `${hex}: level ${dbov(rmsOf(said)).toFixed(2)} and ${dbov(rmsOf(heard)).toFixed(2)}`);
    t.ok(differences.every((difference) => Math.abs(difference) < 2), `${hex}: ${differences.map((difference) => difference.toFixed(1)).join(", ")}`);
  }
});

t.test("the end of a word and a click are no part of the noise", async (t) => {
  const quiet = soundOf(Buffer.from("32", "hex"), 0.16);
  const [analyser, model] = [new NoiseAnalyser(160), createNoiseModel()];
  for (let frame = 0; frame < 8; frame++) analyser.push(quiet.subarray(160 * frame, 160 * frame + 160).map((sample) => (frame < 3 ? 10 * sample : sample)));
  analyser.describe(model);
  t.ok(Math.abs(dbov(model.rms) + 50) < 1, dbov(model.rms).toFixed(1));
  analyser.reset();
  analyser.describe(model);
  t.equal(model.rms, 0);
});
