// Whether a frame is somebody speaking (ITU-T G.729 section B.3): how far its spectrum, its energies and its zero crossings are
// from those of the line's noise, thirteen boundaries, and what went before.
import { LAGS, type LpAnalysis } from "./lp-analysis.js";
import * as sizes from "./sizes.js";

const { ORDER, ANALYSED } = sizes;
/** Section B.3.3: the noise is learnt from so many frames, those that are heard at all. */
const LEARNING = 32;
const HEARD_DB = 15;
/** The least energy is that of the last 128 frames, kept in pieces of eight. */
const PIECE = 8;
const PIECES = 16;
const SETTLED = PIECE * PIECES;
/** Correlations of the low-pass of section B.3.1.2 (0 to 1000 Hz) at lags 0 to 12, Q15. */
const LOW_BAND_Q15 = [7869, 7011, 4838, 2299, 321, -660, -782, -484, -164, 3, 39, 21, 4] as const;
const LOW_BAND = Float64Array.from(LOW_BAND_Q15, (value) => value / 32_768);
/** Frames that speech goes on for after it was last heard. */
const HANGOVER = 6;
/** Section B.3.3: by the mean energy while learning, dB up to which, and what the full and the low band's noise are below it. */
const FIRST_GUESS = [
  { upToDb: 40, fullDb: 0, lowDb: 3.2 },
  { upToDb: 44, fullDb: 4, lowDb: 5.6 },
  { upToDb: Infinity, fullDb: 8, lowDb: 9.6 },
] as const;
/** Section B.3.7: by the number of updates, how much of the old noise stays: of its energies, its zero crossings and its spectrum. */
const MEMORY = [
  { upTo: 20, energy: 0.75, crossings: 0.8, spectrum: 0.6 },
  { upTo: 30, energy: 0.95, crossings: 0.92, spectrum: 0.65 },
  { upTo: 40, energy: 0.97, crossings: 0.94, spectrum: 0.7 },
  { upTo: 50, energy: 0.99, crossings: 0.96, spectrum: 0.75 },
  { upTo: 60, energy: 0.995, crossings: 0.99, spectrum: 0.75 },
  { upTo: Infinity, energy: 0.995, crossings: 0.998, spectrum: 0.75 },
] as const;
/** What is so near to the noise is taken into it: dB above, second reflection coefficient, squared distance of spectra. */
const NOISE_ABOVE_DB = 3;
const NOISE_REFLECTION_MAX = 0.75;
const NOISE_DISTANCE_MAX = 0.002_532_959;
/** So many frames in a row as soft as the noise are a pause, whatever they sound like: where somebody spoke first, that was learnt. */
const SOFT_FRAMES = 24;
/** Beyond that the noise was taken for too loud. */
const ABOVE_LEAST_DB_MAX = 10;

/** What a frame differs by from the noise: spectrum, and noise less frame for the rest, dB and crossings per sample. */
export interface Differences {
  spectrum: number;
  fullDb: number;
  lowDb: number;
  crossings: number;
}

/**
 * Table B.1's boundaries: on one side of any of them somebody speaks. One of the fourteen is left out, low band's noise less frame
 * above 0.928571 of the full band's and 1.14285: white noise crosses it every few frames, and libbcg729 takes none of those for
 * speech.
 */
export function crossesBoundary({ spectrum: s, fullDb: f, lowDb: l, crossings: z }: Differences): boolean {
  if (s > 0.00175 * z + 0.00085 || s > -0.004545455 * z + 0.001159091 || s > 0.0009) return true;
  if (f < -25 * z - 5 || f < 20 * z - 6 || f < -4.7 || f < 8800 * s - 12.2) return true;
  if (l < 25 * z - 7 || l < -29.09091 * z - 4.8182 || l < -5.3 || l < 14_000 * s - 15.5) return true;
  return l < -1.5 * f - 9 || l < 0.714285 * f - 2.1428571;
}

export class VoiceActivity {
  readonly #noiseLsf = new Float64Array(ORDER);
  #noiseCrossings = 0;
  #noiseFullDb = 0;
  #noiseLowDb = 0;
  readonly #differences: Differences = { spectrum: 0, fullDb: 0, lowDb: 0, crossings: 0 };
  readonly #leasts = new Float64Array(PIECES).fill(Infinity);
  #leastDb = Infinity;
  #frames = 0;
  #learnt = 0;
  #updates = 0;
  #before = true;
  #twoBefore = true;
  #beforeDb = 0;
  #mayExtend = true;
  #extended = 0;
  #silent = 0;
  /** Frames of the hangover that have passed. */
  #hung = 0;
  /** Frames in a row that are no louder than the noise. */
  #soft = 0;

  reset(): void {
    this.#noiseLsf.fill(0);
    this.#leasts.fill(Infinity);
    this.#noiseCrossings = this.#noiseFullDb = this.#noiseLowDb = 0;
    this.#frames = this.#learnt = this.#updates = this.#extended = this.#silent = this.#hung = this.#soft = 0;
    this.#leastDb = Infinity;
    this.#before = this.#twoBefore = this.#mayExtend = true;
    this.#beforeDb = 0;
  }

  /** @param analysis of the frame @param sound what was analysed, whose frame begins at 120 */
  push(analysis: LpAnalysis, sound: Int16Array): boolean {
    const { correlations: r, lsf, reflections } = analysis;
    const fullDb = decibels(r[0]! / ANALYSED);
    let low = r[0]! * LOW_BAND[0]!;
    for (let lag = 1; lag < LAGS; lag++) low += 2 * r[lag]! * LOW_BAND[lag]!;
    const lowDb = decibels(low / ANALYSED);
    const crossings = crossingsIn(sound);
    this.#keepLeast(fullDb);
    this.#frames += 1;
    const learning = this.#frames <= LEARNING;
    if (learning) this.#learn(lsf, fullDb, crossings);
    if (this.#frames === LEARNING) this.#settle();
    const d = this.#differences;
    d.spectrum = this.#distance(lsf);
    d.fullDb = this.#noiseFullDb - fullDb;
    d.lowDb = this.#noiseLowDb - lowDb;
    d.crossings = this.#noiseCrossings - crossings;
    let speaks = fullDb >= HEARD_DB && (learning || crossesBoundary(d));
    if (!learning) {
      speaks = this.#smooth(speaks, fullDb);
      this.#update(lsf, { fullDb, lowDb, crossings, reflection: reflections[1]! });
    }
    this.#twoBefore = this.#before;
    this.#before = speaks;
    this.#beforeDb = fullDb;
    return speaks;
  }

  #keepLeast(fullDb: number): void {
    const piece = Math.floor(this.#frames / PIECE) % PIECES;
    this.#leasts[piece] = this.#frames % PIECE === 0 ? fullDb : Math.min(this.#leasts[piece]!, fullDb);
    this.#leastDb = Infinity;
    for (let i = 0; i < PIECES; i++) this.#leastDb = Math.min(this.#leastDb, this.#leasts[i]!);
  }

  #learn(lsf: Float64Array, fullDb: number, crossings: number): void {
    if (fullDb < HEARD_DB) return;
    this.#learnt += 1;
    this.#noiseFullDb += fullDb;
    this.#noiseCrossings += crossings;
    for (let i = 0; i < ORDER; i++) this.#noiseLsf[i]! += lsf[i]! / (2 * Math.PI);
  }

  #settle(): void {
    const count = Math.max(1, this.#learnt);
    const meanDb = this.#noiseFullDb / count;
    this.#noiseCrossings /= count;
    for (let i = 0; i < ORDER; i++) this.#noiseLsf[i]! /= count;
    const guess = FIRST_GUESS.find(({ upToDb }) => meanDb <= upToDb)!;
    this.#noiseFullDb = meanDb - guess.fullDb;
    this.#noiseLowDb = meanDb - guess.lowDb;
  }

  #distance(lsf: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < ORDER; i++) sum += (lsf[i]! / (2 * Math.PI) - this.#noiseLsf[i]!) ** 2;
    return sum;
  }

  /**
   * Section B.3.6: neither single frames of speech nor its ends are lost, nor is noise that swells taken for speech. Before its
   * stages stands a hangover, and its last stage, which ends speech that is little above the noise, is left out: the ends of
   * words in a noisy room are worth more on a telephone than the packets that this would spare. So does libbcg729, where both
   * were measured; Appendix II of the Recommendation has the same aim.
   */
  #smooth(decided: boolean, fullDb: number): boolean {
    let speaks = decided;
    if (decided) this.#hung = 0;
    else if (this.#before && this.#hung < HANGOVER) {
      this.#hung += 1;
      speaks = true;
    }
    if (!speaks && this.#before && fullDb > this.#noiseFullDb + 2 && fullDb > 21) speaks = true;
    if (!this.#mayExtend) this.#mayExtend = true;
    else if (!speaks && this.#before && this.#twoBefore && Math.abs(fullDb - this.#beforeDb) <= 3) {
      speaks = true;
      this.#extended += 1;
      if (this.#extended > 4) {
        this.#mayExtend = false;
        this.#extended = 0;
      }
    }
    if (!speaks) this.#silent += 1;
    else if (this.#silent > 10 && fullDb - this.#beforeDb <= 3) {
      speaks = false;
      this.#silent = 0;
    }
    if (speaks) this.#silent = 0;
    return speaks;
  }

  /** Section B.3.7. */
  #update(lsf: Float64Array, { fullDb, lowDb, crossings, reflection }: { readonly fullDb: number; readonly lowDb: number; readonly crossings: number; readonly reflection: number }): void {
    const distance = this.#differences.spectrum;
    const soft = fullDb < this.#noiseFullDb + NOISE_ABOVE_DB && reflection < NOISE_REFLECTION_MAX;
    this.#soft = soft ? this.#soft + 1 : 0;
    const another = distance >= NOISE_DISTANCE_MAX;
    if (soft && (!another || this.#soft > SOFT_FRAMES)) {
      this.#updates = another ? 1 : this.#updates + 1;
      const memory = MEMORY.find(({ upTo }) => this.#updates < upTo)!;
      this.#noiseFullDb += (1 - memory.energy) * (fullDb - this.#noiseFullDb);
      this.#noiseLowDb += (1 - memory.energy) * (lowDb - this.#noiseLowDb);
      this.#noiseCrossings += (1 - memory.crossings) * (crossings - this.#noiseCrossings);
      for (let i = 0; i < ORDER; i++) this.#noiseLsf[i]! += (1 - memory.spectrum) * (lsf[i]! / (2 * Math.PI) - this.#noiseLsf[i]!);
    }
    const tooSoft = this.#frames > SETTLED && this.#noiseFullDb < this.#leastDb && !another;
    if (tooSoft || this.#noiseFullDb > this.#leastDb + ABOVE_LEAST_DB_MAX) {
      this.#noiseFullDb = this.#leastDb;
      this.#updates = 0;
    }
  }
}

const decibels = (power: number): number => 10 * Math.log10(Math.max(1e-3, power));

/** Per sample of the frame. */
function crossingsIn(sound: Int16Array): number {
  let count = 0;
  for (let n = 120; n < 200; n++) if (sound[n]! < 0 !== sound[n - 1]! < 0) count += 1;
  return count / 80;
}
