import t from "tap";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import type { PcmFrame, Stage } from "../../pipeline/stage.js";
import { peakOfDbm0, saturate } from "../level.js";
import { EndOfSpeech, type SpeechEnd } from "./end-of-speech.js";
import { GainControl } from "./gain-control.js";
import { LevelMeter } from "./level-meter.js";
import { NoiseGate } from "./noise-gate.js";
import { VoiceDetector } from "./voice-detector.js";

const gaussian = (random: SimRandom): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** A voice as far as its level goes: a pitch with its harmonics, syllables of 200 ms with 60 ms between, over a line's noise. */
function line(parts: readonly (readonly [what: "voice" | "noise", ms: number, dbm0: number])[], noiseDbm0: number, random: SimRandom): Int16Array {
  const out: number[] = [];
  const noise = peakOfDbm0(noiseDbm0) / Math.SQRT2;
  for (const [what, ms, dbm0] of parts)
    for (let i = 0; i < ms * 8; i++) {
      const at = i % 2080;
      const envelope = what === "noise" || at >= 1600 ? 0 : Math.sin((Math.PI * at) / 1600);
      let voice = 0;
      for (let h = 1; h <= 8; h++) voice += Math.sin((2 * Math.PI * 140 * h * i) / 8000 + h) / h;
      out.push(saturate(peakOfDbm0(dbm0) * envelope * voice * 1.1 + noise * gaussian(random)));
    }
  return Int16Array.from(out);
}

const frames = (samples: Int16Array): Int16Array[] => Array.from({ length: Math.floor(samples.length / 160) }, (_, i) => samples.slice(160 * i, 160 * i + 160));
const sine = (hertz: number, dbm0: number, ms: number): Int16Array => Int16Array.from({ length: 8 * ms }, (_, i) => saturate(peakOfDbm0(dbm0) * Math.sin((2 * Math.PI * hertz * i) / 8000)));

t.test("a meter tells a sine's level twice the same, and begins anew", async (t) => {
  const meter = new LevelMeter();
  for (const dbm0 of [-50, -20, 0]) {
    meter.push(sine(1000, dbm0, 100));
    const { rmsDbm0, peakDbm0 } = meter.read();
    t.ok(Math.abs(rmsDbm0 - dbm0) < 0.1 && Math.abs(peakDbm0 - dbm0) < 0.1, `${dbm0}: ${rmsDbm0.toFixed(2)}, ${peakDbm0.toFixed(2)}`);
  }
  t.same(meter.read(), { rmsDbm0: -Infinity, peakDbm0: -Infinity });
  meter.push(Int16Array.of(0, 0, 0, 22_827));
  const click = meter.read();
  t.ok(Math.abs(click.peakDbm0) < 0.01 && Math.abs(click.rmsDbm0 + 3.01) < 0.02);
});

t.test("a voice is heard from its first syllable to its end, by level and noise (seed 1)", async (t) => {
  const random = new SimRandom(1);
  for (const noiseDbm0 of [-70, -55, -45])
    for (const dbm0 of [-10, -20, -30]) {
      const heard = frames(line([["noise", 1000, 0], ["voice", 2000, dbm0], ["noise", 1500, 0]], noiseDbm0, random)).map(((voice) => (frame: Int16Array) => voice.push(frame))(new VoiceDetector()));
      const [first, last] = [heard.indexOf(true) * 20, heard.lastIndexOf(true) * 20];
      t.ok(first >= 1000 && first <= 1120 && last >= 2800 && last <= 3200, `${dbm0} dBm0 over ${noiseDbm0}: ${first} to ${last} ms`);
      const spoken = heard.slice(53, 150).filter(Boolean).length / 97;
      t.ok(spoken > 0.9, `${dbm0} dBm0 over ${noiseDbm0}: ${(100 * spoken).toFixed(0)} % of it`);
    }
});

t.test("noise that comes up is taken for noise within two seconds and a voice over it is heard (seed 2)", async (t) => {
  const random = new SimRandom(2);
  const voice = new VoiceDetector();
  for (const frame of frames(line([["noise", 1000, 0]], -60, random))) voice.push(frame);
  const risen = frames(line([["noise", 5000, 0]], -35, random)).map((frame) => voice.push(frame));
  t.ok(risen.lastIndexOf(true) * 20 < 2000, `${risen.lastIndexOf(true) * 20} ms`);
  const spoken = frames(line([["voice", 1000, -15]], -35, random)).map((frame) => voice.push(frame));
  t.ok(spoken.filter(Boolean).length > 40);
});

t.test("silence, soft hum and one click are nobody", async (t) => {
  for (const samples of [new Int16Array(16_000), sine(50, -52, 2000), Int16Array.from({ length: 16_000 }, (_, i) => (i === 8000 ? 20_000 : 0))]) {
    const voice = new VoiceDetector();
    t.notOk(frames(samples).some((frame) => voice.push(frame)));
  }
});

t.test("mains hum and direct current are nobody, and a voice above them is heard: -20 dBm0 of 50 or 60 Hz, -27 of DC (seed 6)", async (t) => {
  const random = new SimRandom(6);
  const mains = (hertz: number, dbm0: number) => (i: number): number => peakOfDbm0(dbm0) * Math.sin((2 * Math.PI * hertz * i) / 8000);
  for (const [name, hum] of [["50 Hz at -20 dBm0", mains(50, -20)], ["50 Hz at -30 dBm0", mains(50, -30)], ["60 Hz at -30 dBm0", mains(60, -30)], ["DC of 1000", () => 1000]] as const)
    for (const dbm0 of [-30, -24, -15]) {
      const humming = line([["noise", 1000, 0], ["voice", 2000, dbm0], ["noise", 3000, 0]], -60, random).map((sample, i) => saturate(sample + hum(i)));
      const [voice, ear] = [new VoiceDetector(), new EndOfSpeech({ beginMs: 4000, silenceMs: 1500, lengthMs: 8000 })];
      const heard = frames(humming).map((frame) => voice.push(frame));
      t.ok(heard.indexOf(true) >= 50 && heard.lastIndexOf(true) < 165 && heard.slice(53, 150).filter(Boolean).length > 85, `${dbm0} dBm0 over ${name}: ${heard.indexOf(true) * 20} to ${heard.lastIndexOf(true) * 20} ms`);
      t.equal(frames(humming).map((frame) => ear.push(frame)).find((end) => end !== undefined), "silence", `${dbm0} dBm0 over ${name}`);
    }
});

t.test("the end of speech, by silence, by length, and where nobody speaks (seed 3)", async (t) => {
  const random = new SimRandom(3);
  const options = { beginMs: 3000, silenceMs: 1500, lengthMs: 8000 };
  const rows: readonly (readonly [Parameters<typeof line>[0], SpeechEnd, number, number])[] = [
    [[["noise", 500, 0], ["voice", 2000, -20], ["noise", 4000, 0]], "silence", 3900, 4300],
    [[["noise", 500, 0], ["voice", 1000, -20], ["noise", 1200, 0], ["voice", 1000, -20], ["noise", 4000, 0]], "silence", 5100, 5500],
    [[["noise", 5000, 0]], "no-speech", 2980, 3000],
    [[["voice", 10_000, -20]], "too-long", 7980, 8000],
  ];
  for (const [parts, end, fromMs, toMs] of rows) {
    const ear = new EndOfSpeech(options);
    const heard = frames(line(parts, -60, random)).map((frame) => ear.push(frame));
    const at = heard.findIndex((said) => said !== undefined) * 20;
    t.ok(heard[at / 20] === end && at >= fromMs && at <= toMs, `${end} at ${at} ms`);
    if (end === "silence") t.ok(ear.spokenUntilMs > fromMs - 1500 && ear.spokenUntilMs < toMs - 1400, `spoken until ${ear.spokenUntilMs} ms`);
    else if (end === "no-speech") t.equal(ear.spokenUntilMs, 0);
  }
});

/** Level of what a stage makes of `samples` in the last second. */
function behind(stage: Stage<PcmFrame, PcmFrame>, samples: Int16Array): number {
  const meter = new LevelMeter();
  const all = frames(samples);
  for (const [i, frame] of all.entries()) stage.push({ samples: frame, rateHz: 8000, rtpTime: 0 }, (out) => (i >= all.length - 52 ? meter.push(out.samples) : undefined));
  return meter.read().rmsDbm0;
}

t.test("gain control brings soft and loud voices to one level, and leaves noise alone (seed 4)", async (t) => {
  const random = new SimRandom(4);
  const levels = [-30, -24, -18, -10].map((dbm0) => behind(new GainControl(), line([["voice", 9100, dbm0]], -70, random)));
  t.ok(Math.max(...levels) - Math.min(...levels) < 4, levels.map((level) => level.toFixed(1)).join(", "));
  const gain = new GainControl();
  t.ok(behind(gain, line([["noise", 5000, 0]], -45, random)) < -44 && gain.gainDb === 0);
  const loud = new GainControl({ targetDbm0: -3, gainDbMax: 20 });
  let peak = 0;
  for (const frame of frames(line([["voice", 4000, -12]], -70, random))) loud.push({ samples: frame, rateHz: 8000, rtpTime: 0 }, ({ samples }) => (peak = Math.max(peak, ...samples)));
  t.ok(peak <= 30_100, `never beyond its bound: ${peak}`);
});

t.test("a gate lowers the room by 20 dB while nobody speaks, and opens for the first syllable (seed 5)", async (t) => {
  const random = new SimRandom(5);
  t.ok(Math.abs(behind(new NoiseGate(), line([["noise", 4000, 0]], -45, random)) + 65) < 1);
  const voice = line([["noise", 2000, 0], ["voice", 2080, -20]], -50, random);
  const open = new LevelMeter();
  open.push(voice.subarray(voice.length - 52 * 160));
  t.ok(Math.abs(behind(new NoiseGate(), voice) - open.read().rmsDbm0) < 0.5);
});
