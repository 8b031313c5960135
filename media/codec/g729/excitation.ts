// The two codebooks' vectors of a subframe (ITU-T G.729 sections 3.7.1, 3.8 and 4.1.3 to 4.1.4).
import { PITCH_FILTER } from "./excitation-tables.js";
import { SUBFRAME } from "./gain-predictor.js";
import { saturate16 } from "./fixed-point.js";

export const SHORTEST_DELAY = 20;
export const LONGEST_DELAY = 143;
/** 0.2 and 0.8 in Q14: the bounds of the gain by which the innovation is sharpened. */
const LEAST_SHARPENING = 3277;
const MOST_SHARPENING = 13_107;
const TAPS = 10;

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

/** Fills `x[at..at+40)` with the past excitation at `delay`, interpolated in thirds. */
export function adaptiveVector(x: Int16Array, at: number, delay: PitchDelay): void {
  let from = at - delay.samples;
  let third = -delay.thirds;
  if (third < 0) {
    third += 3;
    from--;
  }
  for (let n = 0; n < SUBFRAME; n++, from++) {
    let sum = 0x4000;
    for (let i = 0, k = third, l = 3 - third; i < TAPS; i++, k += 3, l += 3) sum += x[from - i]! * PITCH_FILTER[k]! + x[from + 1 + i]! * PITCH_FILTER[l]!;
    x[at + n] = saturate16(sum >> 15);
  }
}

/** The gain (Q14) by which the innovation is sharpened, of the last subframe's pitch gain. */
export const sharpening = (pitchGain: number): number => (pitchGain < LEAST_SHARPENING ? LEAST_SHARPENING : pitchGain > MOST_SHARPENING ? MOST_SHARPENING : pitchGain);

/** Adds the innovation's echo at the pitch delay; `gain` Q14. */
export function sharpen(code: Int16Array, delay: number, gain: number): void {
  for (let i = delay; i < SUBFRAME; i++) code[i] = code[i]! + ((code[i - delay]! * gain + 0x2000) >> 14);
}

/** The four pulses of positions (C) and signs (S), Q13. */
export function fixedVector(positions: number, signs: number, out: Int16Array): void {
  out.fill(0);
  for (let track = 0; track < 4; track++) {
    const code = positions >> (3 * track);
    const at = track < 3 ? (code & 7) * 5 + track : (code >> 1) * 5 + 3 + (code & 1);
    out[at] = out[at]! + ((signs >> track) & 1 ? 8192 : -8192);
  }
}
