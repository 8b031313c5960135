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

/** One search's own, in the module since nothing interrupts it. Correlation of the target with the impulse response, without sign. */
const d = new Int32Array(SUBFRAME);
const exact = new Float64Array(SUBFRAME);
const LAST = SUBFRAME - 1;
/** From its end on: 0, or -1 where it is negative. Twice as long as is used, so that no index needs a check; the two below too. */
const signs = new Int32Array(2 * SUBFRAME);
const response = new Int32Array(2 * SUBFRAME);
/** [row][column] from its end on, signs taken in, half of it on the diagonal: of two places at `PHI_LAST - SUBFRAME * one - other`. */
const phi = new Int32Array(2 * SUBFRAME * SUBFRAME);
const PHI_LAST = SUBFRAME * SUBFRAME - 1;
/** What each place of the fourth pulse's track adds beside the first two. */
const fourthEnergies = new Int32Array(TRACK);
/** The first two pulses of a descent, and the four of the best one. */
const chosen = new Int32Array(2);
const best = new Int32Array(4);
let mostCorrelation = 0;
let mostEnergy = 0;

/** @param target what the adaptive codebook has left @param h the weighted filter's impulse response, sharpened, Q12 */
export function searchPulses(target: Int16Array, h: Int16Array, out: Pulses): void {
  correlateTarget(target, h);
  correlateResponse(h);
  mostCorrelation = -1;
  mostEnergy = 1;
  // The last track has two halves of places.
  for (let last = 3; last <= 4; last++) {
    descend(2, last, 0, 1);
    descend(last, 0, 1, 2);
  }
  out.positions = out.signs = 0;
  for (let n = 0; n < best.length; n++) {
    const place = best[n]!;
    const column = place % STRIDE;
    const track = Math.min(3, column);
    const index = (place - column) / STRIDE;
    out.positions |= track < 3 ? index << (3 * track) : (2 * index + column - 3) << 9;
    if (signs[LAST - place] === 0) out.signs |= 1 << track;
  }
}

/** The two likeliest places of `first` with all of `second`, and all of `third` and `fourth` beside the best pair. */
function descend(first: number, second: number, third: number, fourth: number): void {
  choosePair(first, second);
  const one = chosen[0]!;
  const two = chosen[1]!;
  const a = PHI_LAST - one * SUBFRAME;
  const b = PHI_LAST - two * SUBFRAME;
  const pairCorrelation = d[one]! + d[two]!;
  const pairEnergy = phi[a - one]! + phi[b - two]! + phi[a - two]!;
  for (let l = 0, j = fourth; l < TRACK; l++, j += STRIDE) fourthEnergies[l] = halfEnergy(j) + phi[a - j]! + phi[b - j]!;
  let most = mostCorrelation;
  let mostSquare = most * most;
  let energyOfMost = mostEnergy;
  let bestI = -1;
  let bestJ = -1;
  for (let k = 0, i = third; k < TRACK; k++, i += STRIDE) {
    const correlation = pairCorrelation + d[i]!;
    const row = PHI_LAST - i * SUBFRAME;
    const energy = pairEnergy + phi[row - i]! + phi[a - i]! + phi[b - i]!;
    for (let l = 0, j = fourth; l < TRACK; l++, j += STRIDE) {
      const sum = correlation + d[j]!;
      const whole = energy + fourthEnergies[l]! + phi[row - j]!;
      if (most >= 0 && sum * sum * energyOfMost <= mostSquare * whole) continue;
      most = sum;
      mostSquare = sum * sum;
      energyOfMost = whole;
      bestI = i;
      bestJ = j;
    }
  }
  if (bestI < 0) return;
  mostCorrelation = most;
  mostEnergy = energyOfMost;
  best[0] = one;
  best[1] = two;
  best[2] = bestI;
  best[3] = bestJ;
}

function choosePair(first: number, second: number): void {
  const likeliest = likeliestPlace(first, -1);
  const next = likeliestPlace(first, likeliest);
  let mostSquare = -1;
  let energyOfMost = 1;
  for (let one = 0, a = likeliest; one < 2; one++, a = next)
    for (let k = 0, b = second; k < TRACK; k++, b += STRIDE) {
      const correlation = d[a]! + d[b]!;
      const energy = halfEnergy(a) + halfEnergy(b) + phi[PHI_LAST - a * SUBFRAME - b]!;
      if (mostSquare >= 0 && correlation * correlation * energyOfMost <= mostSquare * energy) continue;
      mostSquare = correlation * correlation;
      energyOfMost = energy;
      chosen[0] = a;
      chosen[1] = b;
    }
}

/** Phi's diagonal. */
const halfEnergy = (place: number): number => phi[PHI_LAST - place * (SUBFRAME + 1)]!;

/** The place of the largest correlation in a track, but for `except`. */
function likeliestPlace(track: number, except: number): number {
  let likeliest = -1;
  for (let k = 0, place = track; k < TRACK; k++, place += STRIDE) if (place !== except && (likeliest < 0 || d[place]! > d[likeliest]!)) likeliest = place;
  return likeliest;
}

function correlateTarget(target: Int16Array, h: Int16Array): void {
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
    signs[LAST - n] = sign;
    d[n] = (value ^ sign) - sign;
  }
}

/** Each diagonal is a running sum from its end, where phi begins. Places of one track never meet. */
function correlateResponse(h: Int16Array): void {
  let energy = ENERGY_MARGIN;
  for (let n = 0; n < SUBFRAME; n++) {
    const value = h[n]!;
    response[n] = value;
    energy += value * value;
  }
  const shift = energy > 0x7fff_ffff ? 4 : Math.max(0, 32 - Math.clz32(energy) - ENERGY_BITS);
  for (let lag = 0; lag < SUBFRAME; lag++) {
    if (lag > 0 && lag % STRIDE === 0) continue;
    let sum = 0;
    for (let n = 0; n < SUBFRAME - lag; n++) {
      sum = (sum + Math.imul(response[n]!, response[n + lag]!)) | 0;
      const sign = signs[n]! ^ signs[n + lag]!;
      const signed = ((sum >> shift) ^ sign) - sign;
      const diagonal = n * (SUBFRAME + 1);
      phi[diagonal + lag] = signed;
      phi[diagonal + lag * SUBFRAME] = signed;
    }
  }
  for (let i = 0; i < SUBFRAME; i++) phi[i * (SUBFRAME + 1)] = phi[i * (SUBFRAME + 1)]! >> 1;
}
