import t from "tap";
import { G722 } from "./g722.js";

const RATE_HZ = 16_000;
const tone = (frequencyHz: number, count: number): Int16Array => Int16Array.from({ length: count }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * frequencyHz * i) / RATE_HZ)));

/** Through both filters a sample comes out this much later. */
const DELAY = 22;

function roundTrip(samples: Int16Array): Int16Array {
  const [encoder, decoder] = [G722.createEncoder(), G722.createDecoder()];
  const payload = new Uint8Array(160);
  const out = new Int16Array(samples.length);
  for (let at = 0; at < samples.length; at += 320) {
    const end = encoder.encode(samples.subarray(at, at + 320), payload, 0);
    decoder.decode(payload, { start: 0, end }, out.subarray(at, at + 320));
  }
  return out;
}

for (const { frequencyHz, snrDb } of [
  { frequencyHz: 300, snrDb: 55 },
  { frequencyHz: 1000, snrDb: 42 },
  { frequencyHz: 3000, snrDb: 36 },
  { frequencyHz: 6000, snrDb: 24 },
])
  t.test(`G.722: ${frequencyHz} Hz comes through at ${snrDb} dB over the noise`, async (t) => {
    const sent = tone(frequencyHz, 16_000);
    const heard = roundTrip(sent);
    let [signal, noise] = [0, 0];
    for (let i = 3200; i < sent.length - DELAY; i++) {
      signal += sent[i]! ** 2;
      noise += (heard[i + DELAY]! - sent[i]!) ** 2;
    }
    const measured = 10 * Math.log10(signal / noise);
    t.ok(measured >= snrDb, `${measured.toFixed(1)} dB`);
  });

t.test("RFC 3551 4.5.2: 20 ms are 160 bytes, and the RTP clock runs at 8000 Hz though the sound has 16000 samples a second", async (t) => {
  const payload = new Uint8Array(200);
  t.equal(G722.createEncoder().encode(tone(1000, 320), payload, 7), 167);
  t.match(G722, { format: { encoding: "G722", payloadType: 9, clockRateHz: 8000 }, sampleRateHz: 16_000 });
  t.equal(G722.unitsIn(payload, { start: 7, end: 167 }), 160);
});

t.test("a stream begins anew after reset, bit for bit", async (t) => {
  const encoder = G722.createEncoder();
  const [first, second] = [new Uint8Array(160), new Uint8Array(160)];
  encoder.encode(tone(700, 320), first, 0);
  encoder.reset();
  encoder.encode(tone(700, 320), second, 0);
  t.same(first, second);
});

t.test("frames that do not come are the last pitch gone on, silence after 60 ms; an output that is too short is not overrun", async (t) => {
  const encoder = G722.createEncoder();
  const decoder = G722.createDecoder();
  const payload = new Uint8Array(160);
  encoder.encode(tone(1000, 320), payload, 0);
  const heard = new Int16Array(320);
  t.equal(decoder.decode(payload, { start: 0, end: 160 }, heard), 320);
  const peak = (samples: Int16Array): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const gone = Array.from({ length: 4 }, () => {
    const out = new Int16Array(320);
    decoder.conceal(out);
    return peak(out);
  });
  t.ok(gone[0]! > 0.8 * peak(heard) && gone[1]! < gone[0]! && gone[2]! < gone[1]! && gone[3] === 0, gone.join());
  t.equal(decoder.decode(payload, { start: 0, end: 160 }, new Int16Array(101)), 100);
});
