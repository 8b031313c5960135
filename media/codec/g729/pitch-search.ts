// The adaptive codebook's delay (ITU-T G.729 section A.3.7): that whose past excitation is most like the target, which is
// filtered backwards once instead of each candidate forwards.
import { correlateBackwards } from "./backward-filter.js";
import { adaptiveVector, lowestSecondDelay, type PitchDelay } from "./excitation.js";
import * as sizes from "./sizes.js";

const { SUBFRAME, SHORTEST_DELAY, LONGEST_DELAY } = sizes;
/** Longer than that, delays have no thirds. */
const WHOLE_FROM = 85;
const RANGE = 3;
const SECOND_RANGE = 9;
/** In the order in which they are tried: the first of equals is taken. */
const THIRDS = [0, -1, 1] as const;

/** One subframe's own. Whole samples of the target's correlation with the impulse response, and what is below them, Q12. */
const exact = new Float64Array(SUBFRAME);
const whole = new Int32Array(SUBFRAME);
const rest = new Int32Array(SUBFRAME);
const bestVector = new Int16Array(SUBFRAME);

export class PitchSearch {
  #firstDelay = 0;

  /** The first subframe's delay is near `guess`; `delay` is set and the past excitation at it stands in `x[at..at+40)`. Returns P1. */
  first(x: Int16Array, at: number, guess: number, delay: PitchDelay): number {
    const lowest = Math.min(Math.max(SHORTEST_DELAY, guess - RANGE), LONGEST_DELAY - 2 * RANGE);
    const best = this.#nearest(x, at, lowest, lowest + 2 * RANGE);
    const hasThirds = best < WHOLE_FROM;
    this.#firstDelay = best;
    delay.samples = best;
    this.#refine(x, at, hasThirds, delay);
    return hasThirds ? 3 * (best - 19) + delay.thirds - 1 : best + 112;
  }

  /** As `first`, near the first subframe's delay. Returns P2. */
  second(x: Int16Array, at: number, delay: PitchDelay): number {
    const lowest = lowestSecondDelay(this.#firstDelay);
    const best = this.#nearest(x, at, lowest, lowest + SECOND_RANGE);
    delay.samples = best;
    this.#refine(x, at, true, delay);
    return 3 * (best - lowest) + delay.thirds + 2;
  }

  /** @param h the weighted filter's impulse response, Q12 */
  setTarget(target: Int16Array, h: Int16Array): void {
    correlateBackwards(target, h, exact);
    for (let n = 0; n < SUBFRAME; n++) {
      whole[n] = Math.floor(exact[n]! / 4096);
      rest[n] = exact[n]! & 0xfff;
    }
  }

  #nearest(x: Int16Array, at: number, lowest: number, highest: number): number {
    let best = lowest;
    let most = -Infinity;
    for (let k = lowest; k <= highest; k++) {
      const sum = correlate(x, at - k);
      if (sum <= most) continue;
      best = k;
      most = sum;
    }
    return best;
  }

  /** Sets the thirds of `delay` and leaves its vector in `x[at..at+40)`. */
  #refine(x: Int16Array, at: number, hasThirds: boolean, delay: PitchDelay): void {
    delay.thirds = 0;
    adaptiveVector(x, at, delay);
    if (!hasThirds) return;
    let most = -Infinity;
    let best = 0;
    for (const thirds of THIRDS) {
      delay.thirds = thirds;
      if (thirds !== 0) adaptiveVector(x, at, delay);
      const sum = correlate(x, at);
      if (sum <= most) continue;
      best = thirds;
      most = sum;
      for (let n = 0; n < SUBFRAME; n++) bestVector[n] = x[at + n]!;
    }
    delay.thirds = best;
    x.set(bestVector, at);
  }
}

/** Even and odd samples are summed for themselves: neither sum waits for the other. */
function correlate(x: Int16Array, from: number): number {
  let even = 0;
  let odd = 0;
  for (let n = 0, m = from; n < SUBFRAME; n += 2, m += 2) {
    const first = x[m]!;
    const second = x[m + 1]!;
    even += Math.imul(whole[n]!, first) + (Math.imul(rest[n]!, first) >> 12);
    odd += Math.imul(whole[n + 1]!, second) + (Math.imul(rest[n + 1]!, second) >> 12);
  }
  return even + odd;
}
