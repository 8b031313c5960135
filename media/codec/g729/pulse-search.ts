// Where the four pulses of a subframe's innovation stand (ITU-T G.729 sections 3.8 and A.3.8): a depth-first search, two
// pulses at a time.
import { SUBFRAME } from "./gain-predictor.js";

const TRACK = 8;
const STRIDE = 5;

/** Codes of the pulses' places (C) and signs (S). */
export interface Pulses {
  positions: number;
  signs: number;
}

export class PulseSearch {
  /** Correlation of the target with the impulse response. */
  readonly #d = new Float64Array(SUBFRAME);
  readonly #signs = new Float64Array(SUBFRAME);
  /** [row][column], signs taken in. */
  readonly #phi = new Float64Array(SUBFRAME * SUBFRAME);
  readonly #chosen = new Int32Array(4);
  readonly #best = new Int32Array(4);
  #most = 0;

  /** @param target what the adaptive codebook has left @param h the weighted filter's impulse response, sharpened */
  search(target: Float64Array, h: Float64Array, out: Pulses): void {
    this.#correlate(target, h);
    this.#most = -1;
    // The last track has two halves of places.
    for (let last = 3; last <= 4; last++) {
      this.#descend(2, last, 0, 1);
      this.#descend(last, 0, 1, 2);
    }
    const best = this.#best.sort();
    let [positions, signs] = [0, 0];
    for (let n = 0; n < best.length; n++) {
      const place = best[n]!;
      const column = place % STRIDE;
      const track = Math.min(3, column);
      const index = Math.floor(place / STRIDE);
      positions |= track < 3 ? index << (3 * track) : (2 * index + column - 3) << 9;
      if (this.#signs[place]! > 0) signs |= 1 << track;
    }
    out.positions = positions;
    out.signs = signs;
  }

  /** The two likeliest places of `first` with all of `second`, and all of `third` and `fourth` beside the best pair. */
  #descend(first: number, second: number, third: number, fourth: number): void {
    const [d, phi, chosen] = [this.#d, this.#phi, this.#chosen];
    let pairCorrelation = 0;
    let pairEnergy = 1;
    let most = -1;
    const likeliest = this.#likeliest(first);
    const next = this.#likeliest(first, likeliest);
    for (let one = 0, a = likeliest; one < 2; one++, a = next)
      for (let k = 0, b = second; k < TRACK; k++, b += STRIDE) {
        const correlation = d[a]! + d[b]!;
        const energy = phi[a * SUBFRAME + a]! + phi[b * SUBFRAME + b]! + 2 * phi[a * SUBFRAME + b]!;
        const gain = (correlation * correlation) / energy;
        if (gain <= most) continue;
        most = gain;
        pairCorrelation = correlation;
        pairEnergy = energy;
        chosen[0] = a;
        chosen[1] = b;
      }
    const [a, b] = [chosen[0]! * SUBFRAME, chosen[1]! * SUBFRAME];
    for (let k = 0, i = third; k < TRACK; k++, i += STRIDE) {
      const correlation = pairCorrelation + d[i]!;
      const energy = pairEnergy + phi[i * SUBFRAME + i]! + 2 * (phi[a + i]! + phi[b + i]!);
      for (let l = 0, j = fourth; l < TRACK; l++, j += STRIDE) {
        const sum = correlation + d[j]!;
        const gain = (sum * sum) / (energy + phi[j * SUBFRAME + j]! + 2 * (phi[a + j]! + phi[b + j]! + phi[i * SUBFRAME + j]!));
        if (gain <= this.#most) continue;
        this.#most = gain;
        this.#best[0] = chosen[0]!;
        this.#best[1] = chosen[1]!;
        this.#best[2] = i;
        this.#best[3] = j;
      }
    }
  }

  /** The place of the largest correlation in a track, but for `except`. */
  #likeliest(track: number, except = -1): number {
    const d = this.#d;
    let best = -1;
    for (let k = 0, place = track; k < TRACK; k++, place += STRIDE) if (place !== except && (best < 0 || d[place]! > d[best]!)) best = place;
    return best;
  }

  #correlate(target: Float64Array, h: Float64Array): void {
    const [d, signs, phi] = [this.#d, this.#signs, this.#phi];
    for (let n = 0; n < SUBFRAME; n++) {
      let sum = 0;
      for (let i = n; i < SUBFRAME; i++) sum += target[i]! * h[i - n]!;
      signs[n] = sum >= 0 ? 1 : -1;
      d[n] = Math.abs(sum);
    }
    // Each diagonal is a running sum from its end. Places of one track never meet.
    for (let lag = 0; lag < SUBFRAME; lag++) {
      if (lag > 0 && lag % STRIDE === 0) continue;
      let sum = lag === 0 ? 1e-9 : 0;
      for (let j = SUBFRAME - 1, i = j - lag, n = 0; i >= 0; i--, j--, n++) {
        sum += h[n]! * h[n + lag]!;
        const signed = sum * signs[i]! * signs[j]!;
        phi[i * SUBFRAME + j] = signed;
        phi[j * SUBFRAME + i] = signed;
      }
    }
  }
}
