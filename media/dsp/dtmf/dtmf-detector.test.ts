import t from "tap";
import { SimRandom } from "../../../protocol/base/sim-random.js";
import { peakOfDbm0, saturate } from "../level.js";
import { DtmfDetector } from "./dtmf-detector.js";

const KEYS = "123A456B789C*0#D";
const LOW_HZ = [697, 770, 852, 941] as const;
const HIGH_HZ = [1209, 1336, 1477, 1633] as const;
const PER_MS = 8;

interface Line {
  readonly keys: string;
  /** Of the louder tone. */
  readonly levelDbm0: number;
  /** High over low. */
  readonly twistDb: number;
  /** Relative; the high tones are off by as much to either side. */
  readonly offBy: number;
  readonly snrDb: number;
  readonly onMs?: number;
  readonly offMs?: number;
  /** Samples of nothing before the first key: where its blocks fall. */
  readonly lead: number;
  /** Cut out of the middle of each key. */
  readonly dropMs?: number;
}

const gaussian = (random: SimRandom): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

function sound(line: Line, random: SimRandom): Int16Array {
  const { levelDbm0, twistDb, offBy, snrDb, onMs = 40, offMs = 40, lead, dropMs = 0 } = line;
  const low = peakOfDbm0(twistDb > 0 ? levelDbm0 - twistDb : levelDbm0);
  const high = peakOfDbm0(twistDb > 0 ? levelDbm0 : levelDbm0 + twistDb);
  const noise = Math.sqrt((low ** 2 + high ** 2) / 2 / 10 ** (snrDb / 10));
  const samples: number[] = Array<number>(lead).fill(0);
  for (const key of line.keys) {
    const index = KEYS.indexOf(key);
    const lowStep = (2 * Math.PI * LOW_HZ[index >> 2]! * (1 + offBy)) / 8000;
    const highStep = (2 * Math.PI * HIGH_HZ[index & 3]! * (1 + (random.next() < 0.5 ? offBy : -offBy))) / 8000;
    const [length, middle] = [onMs * PER_MS, (onMs * PER_MS) / 2];
    for (let i = 0; i < length; i++) {
      const dropped = Math.abs(i - middle) < (dropMs * PER_MS) / 2;
      samples.push((dropped ? 0 : low * Math.sin(lowStep * i) + high * Math.sin(highStep * i + 1)) + noise * gaussian(random));
    }
    for (let i = 0; i < offMs * PER_MS; i++) samples.push(noise * gaussian(random));
  }
  for (let i = 0; i < 200; i++) samples.push(0);
  return Int16Array.from(samples, saturate);
}

function detect(samples: Int16Array): string {
  const detector = new DtmfDetector();
  let keys = "";
  for (let at = 0; at < samples.length; at += 160) keys += detector.push(samples.subarray(at, at + 160)) ?? "";
  return keys;
}

/** All conditions of a line, each with each of the others. */
function* lines(onMs: number, dropMs: number): Generator<Omit<Line, "keys" | "levelDbm0">> {
  for (const twistDb of [-8, -4, 0, 4])
    for (const offBy of [-0.015, 0, 0.015])
      for (const snrDb of [15, 40]) for (const lead of [0, 34, 68]) yield { twistDb, offBy, snrDb, lead, onMs, dropMs };
}

const nameOf = ({ twistDb, offBy, snrDb, lead }: Omit<Line, "keys" | "levelDbm0">): string => `twist ${twistDb} dB, ${(offBy * 100).toFixed(1)} % off, ${snrDb} dB over noise, ${lead} samples late`;

/** Whether `heard` is `pressed` with some left out: none doubled, none another. */
function isPartOf(heard: string, pressed: string): boolean {
  let at = 0;
  for (const key of heard) at = pressed.indexOf(key, at) + 1 || Infinity;
  return at <= pressed.length;
}

for (const levelDbm0 of [-3, -7, -10, -17, -24]) {
  t.test(`Q.24: every key at ${levelDbm0} dBm0, 40 ms on and off, by twist, deviation and noise together (seed 24)`, async (t) => {
    const random = new SimRandom(24);
    for (const line of lines(40, 0)) t.equal(detect(sound({ keys: KEYS, levelDbm0, ...line }, random)), KEYS, nameOf(line));
  });

  t.test(`Q.24: the same at ${levelDbm0} dBm0 with 10 ms out of each key's middle: of 100 ms all are heard, of 40 ms some; none twice (seed 80)`, async (t) => {
    const random = new SimRandom(80);
    for (const line of lines(100, 10)) t.equal(detect(sound({ keys: KEYS, levelDbm0, ...line }, random)), KEYS, nameOf(line));
    for (const line of lines(40, 10)) {
      const heard = detect(sound({ keys: KEYS, levelDbm0, ...line }, random));
      t.ok(isPartOf(heard, KEYS), `${nameOf(line)}: ${heard}`);
    }
  });
}

t.test("a drop-out of 10 ms doubles no key wherever the blocks fall, and one key twice is two", async (t) => {
  const random = new SimRandom(10);
  for (let lead = 0; lead < 102; lead += 17) {
    const line = { levelDbm0: -10, twistDb: 0, offBy: 0, snrDb: 30, lead };
    t.equal(detect(sound({ ...line, keys: KEYS, onMs: 100, dropMs: 10 }, random)), KEYS, `${lead} samples late`);
    t.equal(detect(sound({ ...line, keys: "1155##" }, random)), "1155##");
  }
});

for (const { title, line } of [
  { title: "10 ms", line: { onMs: 10 } },
  { title: "a twist of 14 dB", line: { twistDb: 14 } },
  { title: "a reverse twist of 18 dB", line: { twistDb: -18 } },
  { title: "noise louder than the tones", line: { snrDb: -3 } },
  { title: "-45 dBm0", line: { levelDbm0: -45 } },
])
  t.test(`no key: ${title}`, async (t) => t.equal(detect(sound({ keys: KEYS, levelDbm0: -10, twistDb: 0, offBy: 0, snrDb: 40, lead: 0, ...line }, new SimRandom(3))), ""));

t.test("Q.24: no key that is 3.5 % off in both tones, nor one of 23 ms, wherever the blocks fall (seed 35)", async (t) => {
  const random = new SimRandom(35);
  for (const lead of [0, 17, 34, 51, 68, 85]) {
    const line = { keys: KEYS, levelDbm0: -10, twistDb: 0, offBy: 0, snrDb: 40, lead };
    t.equal(detect(sound({ ...line, onMs: 23 }, random)), "", `23 ms, ${lead} samples late`);
    for (const onMs of [40, 100]) for (const offBy of [-0.035, 0.035]) t.equal(detect(sound({ ...line, offBy, onMs }, random)), "", `${100 * offBy} % off, ${onMs} ms, ${lead} samples late`);
  }
});

t.test("no key: one tone, dial tone, ringback, silence, noise, a sweep (seed 5)", async (t) => {
  const random = new SimRandom(5);
  const of = (at: (i: number) => number): Int16Array => Int16Array.from({ length: 16_000 }, (_, i) => saturate(at(i)));
  const sine = (hz: number) => (i: number) => 8000 * Math.sin((2 * Math.PI * hz * i) / 8000);
  for (const hz of [350, 440, 450, 697, 941, 1209, 1633, 2100]) t.equal(detect(of(sine(hz))), "", `${hz} Hz`);
  t.equal(detect(of((i) => sine(350)(i) + sine(440)(i))), "");
  t.equal(detect(of(() => 0)), "");
  t.equal(detect(of(() => 6000 * gaussian(random))), "");
  t.equal(detect(of((i) => 8000 * Math.sin((2 * Math.PI * (300 + i / 8) * i) / 16_000))), "");
});

t.test("a held key is told once, is known while it is held, and reset forgets it", async (t) => {
  const detector = new DtmfDetector();
  const held = sound({ keys: "7", levelDbm0: -10, twistDb: 0, offBy: 0, snrDb: 40, lead: 0, onMs: 2000 }, new SimRandom(1));
  let keys = "";
  for (let at = 0; at < 8000; at += 160) keys += detector.push(held.subarray(at, at + 160)) ?? "";
  t.equal(keys, "7");
  t.equal(detector.held, "7");
  detector.reset();
  t.equal(detector.held, undefined);
});
