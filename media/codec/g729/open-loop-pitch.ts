// A first guess of the pitch from the weighted sound, once a frame (ITU-T G.729 section A.3.4).
import { LONGEST_DELAY, SHORTEST_DELAY } from "./excitation.js";

const FRAME = 80;
/** Ranges in which a delay is looked for; no multiple of one lies in the same range. */
const RANGES = [
  { from: SHORTEST_DELAY, to: 39, step: 1 },
  { from: 40, to: 79, step: 1 },
  { from: 80, to: LONGEST_DELAY, step: 2 },
] as const;
/** Delays of which others are about a multiple gain by their likeness. */
const FAVOUR_SECOND = 0.25;
const FAVOUR_FIRST = 0.2;

const delays = new Int32Array(RANGES.length);
const likenesses = new Float64Array(RANGES.length);

/** The delay, 20 to 143, at which `sound[at..at+80)` is most like what was before it; short ones are favoured. */
export function openLoopDelay(sound: Float64Array, at: number): number {
  for (let range = 0; range < RANGES.length; range++) {
    const { from, to, step } = RANGES[range]!;
    let best: number = from;
    let most = -Infinity;
    for (let delay: number = from; delay <= to; delay += step) {
      const likeness = correlate(sound, at, delay);
      if (likeness <= most) continue;
      best = delay;
      most = likeness;
    }
    if (step > 1) {
      const middle = best;
      for (let delay = Math.max(from, middle - 1); delay <= Math.min(to, middle + 1); delay += 2) {
        const likeness = correlate(sound, at, delay);
        if (likeness <= most) continue;
        best = delay;
        most = likeness;
      }
    }
    delays[range] = best;
    likenesses[range] = most / Math.sqrt(energyOf(sound, at - best) + 1e-9);
  }
  const [first, second, third] = [delays[0]!, delays[1]!, delays[2]!];
  if (Math.abs(2 * second - third) < 5) likenesses[1]! += FAVOUR_SECOND * likenesses[2]!;
  if (Math.abs(3 * second - third) < 7) likenesses[1]! += FAVOUR_SECOND * likenesses[2]!;
  if (Math.abs(2 * first - second) < 5) likenesses[0]! += FAVOUR_FIRST * likenesses[1]!;
  if (Math.abs(3 * first - second) < 7) likenesses[0]! += FAVOUR_FIRST * likenesses[1]!;
  let best = likenesses[1]! > likenesses[0]! ? 1 : 0;
  if (likenesses[2]! > likenesses[best]!) best = 2;
  return delays[best]!;
}

/** Every second sample will do. */
function correlate(x: Float64Array, at: number, delay: number): number {
  let sum = 0;
  for (let n = at; n < at + FRAME; n += 2) sum += x[n]! * x[n - delay]!;
  return sum;
}

function energyOf(x: Float64Array, from: number): number {
  let sum = 0;
  for (let n = from; n < from + FRAME; n += 2) sum += x[n]! * x[n]!;
  return sum;
}
