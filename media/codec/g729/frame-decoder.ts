// The decoder of ITU-T G.729 and its Annexes A and B: ten bytes of sound or two of comfort noise to 80 samples, and what
// stands in for a frame that did not come (section 4.4) or was not sent.
import * as bits from "./bitstream.js";
import { ComfortNoise } from "./comfort-noise.js";
import { CODE_GAIN_A, CODE_GAIN_B, PITCH_GAIN_A, PITCH_GAIN_B } from "./excitation-tables.js";
import { adaptiveVector, codeGain, fixedVector, readFirstDelay, readSecondDelay, sharpen, sharpening, type PitchDelay } from "./excitation.js";
import { synthesise, type FilterRun } from "./filter.js";
import { saturate16 } from "./fixed-point.js";
import { GainPredictor } from "./gain-predictor.js";
import { HighPass, POST_PROCESSING } from "./high-pass.js";
import { interpolate, lspToLpc } from "./lpc.js";
import { cosine, LsfDecoder } from "./lsf.js";
import { Postfilter, type PostfilterRun } from "./postfilter.js";
import * as sizes from "./sizes.js";

const { SUBFRAME, ORDER, LONGEST_DELAY } = sizes;
export const FRAME_SAMPLES = 80;
/** Past excitation that the longest delay with its interpolation reaches. */
const PAST = LONGEST_DELAY + 11;
const LSP_AT_RESET = Int16Array.of(30_000, 26_000, 21_000, 15_000, 8000, 0, -8000, -15_000, -21_000, -26_000);
/** 0.9 in Q14: what the pitch gain of a concealed frame does not exceed; and the factors, Q15, by which gains fade. */
const PITCH_GAIN_AT_MOST = 14_746;
const PITCH_FADE = 29_491;
const CODE_FADE = 32_113;
const SEED = 21_845;

type FrameKind = "sound" | "noise" | "lost";

export class FrameDecoder {
  readonly #parameters = new Int32Array(bits.PARAMETERS);
  readonly #lsf = new LsfDecoder();
  readonly #lsp = Int16Array.from(LSP_AT_RESET);
  readonly #lastLsp = Int16Array.from(LSP_AT_RESET);
  readonly #middle = new Int16Array(ORDER);
  /** Both subframes' coefficients, Q12. */
  readonly #a = new Int16Array(2 * ORDER);
  readonly #excitation = new Int16Array(PAST + FRAME_SAMPLES);
  readonly #speech = new Int16Array(ORDER + FRAME_SAMPLES);
  readonly #code = new Int16Array(SUBFRAME);
  readonly #gains = new GainPredictor();
  readonly #postfilter = new Postfilter();
  readonly #noise = new ComfortNoise();
  readonly #highPass = new HighPass(POST_PROCESSING);
  readonly #filtered = new Int16Array(SUBFRAME);
  readonly #delay: PitchDelay = { samples: 60, thirds: 0 };
  readonly #run: { -readonly [K in keyof FilterRun]: FilterRun[K] } = { x: this.#excitation, xAt: 0, y: this.#speech, yAt: 0 };
  readonly #postRun: PostfilterRun = { a: this.#a, aAt: 0, out: this.#filtered, to: 0 };
  /** The last whole delay, from which a damaged or lost one goes on. */
  #lastDelay = 60;
  #pitchGain = 0;
  #codeGain = 0;
  #seed = SEED;

  reset(): void {
    this.#lsf.reset();
    this.#lastLsp.set(LSP_AT_RESET);
    this.#excitation.fill(0);
    this.#speech.fill(0);
    this.#gains.reset();
    this.#noise.reset();
    this.#postfilter.reset();
    this.#highPass.reset();
    this.#lastDelay = 60;
    this.#pitchGain = this.#codeGain = 0;
    this.#seed = SEED;
  }

  /** Decodes the ten bytes at `bytes[start]` into `out[at..at+80)`. */
  decode(bytes: Uint8Array, start: number, out: Int16Array, at: number): void {
    bits.readFrame(bytes, start, this.#parameters);
    this.#lsf.decode(this.#parameters);
    this.#noise.running = false;
    this.#readLsp();
    this.#synthesiseFrame("sound", out, at);
  }

  /** Decodes the two bytes of comfort noise at `bytes[start]`. */
  decodeNoise(bytes: Uint8Array, start: number, out: Int16Array, at: number): void {
    this.#noise.read(bytes, start, this.#lsf);
    this.#lsp.set(this.#noise.lsp);
    this.#synthesiseFrame("noise", out, at);
  }

  /** Fills `out[at..at+80)` for a frame that did not come; after comfort noise, for one that was not sent. */
  conceal(out: Int16Array, at: number): void {
    if (this.#noise.running) {
      this.#noise.goOn();
      this.#synthesiseFrame("noise", out, at);
      return;
    }
    this.#lsf.repeat();
    this.#readLsp();
    this.#synthesiseFrame("lost", out, at);
  }

  #readLsp(): void {
    for (let i = 0; i < ORDER; i++) this.#lsp[i] = cosine(this.#lsf.lsf[i]!);
  }

  #synthesiseFrame(kind: FrameKind, out: Int16Array, at: number): void {
    interpolate(this.#lastLsp, this.#lsp, this.#middle);
    lspToLpc(this.#middle, this.#a, 0);
    lspToLpc(this.#lsp, this.#a, ORDER);
    this.#lastLsp.set(this.#lsp);
    for (let half = 0; half < 2; half++) {
      if (kind === "noise") this.#noise.excite(this.#excitation, PAST + half * SUBFRAME);
      else this.#excite(half, kind === "lost");
      this.#run.xAt = PAST + half * SUBFRAME;
      this.#run.yAt = ORDER + half * SUBFRAME;
      synthesise(this.#a, half * ORDER, this.#run);
      this.#postRun.aAt = half * ORDER;
      this.#postfilter.filter(this.#speech, ORDER + half * SUBFRAME, this.#delay.samples, this.#postRun);
      this.#highPass.run(this.#filtered, out, at + half * SUBFRAME, SUBFRAME);
    }
    this.#excitation.copyWithin(0, FRAME_SAMPLES);
    this.#speech.copyWithin(0, FRAME_SAMPLES);
  }

  /** The excitation of one subframe from both codebooks. */
  #excite(half: number, lost: boolean): void {
    const p = this.#parameters;
    const second = half === 1;
    const at = PAST + half * SUBFRAME;
    const sharp = sharpening(this.#pitchGain);
    this.#readDelay(second, lost);
    adaptiveVector(this.#excitation, at, this.#delay);
    const positions = lost ? this.#random() & 0x1fff : p[second ? bits.C2 : bits.C1]!;
    const signs = lost ? this.#random() & 0xf : p[second ? bits.S2 : bits.S1]!;
    fixedVector(positions, signs, this.#code);
    sharpen(this.#code, this.#delay.samples, sharp);
    this.#readGains(p[second ? bits.GA2 : bits.GA1]!, p[second ? bits.GB2 : bits.GB1]!, lost);
    const x = this.#excitation;
    const code = this.#code;
    const pitchGain = this.#pitchGain;
    const codeGain = this.#codeGain;
    for (let n = 0; n < SUBFRAME; n++) x[at + n] = saturate16((Math.imul(pitchGain, x[at + n]!) + Math.imul(codeGain, code[n]!) + 0x2000) >> 14);
  }

  #readDelay(second: boolean, lost: boolean): void {
    const p = this.#parameters;
    const damaged = lost || (!second && bits.parity(p[bits.P1]!) !== p[bits.P0]);
    if (damaged) {
      this.#delay.samples = this.#lastDelay;
      this.#delay.thirds = 0;
      this.#lastDelay = Math.min(LONGEST_DELAY, this.#lastDelay + 1);
      return;
    }
    if (second) readSecondDelay(p[bits.P2]!, this.#delay.samples, this.#delay);
    else readFirstDelay(p[bits.P1]!, this.#delay);
    this.#lastDelay = this.#delay.samples;
  }

  #readGains(a: number, b: number, lost: boolean): void {
    if (lost) {
      this.#pitchGain = Math.min(PITCH_GAIN_AT_MOST, (PITCH_FADE * this.#pitchGain) >> 15);
      this.#codeGain = (CODE_FADE * this.#codeGain) >> 15;
      this.#gains.fade();
      return;
    }
    const correction = CODE_GAIN_A[a]! + CODE_GAIN_B[b]!;
    this.#pitchGain = PITCH_GAIN_A[a]! + PITCH_GAIN_B[b]!;
    this.#codeGain = codeGain(correction, this.#gains.predict(this.#code));
    this.#gains.update(correction);
  }

  #random(): number {
    this.#seed = (this.#seed * 31_821 + 13_849) & 0xffff;
    return this.#seed;
  }
}
