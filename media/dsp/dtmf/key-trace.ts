// Whether sound holds a piece of a key that is known from elsewhere, be it too short for the detector.
import { peakOfDbm0 } from "../level.js";

const BLOCK_MS = 10;
/** Of all power in a block, so much is the two tones'. */
const PURITY_MIN = 0.4;
/** Softer is nothing to hear. */
const POWER_MIN = peakOfDbm0(-50) ** 2 / 2;

/** @param tones low and high, Hz */
export function hasTrace(samples: Int16Array, rateHz: number, tones: readonly [number, number]): boolean {
  const length = (rateHz * BLOCK_MS) / 1000;
  for (let at = 0; at + length <= samples.length; at += length) {
    let power = 0;
    for (let i = at; i < at + length; i++) power += samples[i]! ** 2;
    if (power < POWER_MIN * length) continue;
    // Parseval: a sine holds 2 / length of what Goertzel's recurrence says of it.
    const pure = powerAt(samples.subarray(at, at + length), tones[0] / rateHz) + powerAt(samples.subarray(at, at + length), tones[1] / rateHz);
    if (pure * 2 >= PURITY_MIN * length * power) return true;
  }
  return false;
}

/** @param turns of the frequency in a sample */
function powerAt(samples: Int16Array, turns: number): number {
  const coefficient = 2 * Math.cos(2 * Math.PI * turns);
  let s1 = 0;
  let s2 = 0;
  for (const sample of samples) {
    const s0 = sample + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  return s1 * s1 + s2 * s2 - coefficient * s1 * s2;
}
