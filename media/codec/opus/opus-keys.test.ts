// Keys as tones behind Opus, by all that may be wrong with them together.
import t from "tap";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { DtmfDetector } from "../../dsp/dtmf/dtmf-detector.js";
import { dtmfTones } from "../../dsp/dtmf/dtmf-tones.js";
import { peakOfDbm0, saturate } from "../../dsp/level.js";
import { RateConverter } from "../../dsp/resampler/rate-converter.js";
import type { Codec } from "../codec.js";
import { openCatalog } from "../open-catalog.js";

const { codecs, opusUnavailable } = await openCatalog();
const KEYS = "123A456B789C*0#D";

interface Line {
  readonly levelDbm0: number;
  readonly twistDb: number;
  readonly snrDb: number;
  readonly onMs: number;
  /** Before the first key: where the coder's frames fall. */
  readonly leadMs: number;
}

const gaussian = (random: SimRandom): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** Every key once, over noise whose level in the telephone's band is `snrDb` below the key's. */
function pressed({ levelDbm0, twistDb, snrDb, onMs, leadMs }: Line, rateHz: number, random: SimRandom): Int16Array {
  const perMs = rateHz / 1000;
  const low = peakOfDbm0(twistDb > 0 ? levelDbm0 - twistDb : levelDbm0);
  const high = peakOfDbm0(twistDb > 0 ? levelDbm0 : levelDbm0 + twistDb);
  const noise = Math.sqrt(((low ** 2 + high ** 2) / 2 / 10 ** (snrDb / 10)) * (rateHz / 8000));
  const samples: number[] = [];
  const add = (ms: number, of: (i: number) => number): void => {
    for (let i = 0; i < ms * perMs; i++) samples.push(of(i) + noise * gaussian(random));
  };
  add(200 + leadMs, () => 0);
  for (const key of KEYS) {
    const [lowHz, highHz] = dtmfTones(key)!;
    add(onMs, (i) => low * Math.sin((2 * Math.PI * lowHz * i) / rateHz) + high * Math.sin((2 * Math.PI * highHz * i) / rateHz + 1));
    add(onMs, () => 0);
  }
  add(300, () => 0);
  return Int16Array.from(samples, saturate);
}

function heardBehind(codec: Codec, sound: Int16Array): string {
  const [encoder, decoder, detector, narrow] = [codec.createEncoder(), codec.createDecoder(), new DtmfDetector(), new RateConverter(8000)];
  const length = codec.sampleRateHz / 50;
  const [bytes, frame] = [new Uint8Array(1500), new Int16Array(length)];
  let keys = "";
  for (let at = 0; at + length <= sound.length; at += length) {
    decoder.decode(bytes, { start: 0, end: encoder.encode(sound.subarray(at, at + length), bytes, 0) }, frame);
    keys += detector.push(narrow.convert(frame, codec.sampleRateHz)) ?? "";
  }
  encoder.close?.();
  decoder.close?.();
  return keys;
}

/** Keys that were heard, of those that were pressed; undefined where another was heard, or one twice. */
function count(heard: string): number | undefined {
  let at = 0;
  for (const key of heard) at = KEYS.indexOf(key, at) + 1 || Infinity;
  return at <= KEYS.length ? heard.length : undefined;
}

/** Of 48 keys at each level, so many at least; by twist. */
const ROWS: readonly { readonly name: string; readonly fmtp: string; readonly onMs: number; readonly least: Readonly<Record<number, number>> }[] = [
  { name: "16 kHz, 24 kbit/s", fmtp: "maxplaybackrate=16000;maxaveragebitrate=24000", onMs: 40, least: { [-8]: 46, [-4]: 46, 0: 47, 4: 47 } },
  { name: "16 kHz, 24 kbit/s", fmtp: "maxplaybackrate=16000;maxaveragebitrate=24000", onMs: 70, least: { [-8]: 46, [-4]: 47, 0: 47, 4: 47 } },
  { name: "8 kHz, 12 kbit/s", fmtp: "maxplaybackrate=8000;maxaveragebitrate=12000", onMs: 40, least: { [-8]: 32, [-4]: 45, 0: 45, 4: 42 } },
  { name: "8 kHz, 12 kbit/s", fmtp: "maxplaybackrate=8000;maxaveragebitrate=12000", onMs: 70, least: { [-8]: 41, [-4]: 46, 0: 46, 4: 46 } },
];

for (const { name, fmtp, onMs, least } of ROWS)
  t.test(`Q.24: every key behind Opus at ${name}, ${onMs} ms on and off: -3 to -24 dBm0 by twist by noise; none doubled, none another (seed 7)`, { skip: opusUnavailable ?? false }, async (t) => {
    const codec = codecs("opus", fmtp)!;
    for (const [twist, most] of Object.entries(least))
      for (const snrDb of [15, 40]) {
        const random = new SimRandom(7);
        const counts = [-3, -10, -24].map((levelDbm0) => [0, 5, 11].map((leadMs) => count(heardBehind(codec, pressed({ levelDbm0, twistDb: Number(twist), snrDb, onMs, leadMs }, codec.sampleRateHz, random)))));
        t.ok(counts.flat().every((one) => one !== undefined), `twist ${twist} dB, ${snrDb} dB over noise: no wrong key`);
        const heard = counts.map((some) => some.reduce<number>((sum, one) => sum + (one ?? 0), 0));
        t.ok(heard.every((one) => one >= most), `twist ${twist} dB, ${snrDb} dB over noise: ${heard.join(", ")} of 48 at -3, -10, -24 dBm0`);
      }
  });
