import t from "tap";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { peakAt } from "../goertzel.js";
import { dbm0OfPeak, peakOfDbm0, saturate } from "../level.js";
import { AnswerToneDetector } from "./answer-tone-detector.js";
import { cadence, isCadence, parseCadence, type CadenceFault } from "./cadence.js";
import { CadenceSource } from "./cadence-source.js";
import { NATIONAL_TONES, SPECIAL_TONES, TONE_COUNTRIES, type CallProgressTone } from "./national-tones.js";
import { ToneDetector, type Signal } from "./tone-detector.js";

const RATE_HZ = 8000;

function sounded(text: string, durationMs: number): Int16Array {
  const [out, source] = [new Int16Array((durationMs * RATE_HZ) / 1000), new CadenceSource(cadence(text), RATE_HZ)];
  for (let at = 0; at < out.length; at += 160) source.fill(out.subarray(at, at + 160));
  return out;
}

const gaussian = (random: SimRandom): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

function noisy(samples: Int16Array, levelDbm0: number, random: SimRandom): Int16Array {
  const rms = peakOfDbm0(levelDbm0) / Math.SQRT2;
  return samples.map((sample) => saturate(sample + rms * gaussian(random)));
}

/** Names in the order they were told, with the time. */
function heard(signals: readonly Signal[], samples: Int16Array): { name: string; atMs: number }[] {
  const detector = new ToneDetector(signals);
  const told: { name: string; atMs: number }[] = [];
  for (let at = 0; at < samples.length; at += 160) {
    const name = detector.push(samples.subarray(at, at + 160));
    if (name !== undefined) told.push({ name, atMs: at / 8 });
  }
  return told;
}

const SIGNALS = (country: keyof typeof NATIONAL_TONES): Signal[] => [
  ...Object.entries(NATIONAL_TONES[country]).map(([name, of]) => ({ name, cadence: of })),
  { name: "sit", cadence: SPECIAL_TONES.sit },
  { name: "cng", cadence: SPECIAL_TONES.cng },
];

t.test("E.180: a cadence is read into its segments", async (t) => {
  t.same(cadence("450/1000,0/4000"), {
    segments: [
      { frequenciesHz: [450], tolerancesHz: [8], levelDbm0: -13, durationMs: 1000 },
      { frequenciesHz: [], tolerancesHz: [], levelDbm0: -13, durationMs: 4000 },
    ],
    times: Infinity,
  });
  t.same(cadence(" 350+440@-20.5 "), { segments: [{ frequenciesHz: [350, 440], tolerancesHz: [8, 8], levelDbm0: -20.5, durationMs: Infinity }], times: Infinity });
  t.match(cadence("950~50/330,1400/330,1800/330*1"), { times: 1, segments: [{ tolerancesHz: [50] }, { tolerancesHz: [21] }, { tolerancesHz: [27] }] });
});

t.test("E.180: what is no cadence is a fault that names the segment and what is accepted", async (t) => {
  const rows: readonly (readonly [string, CadenceFault["fault"], number?])[] = [
    ["", "empty"], ["  ", "empty"], [",", "segment", 0], ["450/1000,", "segment", 1], ["/1000", "segment", 0], ["450/0", "duration", 0], ["450/-5", "duration", 0], ["450/1e3", "duration", 0], ["450/600001", "duration", 0], ["450/", "duration", 0], ["450/100/100", "duration", 0],
    ["99/100", "frequency", 0], ["3401/100", "frequency", 0], ["abc/100", "frequency", 0], ["450+/100", "frequency", 0], ["1+2+3+4+5/10", "frequency", 0], ["0+450/10", "frequency", 0], ["450@1/100", "level", 0], ["450@-61/100", "level", 0], ["450@/100", "level", 0], ["450@loud/100", "level", 0],
    ["450~0/100", "tolerance", 0], ["450~51/100", "tolerance", 0], ["450~5~5/100", "tolerance", 0], ["450,0/100", "endless", 0], ["450*2", "endless", 0], ["450/100*0", "times"], ["450/100*", "times"], ["450/100*1*2", "times"], ["450/100*1001", "times"], [Array(17).fill("450/1").join(","), "long"], ["4".repeat(201), "long"],
  ];
  for (const [text, fault, at] of rows) {
    const parsed = parseCadence(text);
    t.ok(!isCadence(parsed) && parsed.fault === fault && parsed.at === at && parsed.message.includes("accepted") === (fault !== "empty" && fault !== "long"), `${text.slice(0, 40)}: ${JSON.stringify(parsed)}`);
  }
  t.throws(() => cadence("450/x"), /accepted behind \//);
});

t.test("E.180: each country's tones sound at their frequencies, levels and times, and don't click", async (t) => {
  const rows = [
    ["cn", "dial", [450], -10, [[0, 8000]]], ["cn", "ringback", [450], -10, [[0, 1000], [5000, 6000]]], ["cn", "busy", [450], -10, [[0, 350], [700, 1050], [1400, 1750]]], ["cn", "congestion", [450], -10, [[0, 700], [1400, 2100]]],
    ["na", "dial", [350, 440], -13, [[0, 8000]]], ["na", "ringback", [440, 480], -19, [[0, 2000], [6000, 8000]]], ["na", "busy", [480, 620], -24, [[0, 500], [1000, 1500]]], ["na", "congestion", [480, 620], -24, [[0, 250], [500, 750]]],
    ["eu", "dial", [425], -10, [[0, 8000]]], ["eu", "ringback", [425], -10, [[0, 1000], [5000, 6000]]], ["eu", "busy", [425], -10, [[0, 500], [1000, 1500]]], ["eu", "congestion", [425], -10, [[0, 250], [500, 750]]],
  ] as const;
  for (const [country, name, frequenciesHz, levelDbm0, on] of rows) {
    const [out, source] = [new Int16Array(8 * 8000), new CadenceSource(NATIONAL_TONES[country][name], RATE_HZ)];
    for (let at = 0; at < out.length; at += 160) source.fill(out.subarray(at, at + 160));
    for (const [fromMs, toMs] of on) {
      for (const hertz of frequenciesHz) {
        const level = dbm0OfPeak(peakAt(out.subarray(8 * (fromMs + 10), 8 * (fromMs + 210)), RATE_HZ, hertz));
        t.ok(Math.abs(level - levelDbm0) < 0.3, `${country} ${name} ${hertz} Hz at ${fromMs} ms: ${level.toFixed(2)} dBm0`);
      }
      t.ok(out.subarray(8 * toMs, 8 * (toMs + 100)).every((sample) => sample === 0), `${country} ${name} is silent from ${toMs} ms`);
    }
    // A tone of the highest frequency moves so much from one sample to the next; a click is a jump.
    const steepest = frequenciesHz.reduce((sum, hertz) => sum + peakOfDbm0(levelDbm0) * 2 * Math.sin((Math.PI * hertz) / RATE_HZ), 0);
    let jump = 0;
    for (let i = 1; i < out.length; i++) jump = Math.max(jump, Math.abs(out[i]! - out[i - 1]!));
    t.ok(jump <= steepest * 1.02 + 2 && Math.abs(out[0]!) < 50, `${country} ${name}: steps of at most ${jump}`);
  }
});

t.test("a beep ends after its times, and what follows is silence", async (t) => {
  const out = sounded("1400@-16/100,0/100*2", 1000);
  t.ok(out.subarray(0, 800).some((s) => s !== 0) && out.subarray(1600, 2400).some((s) => s !== 0));
  t.ok(out.subarray(800, 1600).every((s) => s === 0) && out.subarray(2400).every((s) => s === 0));
});

const TONES: readonly CallProgressTone[] = ["dial", "ringback", "busy", "congestion"];
for (const country of TONE_COUNTRIES)
  t.test(`E.180: ${country}'s tones are told apart, soft and loud, a little off, over noise (seed 180)`, async (t) => {
    const random = new SimRandom(180);
    for (const name of TONES)
      for (const levelDb of [0, -20])
        for (const offBy of [-0.008, 0, 0.008])
          for (const noiseDb of [-60, 15]) {
            const { segments } = NATIONAL_TONES[country][name];
            const text = segments.map((s) => `${s.frequenciesHz.length === 0 ? "0" : s.frequenciesHz.map((hz) => hz * (1 + offBy)).join("+")}@${s.levelDbm0 + levelDb}${s.durationMs === Infinity ? "" : `/${s.durationMs}`}`).join(",");
            const soft = segments[0]!.levelDbm0 + levelDb;
            const line = noisy(sounded(text, 9000), noiseDb < 0 ? noiseDb : soft - noiseDb, random);
            t.same(heard(SIGNALS(country), line).map((told) => told.name), [name], `${name} ${levelDb} dB, ${offBy * 100} % off, noise ${noiseDb}`);
          }
  });

t.test("E.180: how soon a tone is known", async (t) => {
  for (const [name, msMax] of [["busy", 1400], ["congestion", 2800], ["ringback", 4300], ["dial", 2400]] as const) {
    const source = new CadenceSource(NATIONAL_TONES.cn[name], RATE_HZ);
    const out = new Int16Array(9 * 8000);
    for (let at = 0; at < out.length; at += 160) source.fill(out.subarray(at, at + 160));
    const [told] = heard(SIGNALS("cn"), out);
    t.ok(told?.name === name && told.atMs <= msMax, `${name} after ${told?.atMs} ms`);
  }
});

t.test("E.180 section 6, T.30 section 4.2: special information tone and fax calling, at the ends of their tolerances", async (t) => {
  for (const offHz of [-45, 0, 45]) {
    const line = sounded(`0/500,${950 + offHz}/330,${1400 - offHz}/330,${1800 + offHz}/330,0/1000,450/300*1`, 4000);
    t.same(heard(SIGNALS("cn"), line).map((told) => told.name), ["sit"], `SIT ${offHz} Hz off`);
  }
  for (const offHz of [-35, 0, 35]) t.same(heard(SIGNALS("cn"), sounded(`0/700,${1100 + offHz}/500,0/3000`, 9000)).map((told) => told.name), ["cng"], `CNG ${offHz} Hz off`);
  t.same(heard(SIGNALS("cn"), sounded("1400/330,950/330,1800/330,0/1000*1", 4000)), [], "in another order it is none");
});

t.test("E.180 section 6: special information tones of every kind that exchanges have, with 0 to 30 ms between their tones", async (t) => {
  const [low, high, short, long] = [[913.8, 1370.6], [985.2, 1428.5], 276, 380];
  // North America's: intercept, vacant, reorder (two), no circuit; then E.180's own at the ends of its 330 ms, 70 off.
  const kinds: readonly (readonly [string, readonly (readonly [number, number])[]])[] = [
    ["intercept", [[low[0]!, short], [low[1]!, short], [1776.7, long]]],
    ["vacant", [[high[0]!, long], [low[1]!, short], [1776.7, long]]],
    ["reorder", [[low[0]!, short], [high[1]!, long], [1776.7, long]]],
    ["reorder of another exchange", [[high[0]!, short], [low[1]!, long], [1776.7, long]]],
    ["no circuit", [[high[0]!, long], [high[1]!, long], [1776.7, long]]],
    ["of 260 ms", [[950, 260], [1400, 260], [1800, 260]]],
    ["of 400 ms", [[950, 400], [1400, 400], [1800, 400]]],
  ];
  for (const [kind, tones] of kinds)
    for (const betweenMs of [0, 10, 20, 30]) {
      const text = tones.map(([hertz, ms]) => `${hertz}@-24/${ms}`).join(betweenMs === 0 ? "," : `,0/${betweenMs},`);
      t.same(heard(SIGNALS("na"), sounded(`0/500,${text},0/1000*1`, 4000)).map((told) => told.name), ["sit"], `${kind}, ${betweenMs} ms between`);
    }
});

t.test("no signal: another rhythm, another frequency, noise, keys", async (t) => {
  const random = new SimRandom(7);
  for (const text of ["450/150,0/150", "500/350,0/350", "400/350,0/350", "697+1209/100,0/100", "1100/100,0/3000", "450/350,0/1000"]) t.same(heard(SIGNALS("cn"), sounded(text, 9000)), [], text);
  t.same(heard(SIGNALS("cn"), noisy(new Int16Array(80_000), -20, random)), []);
});

/** 2100 Hz of `durationMs`, its phase turned over every `everyMs`, `vibrato` of 15 Hz (V.8: 0.2). */
function answerTone({ durationMs, everyMs = Infinity, vibrato = 0, hertz = 2100, levelDbm0 = -12 }: { durationMs: number; everyMs?: number; vibrato?: number; hertz?: number; levelDbm0?: number }): Int16Array {
  return Int16Array.from({ length: 8 * durationMs }, (_, i) => saturate(peakOfDbm0(levelDbm0) * (1 + vibrato * Math.sin((2 * Math.PI * 15 * i) / RATE_HZ)) * Math.sin((2 * Math.PI * hertz * i) / RATE_HZ + Math.PI * Math.floor(i / 8 / everyMs))));
}

t.test("V.25, V.8, G.168: answer tones, with reversals and without", async (t) => {
  const told = (samples: Int16Array): string[] => {
    const detector = new AnswerToneDetector();
    const names: string[] = [];
    for (let at = 0; at < samples.length; at += 160) names.push(...[detector.push(samples.subarray(at, at + 160))].filter((name) => name !== undefined));
    return names;
  };
  const random = new SimRandom(25);
  for (const hertz of [2085, 2100, 2115])
    for (const vibrato of [0, 0.2])
      for (const noiseDbm0 of [-60, -30]) {
        t.same(told(noisy(answerTone({ durationMs: 3000, hertz, vibrato }), noiseDbm0, random)), ["answer-tone"], `${hertz} Hz, vibrato ${vibrato}`);
        for (const everyMs of [425, 450, 475]) t.same(told(noisy(answerTone({ durationMs: 3300, hertz, vibrato, everyMs }), noiseDbm0, random)), ["answer-tone", "answer-tone-reversals"], `${hertz} Hz, vibrato ${vibrato}, turned over every ${everyMs} ms, noise ${noiseDbm0}`);
      }
  t.same(told(answerTone({ durationMs: 3000, hertz: 2040 })), []);
  t.same(told(answerTone({ durationMs: 900 })), []);
  t.same(told(answerTone({ durationMs: 3000, everyMs: 200 })), ["answer-tone"], "turned over too often");
  t.same(told(noisy(new Int16Array(40_000), -10, random)), []);
});
