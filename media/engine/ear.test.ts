import t, { type Test } from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { seqDiff16, tsDiff32 } from "../../protocol/base/sequence.js";
import type { AudioCodecName } from "../../protocol/sdp/audio-format.js";
import { cadence, type Cadence } from "../dsp/cadence/cadence.js";
import { CadenceSource } from "../dsp/cadence/cadence-source.js";
import { NATIONAL_TONES, SPECIAL_TONES } from "../dsp/cadence/national-tones.js";
import { Tone } from "../dsp/tone.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import type { BridgeId } from "./command.js";
import type { Detected, DetectorSet } from "./detection.js";
import { leg, SimMedia } from "./testing/sim-media.js";
import type { SimPhone } from "./testing/sim-phone.js";

const bridge = "b1" as BridgeId;

function sounded(of: Cadence, ms: number, rateHz: number): Int16Array {
  const out = new Int16Array((rateHz * ms) / 1000);
  new CadenceSource(of, rateHz).fill(out);
  return out;
}

/** Words of `ms`, pauses of `-ms`, by a voice's harmonics over a soft line; then a beep where asked. */
function greeting(rhythm: readonly number[], options: { readonly beep?: boolean; readonly rateHz?: number } = {}): Int16Array {
  const { beep = false, rateHz = 8000 } = options;
  const random = new SimRandom(5);
  const out: number[] = [];
  for (const ms of rhythm)
    for (let i = 0; i < (Math.abs(ms) * rateHz) / 1000; i++) {
      let voice = 0;
      for (let h = 1; h <= 8; h++) voice += Math.sin((2 * Math.PI * 140 * h * i) / rateHz + h) / h;
      out.push((ms > 0 ? 2500 * voice : 0) + 10 * (random.next() - 0.5));
    }
  return Int16Array.from(beep ? [...out, ...sounded(cadence("1000@-12/400*1"), 400, rateHz)] : out);
}

const detectedBy = (...medias: readonly SimMedia[]): Detected[] => medias.flatMap((media) => media.eventsOf("detected").map(({ detected }) => detected));

const listenFor = (media: SimMedia, name: string, detectors: DetectorSet | undefined): void => media.engine.send({ type: "detect", leg: leg(name), detectors });

async function end(t: Test, ...medias: readonly SimMedia[]): Promise<void> {
  for (const media of medias) {
    await media.engine.close();
    t.same(media.faults, []);
  }
}

for (const codec of ["PCMA", "PCMU", "G722", "L16/16000", "G729"] as const satisfies readonly AudioCodecName[])
  t.test(`E.180, T.30: what a leg of ${codec} is listened to for is told, each once, and nothing else`, async (t) => {
    const media = new SimMedia({ createSha256: createSystemSha256 });
    const { phone } = await media.call("a", "10.0.0.2", { codec });
    const { sampleRateHz: rateHz } = phone.coder;
    listenFor(media, "a", { tones: "cn", fax: true });
    const rows: readonly (readonly [Cadence, number, Detected])[] = [
      [NATIONAL_TONES.cn.busy, 3000, { kind: "tone", tone: "busy" }],
      [NATIONAL_TONES.cn.congestion, 5000, { kind: "tone", tone: "congestion" }],
      [NATIONAL_TONES.cn.ringback, 6500, { kind: "tone", tone: "ringback" }],
      [SPECIAL_TONES.sit, 2500, { kind: "tone", tone: "sit" }],
      [SPECIAL_TONES.cng, 7500, { kind: "fax", tone: "cng" }],
      [cadence("2100@-12/2600*1"), 3500, { kind: "fax", tone: "answer-tone" }],
    ];
    for (const [of, ms, expected] of rows) {
      const before = media.eventsOf("detected").length;
      phone.say(sounded(of, ms, rateHz));
      await media.clock.runMs(ms + 600);
      t.same(detectedBy(media).slice(before), [expected]);
    }
    listenFor(media, "a", undefined);
    phone.say(sounded(NATIONAL_TONES.cn.busy, 3000, rateHz));
    await media.clock.runMs(3500);
    t.equal(detectedBy(media).length, rows.length, "no longer listened to");
    await end(t, media);
  });

/** What a phone hears is one stream without a gap, and each payload one that the other phone sent. */
function checkRelayed(t: Test, phone: SimPhone, fromMs: number): void {
  const heard = phone.heard.filter(({ atMs }) => atMs >= fromMs);
  const broken = heard.findIndex((packet, i) => i > 0 && (seqDiff16(packet.seq, heard[i - 1]!.seq) !== 1 || tsDiff32(packet.rtpTime, heard[i - 1]!.rtpTime) !== 160 || packet.ssrc !== heard[i - 1]!.ssrc));
  t.equal(broken, -1, `${heard.length} packets, none left out, none late`);
}

t.test("a bridge stays a relay while one side is listened to, and no packet tells when that began and ended", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const [caller, agent] = [await media.call("a", "10.0.0.2"), await media.call("b", "10.0.0.3")];
  media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  caller.phone.sing(440);
  await media.clock.runMs(500);
  const fromMs = media.clock.monoMs();
  await media.clock.runMs(500);
  listenFor(media, "a", { voice: true, levelEveryMs: 500 });
  await media.clock.runMs(2010);
  const levels = detectedBy(media).filter((one) => one.kind === "level");
  t.equal(levels.length, 4);
  for (const { rmsDbm0, peakDbm0 } of levels.slice(1)) t.ok(Math.abs(rmsDbm0 + 10) < 0.3 && Math.abs(peakDbm0 + 10) < 0.5, `${rmsDbm0.toFixed(2)} ${peakDbm0.toFixed(2)} dBm0`);
  listenFor(media, "a", undefined);
  await media.clock.runMs(1000);
  checkRelayed(t, agent.phone, fromMs);
  const peak = 10 ** ((-10 - 3.14) / 20) * 32_768;
  const sound = agent.phone.sound(fromMs);
  const step = sound.reduce((most, sample, i) => (i === 0 ? 0 : Math.max(most, Math.abs(sample - sound[i - 1]!))), 0);
  t.ok(step <= 1.06 * peak * 2 * Math.sin((Math.PI * 440) / 8000), `largest step ${step}, the sine's own ${(peak * 2 * Math.sin((Math.PI * 440) / 8000)).toFixed(0)}`);
  await end(t, media);
});

t.test("who speaks is told when it begins and when it ends; a silent side has A-law's least level", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const { phone } = await media.call("a", "10.0.0.2");
  listenFor(media, "a", { voice: true, levelEveryMs: 1000 });
  await media.clock.runMs(1200);
  const [quiet] = detectedBy(media);
  t.ok(quiet?.kind === "level" && quiet.rmsDbm0 < -64 && quiet.rmsDbm0 >= -96, JSON.stringify(quiet));
  phone.say(greeting([600, -1500, 600]));
  await media.clock.runMs(4000);
  t.same(detectedBy(media).flatMap((one) => (one.kind === "voice" ? [one.speaking] : [])), [true, false, true, false]);
  await end(t, media);
});

const ANSWERS: readonly (readonly [name: string, sound: (rateHz: number) => Int16Array, told: readonly Partial<Detected>[]])[] = [
  ["a person", (rateHz) => greeting([-300, 500, -3000], { rateHz }), [{ kind: "progress", progress: { state: "answered", by: "human", why: "pause" } }]],
  ["a machine, and its beep", (rateHz) => greeting([-300, 2600, -300, 1800, -500], { beep: true, rateHz }), [{ kind: "progress", progress: { state: "answered", by: "machine", why: "greeting" } }, { kind: "beep" }]],
  ["a fax", (rateHz) => sounded(SPECIAL_TONES.cng, 7000, rateHz), [{ kind: "progress", progress: { state: "fax" } }]],
  ["busy tone", (rateHz) => sounded(NATIONAL_TONES.cn.busy, 4000, rateHz), [{ kind: "progress", progress: { state: "busy", by: "sound" } }]],
  ["nobody", () => new Int16Array(8), [{ kind: "progress", progress: { state: "answered", by: "unknown", why: "silence" } }]],
];

for (const [name, sound, told] of ANSWERS)
  for (const movedAtMs of [undefined, 700, 1700])
    t.test(`who picked up: ${name}, ${movedAtMs === undefined ? "where it stays" : `going to another engine after ${movedAtMs} ms`}`, async (t) => {
      const a = new SimMedia({ createSha256: createSystemSha256 });
      await a.clock.runMs(7);
      const b = new SimMedia({ createSha256: createSystemSha256, beside: a, seed: 2, portMin: 21_000, portMax: 21_019 });
      const codec = movedAtMs === 700 ? "G722" : movedAtMs === 1700 ? "G729" : "PCMA";
      const { phone } = await a.call("a", "10.0.0.2", { codec });
      await a.clock.runMs(200);
      listenFor(a, "a", { progress: { country: "cn", answered: true } });
      phone.say(sound(phone.coder.sampleRateHz));
      if (movedAtMs !== undefined) {
        await a.clock.runMs(movedAtMs);
        await a.move("a", b, { latencyMs: 5 });
      }
      await a.clock.runMs(8000);
      t.match(detectedBy(a, b), told);
      t.equal(detectedBy(a, b).length, told.length, "each once, nothing else");
      await end(t, a, b);
    });

t.test("keys as tones and detectors hear the same leg, each what is its own", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const { phone } = await media.call("a", "10.0.0.2", { codec: "G722" });
  const { dtmfPayloadType: _none, ...settings } = media.settings(phone);
  media.engine.send({ type: "leg.media", leg: leg("a"), settings });
  listenFor(media, "a", { tones: "na", fax: true });
  phone.tone = new Tone({ frequenciesHz: [770, 1336], levelDbm0: -10, rateHz: 16_000 });
  await media.clock.runMs(300);
  phone.say(sounded(NATIONAL_TONES.na.busy, 4000, 16_000));
  await media.clock.runMs(4500);
  t.same(media.eventsOf("dtmf").map(({ digit }) => digit), ["5"]);
  t.same(detectedBy(media), [{ kind: "tone", tone: "busy" }]);
  await end(t, media);
});
