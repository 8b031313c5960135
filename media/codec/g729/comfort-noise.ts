// Comfort noise (ITU-T G.729 Annex B, section B.4.4): an excitation at random whose level follows what was sent. Its samples
// need not be anybody else's; level and spectrum do.
import { adaptiveVector, type PitchDelay } from "./excitation.js";
import { saturate16 } from "./fixed-point.js";
import { cosine, type LsfDecoder } from "./lsf.js";
import { NOISE_GAIN } from "./noise-tables.js";
import * as sizes from "./sizes.js";

const { SUBFRAME, ORDER } = sizes;
export const NOISE_BYTES = 2;
/** How the level follows from frame to frame. */
const LEVEL_OLD = 0.875;
/** What part of the amplitude is Gaussian; the rest is a faint pitch at random and four pulses. */
const GAUSSIAN = 0.6;
const PULSES = 4;
const PITCH_GAIN_AT_MOST = 0.5;
const SHORTEST = 40;
const DELAYS = 64;
const SEED = 11_111;

export class ComfortNoise {
  /** Whether the last frame was noise: what does not come then, was not sent. */
  running = false;
  readonly #lsf = new Int16Array(ORDER);
  /** Q15. */
  readonly lsp = new Int16Array(ORDER);
  readonly #gaussian = new Float64Array(SUBFRAME);
  readonly #pulses = new Float64Array(SUBFRAME);
  readonly #delay: PitchDelay = { samples: SHORTEST, thirds: 0 };
  #sent = 0;
  #level = 0;
  #seed = SEED;

  reset(): void {
    this.running = false;
    this.#seed = SEED;
  }

  /** Takes the two bytes of a silence insertion descriptor (section B.4.3): mode, spectrum in 5 + 4 bits, level in 5. */
  read(bytes: Uint8Array, start: number, lsf: LsfDecoder): void {
    const word = (bytes[start]! << 8) | bytes[start + 1]!;
    lsf.decodeNoise(word >> 15, (word >> 10) & 0x1f, (word >> 6) & 0xf, this.#lsf);
    for (let i = 0; i < ORDER; i++) this.lsp[i] = cosine(this.#lsf[i]!);
    this.#sent = NOISE_GAIN[(word >> 1) & 0x1f]! / 8;
    if (!this.running) this.#level = this.#sent;
    else this.#follow();
    this.running = true;
  }

  /** A frame of a pause for which nothing is sent. */
  goOn(): void {
    this.#follow();
  }

  /** Fills `x[at..at+40)`, before which the past excitation stands. */
  excite(x: Int16Array, at: number): void {
    const g = this.#gaussian;
    const p = this.#pulses;
    const energy = SUBFRAME * this.#level * this.#level;
    this.#drawPulses();
    this.#delay.samples = SHORTEST + Math.floor(this.#random() * DELAYS);
    this.#delay.thirds = Math.floor(this.#random() * 3) - 1;
    adaptiveVector(x, at, this.#delay);
    const scale = GAUSSIAN * Math.sqrt(energy / this.#drawGaussian());
    let pitch = PITCH_GAIN_AT_MOST * this.#random();
    for (let n = 0; n < SUBFRAME; n++) g[n] = g[n]! * scale;
    let gain = this.#pulseGain(x, at, pitch, energy);
    if (gain === undefined) {
      pitch = 0;
      gain = this.#pulseGain(x, at, pitch, energy) ?? 0;
    }
    for (let n = 0; n < SUBFRAME; n++) x[at + n] = saturate16(Math.round(g[n]! + pitch * x[at + n]! + gain * p[n]!));
  }

  /** The pulses' gain that brings the sum to `energy`, the smaller of two; undefined where there is none. */
  #pulseGain(x: Int16Array, at: number, pitch: number, energy: number): number | undefined {
    const g = this.#gaussian;
    const p = this.#pulses;
    let cross = 0;
    let rest = 0;
    let own = 0;
    for (let n = 0; n < SUBFRAME; n++) {
      const value = g[n]! + pitch * x[at + n]!;
      rest += value * value;
      cross += value * p[n]!;
      own += p[n]! * p[n]!;
    }
    const square = cross * cross - own * (rest - energy);
    if (square < 0) return undefined;
    const root = Math.sqrt(square);
    return (cross > 0 ? root - cross : -root - cross) / own;
  }

  #drawPulses(): void {
    this.#pulses.fill(0);
    for (let track = 0; track < PULSES; track++) {
      const at = 5 * Math.floor(this.#random() * 8) + track + (track === 3 && this.#random() < 0.5 ? 1 : 0);
      this.#pulses[at] = this.#random() < 0.5 ? -1 : 1;
    }
  }

  /** Twelve uniform draws a sample; returns their energy. */
  #drawGaussian(): number {
    let energy = 0;
    for (let n = 0; n < SUBFRAME; n++) {
      let sum = -6;
      for (let i = 0; i < 12; i++) sum += this.#random();
      this.#gaussian[n] = sum;
      energy += sum * sum;
    }
    return energy;
  }

  #follow(): void {
    this.#level = LEVEL_OLD * this.#level + (1 - LEVEL_OLD) * this.#sent;
  }

  #random(): number {
    this.#seed = (this.#seed * 31_821 + 13_849) & 0xffff;
    return this.#seed / 65_536;
  }
}
