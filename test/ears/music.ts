// Music that is made here, a part of it such as no detector was tuned on: tempered chords and tunes on instruments with harmonics, which
// is where two tones near a key's come from. Not of pure sines: two of those at a key's frequencies are a key.
import { SimRandom } from "../../protocol/base/sim-random.js";
import type { Recording } from "./corpus.js";

const RATE_HZ = 8000;
const SECONDS = 30;
const MAJOR = [0, 2, 4, 5, 7, 9, 11] as const;

interface Instrument {
  readonly name: string;
  /** Of its first harmonics. */
  readonly harmonics: readonly number[];
  /** How fast it dies away, a second. */
  readonly decay: number;
  /** Of its pitch. */
  readonly vibrato: number;
}

const INSTRUMENTS: Readonly<Record<"tuned" | "held", readonly Instrument[]>> = {
  tuned: [
    { name: "strings", harmonics: [1, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15], decay: 0.3, vibrato: 0.006 },
    { name: "organ", harmonics: [1, 0.8, 0.5, 0.5, 0, 0.3, 0, 0.3], decay: 0, vibrato: 0 },
    { name: "guitar", harmonics: [1, 0.6, 0.35, 0.2, 0.1, 0.06], decay: 2.5, vibrato: 0 },
    { name: "flute", harmonics: [1, 0.35, 0.12, 0.04], decay: 0.2, vibrato: 0.008 },
    { name: "bells", harmonics: [1, 0.5, 0.4, 0.3], decay: 3, vibrato: 0 },
  ],
  held: [
    { name: "piano", harmonics: [1, 0.45, 0.25, 0.2, 0.12, 0.1, 0.06], decay: 1.5, vibrato: 0 },
    { name: "clarinet", harmonics: [1, 0.05, 0.7, 0.08, 0.4, 0.06, 0.25], decay: 0, vibrato: 0.002 },
    { name: "accordion", harmonics: [1, 0.9, 0.6, 0.4, 0.35, 0.3, 0.2, 0.15], decay: 0, vibrato: 0.003 },
    { name: "harp", harmonics: [1, 0.5, 0.2, 0.1], decay: 2, vibrato: 0 },
    { name: "voices", harmonics: [0.6, 1, 0.5, 0.3, 0.5, 0.3, 0.1], decay: 0, vibrato: 0.012 },
  ],
};
const SEEDS = { tuned: 100, held: 500 };

/** `pieces` of 30 s for each instrument, the same ones each time. */
export function* played(part: keyof typeof SEEDS, pieces: number): Generator<Recording> {
  for (const instrument of INSTRUMENTS[part]) for (let i = 0; i < pieces; i++) yield { group: "made music", name: `${instrument.name} ${i}`, samples: piece(instrument, new SimRandom(SEEDS[part] + i)) };
}

function piece(instrument: Instrument, random: SimRandom): Int16Array {
  const out = new Float64Array(SECONDS * RATE_HZ);
  const key = Math.floor(random.next() * 12);
  const beat = Math.round(RATE_HZ * (0.18 + 0.35 * random.next()));
  let degree = 0;
  for (let at = 0; at + beat < out.length; at += beat) {
    degree = Math.max(-3, Math.min(16, degree + Math.floor(random.next() * 5) - 2));
    // A tune above, a chord below on every other beat.
    note(instrument, out, { at, length: beat, hz: pitch(key, degree + 7), level: 0.5 });
    if ((at / beat) % 2 === 0) for (const third of [0, 2, 4]) note(instrument, out, { at, length: 2 * beat, hz: pitch(key, (degree % 7) + third), level: 0.25 });
  }
  const most = out.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 1e-9);
  return Int16Array.from(out, (sample) => (sample / most) * 16_000);
}

/** Hz of a degree of the scale on `key` above A3. */
const pitch = (key: number, degree: number): number => 220 * 2 ** ((key + MAJOR[((degree % 7) + 7) % 7]! + 12 * Math.floor(degree / 7)) / 12);

function note({ harmonics, decay, vibrato }: Instrument, out: Float64Array, { at, length, hz, level }: { readonly at: number; readonly length: number; readonly hz: number; readonly level: number }): void {
  for (let i = 0; i < length && at + i < out.length; i++) {
    const seconds = i / RATE_HZ;
    const edge = Math.min(1, i / 80, (length - i) / 160);
    const phase = 2 * Math.PI * hz * (seconds + (vibrato / (2 * Math.PI * 5.5)) * Math.sin(2 * Math.PI * 5.5 * seconds));
    let sum = 0;
    for (let h = 0; h < harmonics.length && hz * (h + 1) < 3600; h++) sum += harmonics[h]! * Math.sin((h + 1) * phase);
    out[at + i]! += level * edge * Math.exp(-decay * seconds) * sum;
  }
}
