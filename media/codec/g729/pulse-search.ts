// Where the four pulses of a subframe's innovation stand (ITU-T G.729 sections 3.8 and A.3.8): a depth-first search, two
// pulses at a time.
import { correlateBackwards } from "./backward-filter.js";
import * as sizes from "./sizes.js";

const { SUBFRAME } = sizes;
const TRACK = 8;
const STRIDE = 5;

/** Codes of the pulses' places (C) and signs (S). */
export interface Pulses {
  positions: number;
  signs: number;
}

/** Bits of the largest correlation, and of the impulse response's energy; what the response's own sums may exceed it by. */
const CORRELATION_BITS = 13;
const ENERGY_BITS = 28;
const ENERGY_MARGIN = 53_687_090;

export class PulseSearch {
  /** Correlation of the target with the impulse response, without sign. */
  readonly #d = new Int32Array(SUBFRAME);
  readonly #exact = new Float64Array(SUBFRAME);
  /** 0, or -1 where it is negative. */
  readonly #signs = new Int32Array(SUBFRAME);
  /** [row][column], signs taken in; half of it on the diagonal. */
  readonly #phi = new Int32Array(SUBFRAME * SUBFRAME);
  readonly #chosen = new Int32Array(4);
  readonly #best = new Int32Array(4);
  #mostCorrelation = 0;
  #mostEnergy = 0;

  /** @param target what the adaptive codebook has left @param h the weighted filter's impulse response, sharpened, Q12 */
  search(target: Int16Array, h: Int16Array, out: Pulses): void {
    this.#correlateTarget(target, h);
    this.#correlateResponse(h);
    this.#mostCorrelation = -1;
    this.#mostEnergy = 1;
    // The last track has two halves of places.
    for (let last = 3; last <= 4; last++) {
      this.#descend(2, last, 0, 1);
      this.#descend(last, 0, 1, 2);
    }
    let [positions, signs] = [0, 0];
    for (let n = 0; n < this.#best.length; n++) {
      const place = this.#best[n]!;
      const column = place % STRIDE;
      const track = Math.min(3, column);
      const index = (place - column) / STRIDE;
      positions |= track < 3 ? index << (3 * track) : (2 * index + column - 3) << 9;
      if (this.#signs[place] === 0) signs |= 1 << track;
    }
    out.positions = positions;
    out.signs = signs;
  }

  /** The two likeliest places of `first` with all of `second`, and all of `third` and `fourth` beside the best pair. */
  #descend(first: number, second: number, third: number, fourth: number): void {
    const [d, phi, chosen] = [this.#d, this.#phi, this.#chosen];
    this.#choosePair(first, second);
    const [one, two] = [chosen[0]!, chosen[1]!];
    const [a, b] = [one * SUBFRAME, two * SUBFRAME];
    const pairCorrelation = d[one]! + d[two]!;
    const pairEnergy = phi[a + one]! + phi[b + two]! + phi[a + two]!;
    let mostCorrelation = this.#mostCorrelation;
    let mostSquare = mostCorrelation * mostCorrelation;
    let mostEnergy = this.#mostEnergy;
    let [bestI, bestJ] = [-1, -1];
    for (let k = 0, i = third; k < TRACK; k++, i += STRIDE) {
      const correlation = pairCorrelation + d[i]!;
      const row = i * SUBFRAME;
      const energy = pairEnergy + phi[row + i]! + phi[a + i]! + phi[b + i]!;
      for (let l = 0, j = fourth; l < TRACK; l++, j += STRIDE) {
        const sum = correlation + d[j]!;
        const whole = energy + phi[j * SUBFRAME + j]! + phi[a + j]! + phi[b + j]! + phi[row + j]!;
        if (mostCorrelation >= 0 && sum * sum * mostEnergy <= mostSquare * whole) continue;
        mostCorrelation = sum;
        mostSquare = sum * sum;
        mostEnergy = whole;
        bestI = i;
        bestJ = j;
      }
    }
    if (bestI < 0) return;
    this.#mostCorrelation = mostCorrelation;
    this.#mostEnergy = mostEnergy;
    this.#best[0] = one;
    this.#best[1] = two;
    this.#best[2] = bestI;
    this.#best[3] = bestJ;
  }

  #choosePair(first: number, second: number): void {
    const [d, phi, chosen] = [this.#d, this.#phi, this.#chosen];
    const likeliest = this.#likeliest(first, -1);
    const next = this.#likeliest(first, likeliest);
    let mostSquare = -1;
    let mostEnergy = 1;
    for (let one = 0, a = likeliest; one < 2; one++, a = next)
      for (let k = 0, b = second; k < TRACK; k++, b += STRIDE) {
        const correlation = d[a]! + d[b]!;
        const energy = phi[a * SUBFRAME + a]! + phi[b * SUBFRAME + b]! + phi[a * SUBFRAME + b]!;
        if (mostSquare >= 0 && correlation * correlation * mostEnergy <= mostSquare * energy) continue;
        mostSquare = correlation * correlation;
        mostEnergy = energy;
        chosen[0] = a;
        chosen[1] = b;
      }
  }

  /** The place of the largest correlation in a track, but for `except`. */
  #likeliest(track: number, except: number): number {
    const d = this.#d;
    let best = -1;
    for (let k = 0, place = track; k < TRACK; k++, place += STRIDE) if (place !== except && (best < 0 || d[place]! > d[best]!)) best = place;
    return best;
  }

  #correlateTarget(target: Int16Array, h: Int16Array): void {
    const [d, exact, signs] = [this.#d, this.#exact, this.#signs];
    correlateBackwards(target, h, exact);
    let largest = 0;
    for (let n = 0; n < SUBFRAME; n++) {
      const size = Math.abs(exact[n]!);
      if (size > largest) largest = size;
    }
    let scale = 1;
    while (largest * scale >= 1 << CORRELATION_BITS) scale /= 2;
    for (let n = 0; n < SUBFRAME; n++) {
      const value = Math.floor(exact[n]! * scale);
      const sign = value >> 31;
      signs[n] = sign;
      d[n] = (value ^ sign) - sign;
    }
  }

  /** Each diagonal is a running sum from its end. Places of one track never meet. */
  #correlateResponse(h: Int16Array): void {
    const [signs, phi] = [this.#signs, this.#phi];
    let energy = ENERGY_MARGIN;
    for (let n = 0; n < SUBFRAME; n++) energy += h[n]! * h[n]!;
    const shift = energy > 0x7fff_ffff ? 4 : Math.max(0, 32 - Math.clz32(energy) - ENERGY_BITS);
    for (let lag = 0; lag < SUBFRAME; lag++) {
      if (lag > 0 && lag % STRIDE === 0) continue;
      let sum = 0;
      const last = SUBFRAME - 1 - lag;
      let above = last * SUBFRAME + SUBFRAME - 1;
      let below = above - lag + lag * SUBFRAME;
      for (let i = last, n = 0; i >= 0; i--, n++) {
        sum = (sum + Math.imul(h[n]!, h[n + lag]!)) | 0;
        const sign = signs[i]! ^ signs[i + lag]!;
        const signed = ((sum >> shift) ^ sign) - sign;
        phi[above] = signed;
        phi[below] = signed;
        above -= SUBFRAME + 1;
        below -= SUBFRAME + 1;
      }
    }
    for (let i = 0; i < SUBFRAME; i++) phi[i * SUBFRAME + i] = phi[i * SUBFRAME + i]! >> 1;
  }
}
