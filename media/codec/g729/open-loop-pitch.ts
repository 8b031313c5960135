// A first guess of the pitch from the weighted sound, once a frame (ITU-T G.729 section A.3.4).
import { mulRound15, squareRoot } from "./fixed-point.js";
import * as sizes from "./sizes.js";

const { FRAME, SHORTEST_DELAY, LONGEST_DELAY } = sizes;
/** Ranges in which a delay is looked for; no multiple of one lies in the same range. */
const SECOND_FROM = 40;
const THIRD_FROM = 80;
/** 0.2 in Q15: how much delays of which others are about a multiple gain by their likeness; beside it a quarter. */
const FIFTH = 6554;
/** What is compared, its past before it. */
const sound = new Float64Array(LONGEST_DELAY + FRAME);

/** Which of three neighbours in the third range is the best: its middle one, or the next or the one before. */
export type Refinement = (middle: number, next: number, before: number) => -1 | 0 | 1;
export const refine: Refinement = (middle, next, before) => (next > middle && next >= before ? 1 : before > middle ? -1 : 0);

/** The delay, 20 to 143, at which `sound[at..at+80)` is most like what was before it; short ones are favoured. */
export function openLoopDelay(weighted: Int16Array, at: number, refinement: Refinement): number {
  for (let n = 0; n < sound.length; n++) sound[n] = weighted[n + at - LONGEST_DELAY]!;
  const first = mostAlike(SHORTEST_DELAY, SECOND_FROM);
  const second = mostAlike(SECOND_FROM, THIRD_FROM);
  const third = mostAlikeLong(refinement);
  const longLikeness = likeness(third);
  let middleLikeness = likeness(second);
  let shortLikeness = likeness(first);
  if (Math.abs(2 * second - third) < 5) middleLikeness += longLikeness >> 2;
  if (Math.abs(3 * second - third) < 7) middleLikeness += longLikeness >> 2;
  if (Math.abs(2 * first - second) < 5) shortLikeness += mulRound15(middleLikeness, FIFTH);
  if (Math.abs(3 * first - second) < 7) shortLikeness += mulRound15(middleLikeness, FIFTH);
  if (longLikeness > Math.max(middleLikeness, shortLikeness)) return third;
  return middleLikeness > shortLikeness ? second : first;
}

function mostAlike(from: number, to: number): number {
  let best = from;
  let most = -Infinity;
  for (let delay = from; delay < to; delay++) {
    const sum = correlate(delay);
    if (sum <= most) continue;
    best = delay;
    most = sum;
  }
  return best;
}

/** The third range: every second delay, then the best one's neighbours. */
function mostAlikeLong(refinement: Refinement): number {
  let best = THIRD_FROM;
  let most = -Infinity;
  for (let delay = THIRD_FROM; delay <= LONGEST_DELAY; delay += 2) {
    const sum = correlate(delay);
    if (sum <= most) continue;
    best = delay;
    most = sum;
  }
  return best + refinement(most, correlate(best + 1), best > THIRD_FROM ? correlate(best - 1) : -Infinity);
}

/** Every second sample will do. */
function correlate(delay: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let n = LONGEST_DELAY, m = n - delay; n < LONGEST_DELAY + FRAME; n += 8, m += 8) {
    a += sound[n]! * sound[m]!;
    b += sound[n + 2]! * sound[m + 2]!;
    c += sound[n + 4]! * sound[m + 4]!;
    d += sound[n + 6]! * sound[m + 6]!;
  }
  return a + b + c + d;
}

/** Correlation over the root of the past's energy, Q8; the root's reciprocal is in Q31. */
function likeness(delay: number): number {
  let energy = 0;
  for (let n = LONGEST_DELAY - delay; n < LONGEST_DELAY - delay + FRAME; n += 2) energy += sound[n]! * sound[n]!;
  if (energy === 0) return 0;
  const reciprocal = Math.floor((squareRoot(Math.min(energy, 0x7fff_ffff)) * 0x100_0000) / energy);
  return Math.floor((correlate(delay) * reciprocal) / 0x80_0000);
}
