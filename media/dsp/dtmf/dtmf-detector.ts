// Keys heard as tones (ITU-T Q.23, Q.24), for lines on which no telephone-events were agreed.
import { peakOfDbm0 } from "../level.js";
import { shareOfTwoTones } from "./two-tones.js";

const RATE_HZ = 8000;
const LOW_HZ = [697, 770, 852, 941] as const;
const HIGH_HZ = [1209, 1336, 1477, 1633] as const;
/** Row by row. */
const KEYS = ["1", "2", "3", "A", "4", "5", "6", "B", "7", "8", "9", "C", "*", "0", "#", "D"] as const;
const TONES = LOW_HZ.length;

/**
 * Judged at once: 12.75 ms. Two whole ones fit into the shortest key and the shortest pause, 40 ms, wherever they begin;
 * the frequencies next to each other, 73 Hz and more apart, fall near each other's zero.
 */
const BLOCK = 102;
/**
 * A key begins with the second block that hears it where the one before or after them has a trace of it, and ends with the third in a row that does not: a drop-out of 10 ms
 * spoils two at most, a pause of 40 ms two whole ones and the larger part of a third.
 */
const BLOCKS_TO_BEGIN = 2;
const BLOCKS_TO_END = 3;

/** Power ratio of a level difference. */
const ratio = (db: number): number => 10 ** (db / 10);
const HZ = [...LOW_HZ, ...HIGH_HZ];
const COEFFICIENTS = Float64Array.from(HZ, (hz) => 2 * Math.cos((2 * Math.PI * hz) / RATE_HZ));
/** Of the high tones only: a low one's second harmonic falls among the high tones. */
const HARMONICS = Float64Array.from(HIGH_HZ, (hz) => 2 * Math.cos((4 * Math.PI * hz) / RATE_HZ));
/** A Goertzel power is (peak * BLOCK / 2)^2. The softer tone of a key at -24 dBm0 stays 6 dB above it. */
const POWER_MIN = ((peakOfDbm0(-38) * BLOCK) / 2) ** 2;
/** The high tone may be louder by 4 dB and softer by 8 (Q.24); noise and the line's frequency response take their part on top. */
const HIGH_OVER_LOW_MAX = ratio(7);
/** Over both blocks that begin a key there is less of that. */
const HIGH_OVER_LOW_SURE = ratio(5.5);
const LOW_OVER_HIGH_SURE = ratio(10);
const LOW_OVER_HIGH_MAX = ratio(12);
/** Each tone stands so far above the others of its group. */
const ALONE = ratio(5.5);
/** Of all power in a block, so much is the two tones', before anything is known of their true frequencies. */
const PURITY_MIN = 0.5;
/**
 * A tone turns by its frequency from one block to the next, which tells how far off it is: 1.5 % is a key's, 3.5 % is not (Q.24).
 * What the other tone and the noise add to the angle takes some Hz more.
 */
const OFF_MAX = 0.02;
const OFF_HZ_MAX = 6;
/**
 * Of the two tones' ratio: off by 1.5 % to opposite sides they are 3 % off it. The octave of an instrument's note and its second
 * harmonic is 4.3 % off the ratio of 2, 6 and C, which are the nearest to one.
 */
const RATIO_OFF_MAX = 0.038;
/** As PURITY_MIN for the blocks that begin a key, with what blocks lose of a tone that is off made good. */
const TRUE_PURITY_MIN = 0.83;
/** As that, with both tones at the frequencies that were measured taken out together: at 15 dB over noise 0.97 on the average. */
const EXPLAINED_MIN = 0.9;
/** Keys are steady: their tones' power in one block and in the next. */
const STEADY = ratio(4.5);
const STEADY_AFTER_QUIET = ratio(10);
/**
 * Coders such as G.729 bend a short key's two blocks and leave no trace beside them. Behind them two blocks will do, and less
 * pure ones, where it was so much softer before and soon is again: no voice begins and ends so.
 */
const QUIET_BELOW = ratio(12);
const SHORT_BLOCKS_MAX = 3;
const PURITY_AFTER_QUIET_MIN = 0.55;
const OFF_AFTER_QUIET_HZ_MAX = 12;
/** As PURITY_MIN for a block that a key fills in part: three whole or partial ones make a key, for voices are pure for less. */
const TRACE_PURITY_MIN = 0.4;
/** Voices have a second harmonic, keys have none to speak of. */
const HARMONIC_BELOW = ratio(9);

/** What a block that is a key says of its two tones. */
interface Hit {
  key: number;
  /** The key that this block may hold a part of. */
  trace: number;
  energy: number;
  /** Low, high. */
  readonly power: Float64Array;
  readonly phase: Float64Array;
}

const noHit = (): Hit => ({ key: -1, trace: -1, energy: 0, power: new Float64Array(2), phase: new Float64Array(2) });

export interface DtmfDetectorOptions {
  /** The sound was coded by other than its wave, as G.729 does: short keys are bent. Default false. */
  readonly bent?: boolean;
}

export class DtmfDetector {
  readonly #bent: boolean;
  readonly #power = new Float64Array(2 * TONES);
  /** The last two values of each recurrence. */
  readonly #s1 = new Float64Array(2 * TONES);
  readonly #s2 = new Float64Array(2 * TONES);
  #hit = noHit();
  #before = noHit();
  /** The trace of the block before that. */
  #traceBefore = -1;
  /** Energies of the two blocks before the last two. */
  #twoBefore = 0;
  #threeBefore = 0;
  /** Two blocks that may be a short key, their energy, and how many came since. */
  #short = -1;
  #shortEnergy = 0;
  #shortBlocks = 0;
  /** Heard twice, without a trace so far. */
  #pending = -1;
  #block = new Float64Array(BLOCK);
  #blockBefore = new Float64Array(BLOCK);
  readonly #turnsInSample: [number, number] = [0, 0];
  #filled = 0;
  #energy = 0;
  #heard = 0;
  #missed = 0;
  #key = -1;

  constructor({ bent = false }: DtmfDetectorOptions = {}) {
    this.#bent = bent;
  }

  /** The key that is held now. */
  get held(): string | undefined {
    return KEYS[this.#key];
  }

  /** Takes sound at 8000 Hz, as much as there is. Returns the key that began in it, `0-9 * # A-D`; at most one in 25 ms. */
  push(samples: Int16Array): string | undefined {
    let began: string | undefined;
    for (let at = 0; at < samples.length; ) {
      const count = Math.min(BLOCK - this.#filled, samples.length - at);
      this.#take(samples, at, count);
      at += count;
      if (this.#filled === BLOCK) began = this.#judge() ?? began;
    }
    return began;
  }

  #take(samples: Int16Array, from: number, count: number): void {
    const block = this.#block;
    const filled = this.#filled;
    let energy = 0;
    for (let i = 0; i < count; i++) {
      const sample = samples[from + i]!;
      block[filled + i] = sample;
      energy += sample * sample;
    }
    this.#energy += energy;
    this.#filled = filled + count;
  }

  reset(): void {
    this.#filled = 0;
    this.#energy = 0;
    this.#hit = noHit();
    this.#before = noHit();
    this.#traceBefore = -1;
    this.#twoBefore = this.#threeBefore = 0;
    this.#pending = this.#short = -1;
    this.#heard = 0;
    this.#missed = 0;
    this.#key = -1;
  }

  #judge(): string | undefined {
    this.#traceBefore = this.#before.trace;
    this.#threeBefore = this.#twoBefore;
    this.#twoBefore = this.#before.energy;
    const spare = this.#before;
    this.#before = this.#hit;
    this.#hit = spare;
    this.#hit.trace = -1;
    const hit = this.#measure();
    this.#hit.key = hit;
    this.#hit.energy = this.#energy;
    this.#filled = 0;
    this.#energy = 0;
    const began = this.#decide(hit);
    const spareBlock = this.#blockBefore;
    this.#blockBefore = this.#block;
    this.#block = spareBlock;
    return began;
  }

  #decide(hit: number): string | undefined {
    if (hit >= 0 && hit === this.#key) {
      this.#missed = 0;
      return undefined;
    }
    if (this.#key >= 0 && ++this.#missed >= BLOCKS_TO_END) this.#key = -1;
    const again = hit >= 0 && hit === this.#before.key;
    this.#heard = hit < 0 ? 0 : again && this.#goesOn(hit, false) ? this.#heard + 1 : 1;
    const sure = this.#heard > BLOCKS_TO_BEGIN || (this.#heard === BLOCKS_TO_BEGIN && this.#traceBefore === hit && (!this.#bent || this.#isQuietBefore()));
    const short = this.#bent ? this.#shortKey(again ? hit : -1) : -1;
    const began = sure ? hit : short >= 0 ? short : this.#pending >= 0 && this.#hit.trace === this.#pending ? this.#pending : -1;
    this.#pending = began < 0 && !this.#bent && this.#heard === BLOCKS_TO_BEGIN ? hit : -1;
    if (began < 0) return undefined;
    // A short one is over by now.
    this.#missed = began === short ? this.#shortBlocks + 1 : 0;
    this.#short = -1;
    this.#key = began;
    return KEYS[began];
  }

  /** The key of two bent blocks with quiet on both sides, once that is known, or -1. @param again what the last two blocks both are */
  #shortKey(again: number): number {
    if (again >= 0 && again !== this.#short && this.#isQuietBefore() && this.#goesOn(again, true)) {
      this.#short = again;
      this.#shortBlocks = 0;
      this.#shortEnergy = Math.max(this.#hit.energy, this.#before.energy);
      return -1;
    }
    if (this.#short < 0) return -1;
    if (this.#hit.energy * QUIET_BELOW < this.#shortEnergy) return this.#short;
    this.#shortBlocks += 1;
    if (this.#shortBlocks >= SHORT_BLOCKS_MAX) this.#short = -1;
    return -1;
  }

  /** Whether it was much softer before this block and the one before it. */
  #isQuietBefore(): boolean {
    return Math.min(this.#twoBefore, this.#threeBefore) * QUIET_BELOW < Math.max(this.#hit.energy, this.#before.energy);
  }

  /** Whether this block's tones are those of the block before: steady, at a key's frequencies, and little else beside them. */
  #goesOn(key: number, afterQuiet: boolean): boolean {
    const now = this.#hit;
    const before = this.#before;
    const steady = afterQuiet ? STEADY_AFTER_QUIET : STEADY;
    const offHzMax = afterQuiet ? OFF_AFTER_QUIET_HZ_MAX : OFF_HZ_MAX;
    const purity = afterQuiet ? PURITY_AFTER_QUIET_MIN : TRUE_PURITY_MIN;
    const turnsInSample = this.#turnsInSample;
    let sumNow = 0;
    let sumBefore = 0;
    let low = 0;
    let high = 0;
    let ratioOff = 0;
    for (let group = 0; group < 2; group++) {
      const hz = group === 0 ? LOW_HZ[key >> 2]! : HIGH_HZ[key & 3]!;
      const powerNow = now.power[group]!;
      const powerBefore = before.power[group]!;
      if (powerNow > powerBefore * steady || powerBefore > powerNow * steady) return false;
      const turns = (now.phase[group]! - before.phase[group]!) / (2 * Math.PI) - (hz * BLOCK) / RATE_HZ;
      const offHz = ((turns - Math.round(turns)) * RATE_HZ) / BLOCK;
      if (Math.abs(offHz) > OFF_MAX * hz + offHzMax) return false;
      turnsInSample[group as 0 | 1] = (hz + offHz) / RATE_HZ;
      ratioOff = offHz / hz - ratioOff;
      const x = (Math.PI * offHz * BLOCK) / RATE_HZ;
      const kept = Math.abs(x) < 1e-3 ? 1 : (Math.sin(x) / x) ** 2;
      sumNow += powerNow / kept;
      sumBefore += powerBefore / kept;
      if (group === 0) low = sumNow + sumBefore;
      else high = sumNow + sumBefore - low;
    }
    if (Math.abs(ratioOff) > RATIO_OFF_MAX) return false;
    if (high > low * HIGH_OVER_LOW_SURE || low > high * LOW_OVER_HIGH_SURE) return false;
    if (sumNow * 2 < purity * BLOCK * now.energy || sumBefore * 2 < purity * BLOCK * before.energy) return false;
    return afterQuiet || (shareOfTwoTones(this.#block, turnsInSample) >= EXPLAINED_MIN && shareOfTwoTones(this.#blockBefore, turnsInSample) >= EXPLAINED_MIN);
  }

  /** Index into KEYS of what this block is, or -1. */
  #measure(): number {
    // Silence costs nothing: half a block of two tones at the threshold holds more.
    if (this.#energy * BLOCK < POWER_MIN) return -1;
    this.#measureGroup(0);
    this.#measureGroup(TONES);
    const low = this.#strongest(0);
    const high = this.#strongest(TONES);
    const lowPower = this.#power[low]!;
    const highPower = this.#power[high]!;
    if ((lowPower + highPower) * 2 >= TRACE_PURITY_MIN * BLOCK * this.#energy) this.#hit.trace = low * TONES + (high - TONES);
    if (lowPower < POWER_MIN || highPower < POWER_MIN) return -1;
    if (highPower > lowPower * HIGH_OVER_LOW_MAX || lowPower > highPower * LOW_OVER_HIGH_MAX) return -1;
    if (!this.#standsAlone(low, 0) || !this.#standsAlone(high, TONES)) return -1;
    // Parseval: a sine of this Goertzel power holds power * 2 / BLOCK.
    if ((lowPower + highPower) * 2 < PURITY_MIN * BLOCK * this.#energy) return -1;
    if (this.#powerAt(HARMONICS[high - TONES]!) * HARMONIC_BELOW > highPower) return -1;
    this.#keep(0, low);
    this.#keep(1, high);
    return low * TONES + (high - TONES);
  }

  #keep(group: number, tone: number): void {
    const step = (2 * Math.PI * HZ[tone]!) / RATE_HZ;
    this.#hit.power[group] = this.#power[tone]!;
    this.#hit.phase[group] = Math.atan2(this.#s2[tone]! * Math.sin(step), this.#s1[tone]! - this.#s2[tone]! * Math.cos(step));
  }

  #strongest(from: number): number {
    let best = from;
    for (let k = from + 1; k < from + TONES; k++) if (this.#power[k]! > this.#power[best]!) best = k;
    return best;
  }

  #standsAlone(tone: number, from: number): boolean {
    for (let k = from; k < from + TONES; k++) if (k !== tone && this.#power[k]! * ALONE > this.#power[tone]!) return false;
    return true;
  }

  /** Four tones side by side: each waits for its own last value, so one alone leaves the processor idle. */
  #measureGroup(from: number): void {
    const block = this.#block;
    const ca = COEFFICIENTS[from]!;
    const cb = COEFFICIENTS[from + 1]!;
    const cc = COEFFICIENTS[from + 2]!;
    const cd = COEFFICIENTS[from + 3]!;
    let a1 = 0;
    let a2 = 0;
    let b1 = 0;
    let b2 = 0;
    let c1 = 0;
    let c2 = 0;
    let d1 = 0;
    let d2 = 0;
    for (let i = 0; i < BLOCK; i++) {
      const sample = block[i]!;
      const a0 = sample + ca * a1 - a2;
      const b0 = sample + cb * b1 - b2;
      const c0 = sample + cc * c1 - c2;
      const d0 = sample + cd * d1 - d2;
      a2 = a1;
      a1 = a0;
      b2 = b1;
      b1 = b0;
      c2 = c1;
      c1 = c0;
      d2 = d1;
      d1 = d0;
    }
    this.#s1[from] = a1;
    this.#s2[from] = a2;
    this.#power[from] = a1 * a1 + a2 * a2 - ca * a1 * a2;
    this.#s1[from + 1] = b1;
    this.#s2[from + 1] = b2;
    this.#power[from + 1] = b1 * b1 + b2 * b2 - cb * b1 * b2;
    this.#s1[from + 2] = c1;
    this.#s2[from + 2] = c2;
    this.#power[from + 2] = c1 * c1 + c2 * c2 - cc * c1 * c2;
    this.#s1[from + 3] = d1;
    this.#s2[from + 3] = d2;
    this.#power[from + 3] = d1 * d1 + d2 * d2 - cd * d1 * d2;
  }

  #powerAt(coefficient: number): number {
    const block = this.#block;
    let s1 = 0;
    let s2 = 0;
    for (let i = 0; i < BLOCK; i++) {
      const s0 = block[i]! + coefficient * s1 - s2;
      s2 = s1;
      s1 = s0;
    }
    return s1 * s1 + s2 * s2 - coefficient * s1 * s2;
  }
}
