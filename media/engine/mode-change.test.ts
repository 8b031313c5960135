import t from "tap";
import type { AudioCodecName } from "../../protocol/sdp/audio-format.js";
import { openCatalog } from "../codec/open-catalog.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import type { BridgeId, RecordingId } from "./command.js";
import { leg, SimMedia } from "./testing/sim-media.js";

const { codecs } = await openCatalog();
const bridge = "b1" as BridgeId;
const TONE_HZ = 440;

/** The largest step between two samples, beside that of a sine of the same peak. */
function largestStep(sound: Int16Array, rateHz: number): number {
  let [step, peak] = [0, 0];
  for (let i = 1; i < sound.length; i++) {
    step = Math.max(step, Math.abs(sound[i]! - sound[i - 1]!));
    peak = Math.max(peak, Math.abs(sound[i]!));
  }
  return step / (2 * peak * Math.sin((Math.PI * TONE_HZ) / rateHz));
}

/** The most that any 20 ms hold outside the tone's band, dB beside the tone: what is left when the nearest sines are taken out. */
function outsideDb(sound: Int16Array, rateHz: number): number {
  const length = rateHz / 50;
  let worst = -Infinity;
  for (let at = 0; at + length <= sound.length; at += length / 4) {
    const windowed = Float64Array.from({ length }, (_, i) => sound[at + i]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length)));
    let [all, inside] = [0, 0];
    for (const sample of windowed) all += sample * sample;
    // Bins of 50 Hz, Parseval: both signs of a frequency.
    for (let hz = TONE_HZ - 190; hz <= TONE_HZ + 210; hz += 50) {
      const bin = Math.round((hz * length) / rateHz);
      let [re, im] = [0, 0];
      for (let i = 0; i < length; i++) {
        re += windowed[i]! * Math.cos((2 * Math.PI * bin * i) / length);
        im += windowed[i]! * Math.sin((2 * Math.PI * bin * i) / length);
      }
      inside += (2 * (re * re + im * im)) / length;
    }
    worst = Math.max(worst, 10 * Math.log10(Math.max(1e-9, all - inside) / Math.max(1, (length * 9600 ** 2) / 8)));
  }
  return worst;
}

/** What may be heard outside the tone's band in the 20 ms of a change, dB; a tone that breaks off and begins again has -8 to -16 there. */
const OUTSIDE_DB_MAX: readonly (readonly [AudioCodecName, number])[] = [
  ["PCMA", -24],
  ["PCMU", -24],
  ["G722", -17],
  ["L16/16000", -38],
  ["G729", -19],
  ["opus", -26],
];

for (const [codec, outsideDbMax] of OUTSIDE_DB_MAX)
  for (const recorded of [false, true])
    t.test(`${codec}, ${recorded ? "recorded" : "relayed alone"}: packets to frames and back without a click`, { skip: codecs(codec, "") === undefined }, async (t) => {
      const media = new SimMedia({ createSha256: createSystemSha256, codecs });
      const coder = codecs(codec, "")!;
      const [caller, agent] = [await media.call("a", "10.0.0.2", { codec, coder }), await media.call("b", "10.0.0.3", { codec, coder })];
      media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
      if (recorded) media.engine.send({ type: "record.start", leg: leg("a"), recording: "r" as RecordingId });
      caller.phone.sing(TONE_HZ, -10);
      await media.clock.runMs(1000);
      for (const [name, shape] of [["before", undefined], ["to frames", { noiseGate: true }], ["to packets", undefined]] as const) {
        const fromMs = media.clock.monoMs() - 100;
        // The other side's: what is heard of the tone stays as it is.
        media.engine.send({ type: "shape", leg: leg("b"), shape });
        await media.clock.runMs(700);
        const { sampleRateHz } = agent.phone.coder;
        const sound = agent.phone.sound(fromMs).subarray(0, (sampleRateHz * 700) / 1000);
        const [step, outside] = [largestStep(sound, sampleRateHz), outsideDb(sound, sampleRateHz)];
        t.ok(step <= 1.1, `${name}: the largest step is ${step.toFixed(2)} of the tone's own`);
        t.ok(outside <= outsideDbMax, `${name}: ${outside.toFixed(1)} dB outside its band`);
      }
      await media.engine.close();
      t.same(media.faults, []);
    });
