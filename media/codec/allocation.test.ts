import t from "tap";
import { DtmfDetector } from "../dsp/dtmf/dtmf-detector.js";
import { Resampler, SAMPLE_RATES_HZ } from "../dsp/resampler/resampler.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { openCatalog } from "./open-catalog.js";

const WARM_UP = 3000;
const FRAMES = 2000;
const ROUNDS = 6;
/** What is taken for each sample is thousands of bytes; where code is not compiled to its best, a boxed number or two a frame are left. */
const BYTES_A_FRAME_MAX = 80;

/** Bytes that one call leaves behind, the least of some rounds: now and then the compiler needs some itself. */
function bytesACall(once: () => void): number {
  for (let i = 0; i < WARM_UP; i++) once();
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < FRAMES; i++) once();
    const grown = (process.memoryUsage().heapUsed - before) / FRAMES;
    // Less than before: somebody has cleaned up, for there was something to clean.
    if (grown >= 0) least = Math.min(least, grown);
  }
  return least;
}

/** Frames that differ, with tones, noise and pauses. */
function frames(samples: number): readonly Int16Array[] {
  const random = new SimRandom(5);
  return Array.from({ length: 50 }, (_, k) => Int16Array.from({ length: samples }, (_, i) => (k % 10 === 9 ? 3 : 4000) * Math.sin((k * samples + i) * 0.07) + 300 * (random.next() - 0.5)));
}

const { codecs } = await openCatalog();

for (const [name, fmtp] of [["PCMA", ""], ["PCMU", ""], ["L16/16000", ""], ["G722", ""], ["G729", ""], ["opus", "useinbandfec=1"]] as const) {
  const codec = codecs(name, fmtp);
  t.test(`${name}: next to no memory is taken for a frame: encoded, decoded, made up`, { skip: codec === undefined }, (t) => {
    const sound = frames((codec!.sampleRateHz * codec!.frameMs(20)) / 1000);
    const [encoder, decoder] = [codec!.createEncoder(), codec!.createDecoder()];
    const bytes = new Uint8Array(3000);
    const packets = sound.map((frame) => bytes.slice(0, encoder.encode(frame, bytes, 0)));
    const spans = packets.map((packet) => ({ start: 0, end: packet.length }));
    const out = new Int16Array(sound[0]!.length);
    let turn = 0;
    const next = (): number => (turn = (turn + 1) % sound.length);
    for (const [what, once] of [
      ["encoded", () => encoder.encode(sound[next()]!, bytes, 0)],
      ["decoded", () => decoder.decode(packets[next()]!, spans[turn]!, out)],
      ["made up", () => decoder.conceal(out)],
    ] as const) {
      const grown = bytesACall(once);
      t.ok(grown <= BYTES_A_FRAME_MAX, `${what}: ${grown.toFixed(1)} bytes`);
    }
    encoder.close?.();
    decoder.close?.();
    t.end();
  });
}

t.test("next to no memory is taken for a frame that is searched for keys or comes to another rate", (t) => {
  const detector = new DtmfDetector();
  const sound = frames(160);
  let turn = 0;
  const searched = bytesACall(() => detector.push(sound[(turn = (turn + 1) % sound.length)]!));
  t.ok(searched <= BYTES_A_FRAME_MAX, `searched: ${searched.toFixed(1)} bytes`);
  for (const from of SAMPLE_RATES_HZ)
    for (const to of [8000, 48_000] as const) {
      if (from === to) continue;
      const resampler = new Resampler(from, to);
      const [input, output] = [frames(from / 50)[0]!, new Int16Array(to / 50)];
      const grown = bytesACall(() => resampler.push(input, output));
      t.ok(grown <= BYTES_A_FRAME_MAX, `${from} to ${to} Hz: ${grown.toFixed(1)} bytes`);
    }
  t.end();
});
