// What hearing keys costs on a line: noise, in which every block is judged. Beside it the cheapest work on the same frame,
// G.711 to samples and back by table.
import { G711 } from "../../media/codec/g711.js";
import { DtmfDetector } from "../../media/dsp/dtmf/dtmf-detector.js";
import { SimRandom } from "../../protocol/base/sim-random.js";
import { consume, measureNs, type BenchRow } from "../measure.js";

const FRAME = 160;

export function run(): BenchRow[] {
  const random = new SimRandom(1);
  const noise = Int16Array.from({ length: FRAME }, () => 6000 * (random.next() - 0.5));
  const detector = new DtmfDetector();
  const [encoder, decoder] = [G711.PCMA.createEncoder(), G711.PCMA.createDecoder()];
  const [payload, samples] = [new Uint8Array(FRAME), new Int16Array(FRAME)];
  const [ours, reference] = measureNs([
    { name: "detector", once: () => (detector.push(noise) === undefined ? 1 : 2) },
    {
      name: "G.711",
      once: () => {
        encoder.encode(noise, payload, 0);
        decoder.decode(payload, { start: 0, end: FRAME }, samples);
        consume(payload[0]!);
        return samples[7]!;
      },
    },
  ]);
  return [{ name: "DTMF detector, a frame of 20 ms", ours: ours! / 1000, reference: { name: "A-law there and back", value: reference! / 1000 }, unit: "µs CPU" }];
}
