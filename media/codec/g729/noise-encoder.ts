// What is sent of a pause (ITU-T G.729 sections B.4.1 and B.4.2): when its noise is told again, and the two bytes that tell it.
import { LAGS, LpAnalysis, WINDOW_ENERGY } from "./lp-analysis.js";
import { lspToLpc } from "./lpc.js";
import { cosine, NOISE_PREDICTORS, spread, stabilise } from "./lsf.js";
import { LSF_STAGE_1, LSF_STAGE_2 } from "./lsp-tables.js";
import { NOISE_GAIN, NOISE_PREDICTOR_REST, NOISE_STAGE_1, NOISE_STAGE_2 } from "./noise-tables.js";
import * as sizes from "./sizes.js";

const { ORDER } = sizes;
/** Frames whose mean is the noise of now, and those before that are the pause's noise so far. */
const RECENT = 2;
const EARLIER = 6;
const HELD = RECENT + EARLIER;
/** Not told again sooner. */
const FRAMES_MIN = 3;
/** Told again where the last told filter leaves so much more of the energy than the best one, or the level is so many codes (2 dB) off. */
const FILTER_WORSE = 1.15;
const LEVEL_STEPS = 1;
/** The earlier noise's filter is told where it leaves no more than that of the recent noise: it varies less. */
const EARLIER_WORSE = 1.1;
/** 0.5 dB: what the high-pass filters at both ends take of noise that the model has filled in. */
const FILTERED_AWAY = 1.122;
const AGES = 4;
const HALF = ORDER / 2;
const STAGE_1 = 32;
const STAGE_2 = 16;
const Q13 = 8192;
const Q15 = 32_768;

export class NoiseEncoder {
  /** [frame][lag], round and round. */
  readonly #correlations = new Float64Array(HELD * LAGS);
  readonly #recent = new LpAnalysis();
  readonly #earlier = new LpAnalysis();
  /** Correlations of the last told filter's coefficients. */
  readonly #told = new Float64Array(ORDER + 1);
  readonly #weights = new Float64Array(ORDER);
  readonly #target = new Float64Array(ORDER);
  readonly #scaled = new Float64Array(ORDER);
  readonly #residue = new Int32Array(ORDER);
  readonly #lsp = new Int16Array(ORDER);
  readonly #lpc = new Int16Array(ORDER);
  readonly #a = new Float64Array(ORDER + 1);
  #frames = 0;
  #pausing = false;
  #since = 0;
  #toldLevel = 0;

  reset(): void {
    this.#frames = 0;
    this.#pausing = false;
  }

  /** Takes a frame's correlations; every frame, since a pause begins with those of its past. */
  push(correlations: Float64Array, speaks: boolean): void {
    this.#correlations.set(correlations, (this.#frames % HELD) * LAGS);
    this.#frames += 1;
    if (speaks) this.#pausing = false;
  }

  /** In a pause: whether it is told now. Then `write` says what. */
  isDue(): boolean {
    this.#since += 1;
    this.#sum(this.#recent, 0, this.#pausing ? RECENT : 1);
    const level = this.#levelCode();
    if (this.#pausing && (this.#since < FRAMES_MIN || !this.#hasChanged(level))) return false;
    this.#sum(this.#earlier, 0, Math.min(this.#frames, HELD));
    this.#pausing = true;
    this.#since = 0;
    this.#toldLevel = level;
    return true;
  }

  /**
   * Two bytes at `out[at]`: the predictor, the filter's frequencies and the level (section B.4.3's 1 + 5 + 4 + 5 bits).
   * @param past the decoder's residues, newest first, Q13
   */
  write(past: Int32Array, out: Uint8Array, at: number): void {
    const filter = this.#chosenFilter();
    autocorrelate(filter.a, this.#told);
    const codes = this.#quantize(filter.lsf, past);
    const word = (codes << 6) | (this.#levelFor(codes, past) << 1);
    out[at] = word >> 8;
    out[at + 1] = word;
  }

  /** The last `count` frames but `skipped`, as one. */
  #sum(analysis: LpAnalysis, skipped: number, count: number): void {
    const r = analysis.correlations.fill(0);
    for (let age = skipped; age < skipped + count && age < this.#frames; age++) {
      const from = ((this.#frames - 1 - age) % HELD) * LAGS;
      for (let lag = 0; lag < LAGS; lag++) r[lag]! += this.#correlations[from + lag]! / count;
    }
    r[0] = Math.max(r[0]!, 1);
    analysis.solve();
  }

  /** The pause's filter where it does for the recent noise as well, else the recent one's. */
  #chosenFilter(): LpAnalysis {
    autocorrelate(this.#earlier.a, this.#told);
    return residual(this.#told, this.#recent.correlations) <= this.#recent.error * EARLIER_WORSE ? this.#earlier : this.#recent;
  }

  #hasChanged(level: number): boolean {
    return Math.abs(level - this.#toldLevel) > LEVEL_STEPS || residual(this.#told, this.#recent.correlations) > this.#recent.error * FILTER_WORSE;
  }

  /** Of what prediction leaves of the recent noise: to know a change by. */
  #levelCode(): number {
    return nearestLevel((FILTERED_AWAY * this.#recent.error) / WINDOW_ENERGY);
  }

  /** The level with which the coarse filter that is sent makes noise as loud as the pause's. */
  #levelFor(codes: number, past: Int32Array): number {
    const residue = this.#residue;
    const mode = codes >> 9;
    const first = (codes >> 4) & 0x1f;
    const second = codes & 0xf;
    for (let i = 0; i < ORDER; i++) residue[i] = LSF_STAGE_1[NOISE_STAGE_1[first]! * ORDER + i]! + LSF_STAGE_2[NOISE_STAGE_2[i < HALF ? second : STAGE_2 + second]! * ORDER + i]!;
    spread(residue, 10);
    const lsp = this.#lsp;
    for (let i = 0; i < ORDER; i++) {
      let sum = residue[i]! * NOISE_PREDICTOR_REST[mode * ORDER + i]!;
      for (let age = 0; age < AGES; age++) sum += past[age * ORDER + i]! * NOISE_PREDICTORS[(mode * AGES + age) * ORDER + i]!;
      lsp[i] = (sum + 0x4000) >> 15;
    }
    stabilise(lsp);
    for (let i = 0; i < ORDER; i++) lsp[i] = cosine(lsp[i]!);
    lspToLpc(lsp, this.#lpc, 0);
    this.#a[0] = 1;
    for (let i = 0; i < ORDER; i++) this.#a[i + 1] = this.#lpc[i]! / 4096;
    return nearestLevel((FILTERED_AWAY * this.#earlier.correlations[0]! * powerLost(this.#a)) / WINDOW_ENERGY);
  }

  /** The ten bits of the frequencies: predictor, first stage, second stage. */
  #quantize(lsf: Float64Array, past: Int32Array): number {
    lsfWeights(lsf, this.#weights);
    let best = 0;
    let least = Infinity;
    for (let mode = 0; mode < 2; mode++) {
      for (let i = 0; i < ORDER; i++) {
        let predicted = 0;
        for (let age = 0; age < AGES; age++) predicted += past[age * ORDER + i]! * NOISE_PREDICTORS[(mode * AGES + age) * ORDER + i]!;
        const rest = NOISE_PREDICTOR_REST[mode * ORDER + i]! / Q15;
        this.#target[i] = (lsf[i]! * Q13 - predicted / Q15) / rest;
        this.#scaled[i] = this.#weights[i]! * rest * rest;
      }
      for (let first = 0; first < STAGE_1; first++)
        for (let second = 0; second < STAGE_2; second++) {
          const error = this.#errorOf(first, second, least);
          if (error >= least) continue;
          least = error;
          best = (mode << 9) | (first << 4) | second;
        }
    }
    return best;
  }

  #errorOf(first: number, second: number, least: number): number {
    const a = NOISE_STAGE_1[first]! * ORDER;
    const lower = NOISE_STAGE_2[second]! * ORDER;
    const upper = NOISE_STAGE_2[STAGE_2 + second]! * ORDER;
    let error = 0;
    for (let i = 0; i < ORDER && error < least; i++) {
      const off = this.#target[i]! - LSF_STAGE_1[a + i]! - LSF_STAGE_2[(i < HALF ? lower : upper) + i]!;
      error += this.#scaled[i]! * off * off;
    }
    return error;
  }
}

/** The code whose level is nearest to a mean square. */
function nearestLevel(meanSquare: number): number {
  const rms = Math.sqrt(Math.max(1e-4, meanSquare));
  let best = 0;
  let least = Infinity;
  for (let code = 0; code < NOISE_GAIN.length; code++) {
    const off = Math.abs(Math.log(NOISE_GAIN[code]! / 8 / rms));
    if (off >= least) continue;
    best = code;
    least = off;
  }
  return best;
}

/** What 1/A(z) is given for each unit of power that it makes of white noise. Changes `a`. */
function powerLost(a: Float64Array): number {
  let lost = 1;
  for (let order = ORDER; order > 0; order--) {
    const k = a[order]!;
    const rest = Math.max(1e-6, 1 - k * k);
    lost *= rest;
    for (let i = 1, j = order - 1; i <= j; i++, j--) {
      const low = a[i]!;
      const high = a[j]!;
      a[i] = (low - k * high) / rest;
      a[j] = (high - k * low) / rest;
    }
  }
  return lost;
}

/** Of the coefficients 1, a1 to a10; those at lags beyond 0 doubled, since they stand for both sides. */
function autocorrelate(a: Float64Array, out: Float64Array): void {
  for (let lag = 0; lag <= ORDER; lag++) {
    let sum = 0;
    for (let i = lag; i <= ORDER; i++) sum += a[i]! * a[i - lag]!;
    out[lag] = lag === 0 ? sum : 2 * sum;
  }
}

/** What a filter leaves of the energy of a sound with correlations `r`. */
function residual(filter: Float64Array, r: Float64Array): number {
  let sum = 0;
  for (let lag = 0; lag <= ORDER; lag++) sum += filter[lag]! * r[lag]!;
  return sum;
}

/** Equation 22: frequencies that stand near each other count more. */
function lsfWeights(lsf: Float64Array, out: Float64Array): void {
  for (let i = 0; i < ORDER; i++) {
    const above = i === ORDER - 1 ? 0.92 * Math.PI : lsf[i + 1]!;
    const below = i === 0 ? 0.04 * Math.PI : lsf[i - 1]!;
    const lack = above - below - 1;
    out[i] = lack > 0 ? 1 : 10 * lack * lack + 1;
  }
  out[4]! *= 1.2;
  out[5]! *= 1.2;
}
