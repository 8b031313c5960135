// The two codebooks' vectors of a subframe (ITU-T G.729 sections 3.7.1, 3.8 and 4.1.3 to 4.1.4).
import * as tables from "./excitation-tables.js";
import { saturate16 } from "./fixed-point.js";
import * as sizes from "./sizes.js";

const { SUBFRAME, SHORTEST_DELAY, LONGEST_DELAY } = sizes;
const { PITCH_FILTER } = tables;
/** 0.2 and 0.8 in Q14: the bounds of the gain by which the innovation is sharpened. */
const LEAST_SHARPENING = 3277;
const MOST_SHARPENING = 13_107;

/** A delay in whole samples and thirds (-1, 0, 1). */
export interface PitchDelay {
  samples: number;
  thirds: number;
}

/** P1, the first subframe's eight bits (section 4.1.3). */
export function readFirstDelay(code: number, out: PitchDelay): void {
  if (code < 197) {
    out.samples = Math.floor((code + 2) / 3) + 19;
    out.thirds = code - 3 * out.samples + 58;
  } else {
    out.samples = code - 112;
    out.thirds = 0;
  }
}

/** P2, five bits relative to the first subframe's delay. */
export function readSecondDelay(code: number, first: number, out: PitchDelay): void {
  const lowest = lowestSecondDelay(first);
  const step = Math.floor((code + 2) / 3) - 1;
  out.samples = lowest + step;
  out.thirds = code - 2 - 3 * step;
}

/** The least whole delay that the second subframe can have. */
export function lowestSecondDelay(first: number): number {
  const lowest = Math.max(SHORTEST_DELAY, first - 5);
  return lowest + 9 > LONGEST_DELAY ? LONGEST_DELAY - 9 : lowest;
}

/** Samples that the interpolation sees before and behind its own. */
const BEFORE = 9;
const SEEN = BEFORE + SUBFRAME + 10;
/** What one vector is interpolated from, and where the delay is short the vector itself. */
const past = new Int32Array(BEFORE + LONGEST_DELAY + 1 + SUBFRAME);

/** Fills `x[at..at+40)` with the past excitation at `delay`, interpolated in thirds. */
export function adaptiveVector(x: Int16Array, at: number, delay: PitchDelay): void {
  let own = BEFORE + delay.samples;
  let third = -delay.thirds;
  if (third < 0) {
    third += 3;
    own++;
  }
  for (let n = 0, from = at - own; n < SEEN; n++, from++) past[n] = x[from]!;
  const f = PITCH_FILTER;
  const back = 3 - third;
  const a0 = f[third]!, a1 = f[third + 3]!, a2 = f[third + 6]!, a3 = f[third + 9]!, a4 = f[third + 12]!;
  const a5 = f[third + 15]!, a6 = f[third + 18]!, a7 = f[third + 21]!, a8 = f[third + 24]!, a9 = f[third + 27]!;
  const b0 = f[back]!, b1 = f[back + 3]!, b2 = f[back + 6]!, b3 = f[back + 9]!, b4 = f[back + 12]!;
  const b5 = f[back + 15]!, b6 = f[back + 18]!, b7 = f[back + 21]!, b8 = f[back + 24]!, b9 = f[back + 27]!;
  for (let n = 0; n < SUBFRAME; n++) {
    const older = Math.imul(past[n + 9]!, a0) + Math.imul(past[n + 8]!, a1) + Math.imul(past[n + 7]!, a2) + Math.imul(past[n + 6]!, a3) + Math.imul(past[n + 5]!, a4)
      + Math.imul(past[n + 4]!, a5) + Math.imul(past[n + 3]!, a6) + Math.imul(past[n + 2]!, a7) + Math.imul(past[n + 1]!, a8) + Math.imul(past[n]!, a9);
    const newer = Math.imul(past[n + 10]!, b0) + Math.imul(past[n + 11]!, b1) + Math.imul(past[n + 12]!, b2) + Math.imul(past[n + 13]!, b3) + Math.imul(past[n + 14]!, b4)
      + Math.imul(past[n + 15]!, b5) + Math.imul(past[n + 16]!, b6) + Math.imul(past[n + 17]!, b7) + Math.imul(past[n + 18]!, b8) + Math.imul(past[n + 19]!, b9);
    const value = saturate16(((older | 0) + (newer | 0) + 0x4000) >> 15);
    past[own + n] = value;
    x[at + n] = value;
  }
}

/** The gain (Q14) by which the innovation is sharpened, of the last subframe's pitch gain. */
export const sharpening = (pitchGain: number): number => (pitchGain < LEAST_SHARPENING ? LEAST_SHARPENING : pitchGain > MOST_SHARPENING ? MOST_SHARPENING : pitchGain);

/** Adds the innovation's echo at the pitch delay; `gain` Q14. */
export function sharpen(code: Int16Array, delay: number, gain: number): void {
  for (let i = delay; i < SUBFRAME; i++) code[i] = code[i]! + ((code[i - delay]! * gain + 0x2000) >> 14);
}

/** The fixed codebook's gain (Q1) of its correction (Q12) and the gain that was expected (Q16). */
export const codeGain = (correction: number, predicted: number): number => Math.min(32_767, Math.floor((correction * predicted + 0x400_0000) / 0x800_0000));

/** The four pulses of positions (C) and signs (S), Q13. */
export function fixedVector(positions: number, signs: number, out: Int16Array): void {
  out.fill(0);
  for (let track = 0; track < 4; track++) {
    const code = positions >> (3 * track);
    const at = track < 3 ? (code & 7) * 5 + track : (code >> 1) * 5 + 3 + (code & 1);
    out[at] = out[at]! + ((signs >> track) & 1 ? 8192 : -8192);
  }
}
