import t from "tap";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { LevelMeter } from "../dsp/voice/level-meter.js";
import { createSystemSha256 } from "../worker/system-sha256.js";
import type { BridgeId } from "./command.js";
import type { ShapeSettings } from "./shaping.js";
import { leg, SimMedia } from "./testing/sim-media.js";

const bridge = "b1" as BridgeId;

/** Syllables of 200 ms with 60 ms between, `peak` loud, in a room of noise; for ever. */
function voice(peak: number, noise: number): { fill(out: Int16Array, from: number, to: number): void } {
  const random = new SimRandom(11);
  let at = 0;
  return {
    fill(out, from, to) {
      for (let i = from; i < to; i++, at++) {
        const phase = at % 2080;
        let sound = 0;
        for (let h = 1; h <= 8; h++) sound += Math.sin((2 * Math.PI * 140 * h * at) / 8000 + h) / h;
        out[i] = (phase < 1600 ? peak * Math.sin((Math.PI * phase) / 1600) * sound : 0) + noise * 2 * (random.next() - 0.5);
      }
    },
  };
}

const levelOf = (sound: Int16Array): number => {
  const meter = new LevelMeter();
  meter.push(sound);
  return meter.read().rmsDbm0;
};

t.test("gain control: a soft side is heard 6 dB louder and more, the other as it is; switched off, the bridge relays again", async (t) => {
  const media = new SimMedia({ createSha256: createSystemSha256 });
  const [soft, other] = [await media.call("a", "10.0.0.2"), await media.call("b", "10.0.0.3")];
  media.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  soft.phone.tone = voice(700, 2);
  other.phone.sing(1000);
  await media.clock.runMs(3000);
  const plainDbm0 = levelOf(other.phone.sound(media.clock.monoMs() - 2000));
  media.engine.send({ type: "shape", leg: leg("a"), shape: { gainControl: true } });
  await media.clock.runMs(6000);
  const shapedDbm0 = levelOf(other.phone.sound(media.clock.monoMs() - 2000));
  t.ok(shapedDbm0 - plainDbm0 >= 6 && shapedDbm0 - plainDbm0 <= 12.5, `${plainDbm0.toFixed(1)} dBm0, then ${shapedDbm0.toFixed(1)}`);
  t.ok(Math.abs(levelOf(soft.phone.sound(media.clock.monoMs() - 2000)) + 10) < 0.2, "the other side is left alone");
  media.engine.send({ type: "shape", leg: leg("a"), shape: undefined });
  await media.clock.runMs(2500);
  t.ok(Math.abs(levelOf(other.phone.sound(media.clock.monoMs() - 2080)) - plainDbm0) < 0.5, "as at first");
  await media.engine.close();
  t.same(media.faults, []);
});

t.test("a gate lowers a silent side's room by 20 dB, also where the leg moved meanwhile; off by default", async (t) => {
  const a = new SimMedia({ createSha256: createSystemSha256 });
  const b = new SimMedia({ createSha256: createSystemSha256, beside: a, seed: 2, portMin: 21_000, portMax: 21_019 });
  const noisy = await a.call("a", "10.0.0.2");
  const other = await b.call("b", "10.0.0.3");
  noisy.phone.tone = voice(0, 150);
  const shapes: readonly (ShapeSettings | undefined)[] = [undefined, { gainControl: false, noiseGate: false }, { noiseGate: true }];
  const levels: number[] = [];
  await a.clock.runMs(500);
  a.engine.send({ type: "shape", leg: leg("a"), shape: { noiseGate: true } });
  await a.move("a", b);
  b.engine.send({ type: "bridge", bridge, legs: [leg("a"), leg("b")] });
  await b.clock.runMs(4000);
  levels.push(levelOf(other.phone.sound(b.clock.monoMs() - 1000)));
  for (const shape of shapes) {
    b.engine.send({ type: "shape", leg: leg("a"), shape });
    await b.clock.runMs(4000);
    levels.push(levelOf(other.phone.sound(b.clock.monoMs() - 1000)));
  }
  const [moved, off, alsoOff, gated] = levels as [number, number, number, number];
  t.ok(Math.abs(off - alsoOff) < 0.5, "off");
  for (const one of [moved, gated]) t.ok(off - one >= 15 && off - one <= 21, `${off.toFixed(1)} dBm0, gated ${one.toFixed(1)}`);
  await Promise.all([a.engine.close(), b.engine.close()]);
  t.same([...a.faults, ...b.faults], []);
});
