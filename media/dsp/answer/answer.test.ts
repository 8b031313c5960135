import t from "tap";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { cadence, type Cadence } from "../cadence/cadence.js";
import { CadenceSource } from "../cadence/cadence-source.js";
import { NATIONAL_TONES } from "../cadence/national-tones.js";
import { AnswerClassifier, type AnswerVerdict } from "./answer-classifier.js";
import { BeepDetector } from "./beep-detector.js";
import { CallProgressAnalyser, type CallProgress } from "./call-progress.js";

/** Words of `ms`, pauses of `-ms`: as loud as a voice, over a soft line. */
function talk(rhythm: readonly number[], random: SimRandom): Int16Array {
  const out: number[] = [];
  for (const ms of rhythm)
    for (let i = 0; i < Math.abs(ms) * 8; i++) {
      let voice = 0;
      for (let h = 1; h <= 8; h++) voice += Math.sin((2 * Math.PI * 140 * h * i) / 8000 + h) / h;
      out.push((ms > 0 ? 2500 * voice : 0) + 10 * (random.next() - 0.5));
    }
  return Int16Array.from(out);
}

function sounded(of: Cadence, ms: number): Int16Array {
  const out = new Int16Array(8 * ms);
  new CadenceSource(of, 8000).fill(out);
  return out;
}

t.test("who answered, by the rhythm of words and pauses (seed 1)", async (t) => {
  const rows: readonly (readonly [string, readonly number[], AnswerVerdict["who"], AnswerVerdict["why"], number, number])[] = [
    ["one word", [-400, 400, -3000], "human", "pause", 1500, 1900],
    ["two words", [-400, 300, -200, 500, -3000], "human", "pause", 2000, 2500],
    ["late", [-2000, 400, -3000], "human", "pause", 3100, 3500],
    ["a sentence", [-300, 1800, -200, 1800, -3000], "machine", "greeting", 2300, 2700],
    ["many words", [-100, 180, -240, 180, -240, 180, -240, 180, -240, 180, -240, 180, -3000], "machine", "greeting", 2000, 2600],
    ["nobody", [-9000], "unknown", "silence", 3000, 3000],
    ["a click, then nobody", [-500, 30, -9000], "unknown", "silence", 3000, 3200],
    ["a click, then a word", [-500, 30, -800, 400, -3000], "human", "pause", 2400, 2900],
  ];
  for (const [name, rhythm, who, why, fromMs, toMs] of rows) {
    const classifier = new AnswerClassifier();
    const samples = talk(rhythm, new SimRandom(1));
    let verdict: AnswerVerdict | undefined;
    for (let at = 0; at + 160 <= samples.length; at += 160) verdict = classifier.push(samples.subarray(at, at + 160));
    t.ok(verdict?.who === who && verdict.why === why && verdict.afterMs >= fromMs && verdict.afterMs <= toMs, `${name}: ${JSON.stringify(verdict)}`);
  }
});

t.test("a beep is one pure tone of any pitch, not two, not a voice", async (t) => {
  const beeped = (samples: Int16Array): boolean => {
    const beep = new BeepDetector();
    let heard = false;
    for (let at = 0; at + 160 <= samples.length; at += 160) heard = beep.push(samples.subarray(at, at + 160)) || heard;
    return heard;
  };
  for (const hertz of [440, 800, 1000, 1400, 2000, 2400]) for (const dbm0 of [-10, -30]) t.ok(beeped(sounded(cadence(`${hertz}@${dbm0}/300`), 300)), `${hertz} Hz at ${dbm0}`);
  for (const other of ["697+1209/300", "480+620/300", "1000/100", "250/300", "1000@-45/300"]) t.notOk(beeped(sounded(cadence(`${other}*1`), 400)), other);
  t.notOk(beeped(talk([1000], new SimRandom(2))));
});

t.test("RFC 3261 section 21, E.180: what becomes of a call, by status and by sound together", async (t) => {
  const { cn } = NATIONAL_TONES;
  const word = talk([-300, 400, -2500], new SimRandom(3));
  const fax = cadence("1100@-12/500,0/3000");
  const rows: readonly (readonly [string, readonly (number | Int16Array)[], readonly Partial<CallProgress>[]])[] = [
    ["rings and is answered", [100, 180, 200, word], [{ state: "ringing", by: "signalling" }, { state: "answered", by: "human" }]],
    ["early media rings", [183, sounded(cn.ringback, 6000), 200, word], [{ state: "ringing", by: "sound" }, { state: "answered", by: "human" }]],
    ["180 and its sound ring once", [180, sounded(cn.ringback, 6000), 486], [{ state: "ringing" }, { state: "busy", by: "signalling" }]],
    ["busy by sound after 183", [183, sounded(cn.busy, 4000)], [{ state: "busy", by: "sound" }]],
    ["busy by sound after the answer", [200, sounded(cn.busy, 4000)], [{ state: "busy", by: "sound" }]],
    ["congestion after the answer", [200, sounded(cn.congestion, 4500)], [{ state: "congested", by: "sound" }]],
    ["no such number by tone", [183, sounded(cadence("950/330,1400/330,1800/330,0/1000"), 3000)], [{ state: "no-such-number", by: "sound" }]],
    ["a fax calls", [200, sounded(fax, 7000)], [{ state: "fax" }]],
    ["a modem answers", [200, sounded(cadence("2100@-12"), 3000)], [{ state: "modem" }]],
    ["nobody speaks", [200, new Int16Array(8 * 4000)], [{ state: "answered", by: "unknown" }]],
    ["a machine", [200, talk([-300, 3000], new SimRandom(4))], [{ state: "answered", by: "machine" }]],
    ...([[486, "busy"], [600, "busy"], [404, "no-such-number"], [603, "declined"], [408, "no-answer"], [480, "no-answer"], [503, "congested"], [500, "failed"], [488, "failed"]] as const).map(([status, state]) => [`${status}`, [100, status], [{ state, by: "signalling" }]] as const),
  ];
  for (const [name, steps, expected] of rows) {
    const analyser = new CallProgressAnalyser({ country: "cn" });
    const told: CallProgress[] = [];
    for (const step of steps)
      for (const progress of typeof step === "number" ? [analyser.onStatus(step)] : Array.from({ length: Math.floor(step.length / 160) }, (_, i) => analyser.onSound(step.subarray(160 * i, 160 * i + 160)))) if (progress !== undefined) told.push(progress);
    t.match(told, expected, `${name}: ${JSON.stringify(told)}`);
    t.equal(told.length, expected.length, `${name}: nothing else`);
    t.ok(analyser.over && analyser.onStatus(486) === undefined, `${name}: and nothing after`);
  }
});
