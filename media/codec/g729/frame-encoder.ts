// The encoder of ITU-T G.729 Annexes A and B: 80 samples to the fifteen parameters of a frame, or to what is told of a pause. What is sent is chosen in double
// precision; what the far decoder will make of it is computed with the decoder's own arithmetic, so that both stay in step.
import * as bits from "./bitstream.js";
import { ComfortNoise, NOISE_BYTES } from "./comfort-noise.js";
import { CODE_GAIN_A, CODE_GAIN_B, PITCH_GAIN_A, PITCH_GAIN_B } from "./excitation-tables.js";
import { adaptiveVector, fixedVector, LONGEST_DELAY, lowestSecondDelay, sharpen, sharpening, SHORTEST_DELAY, type PitchDelay } from "./excitation.js";
import { saturate16 } from "./fixed-point.js";
import { GainPredictor, SUBFRAME } from "./gain-predictor.js";
import { searchGains, type GainCodes } from "./gain-search.js";
import { HighPass, PRE_PROCESSING } from "./high-pass.js";
import { ANALYSED, LpAnalysis } from "./lp-analysis.js";
import { interpolate, lspToLpc } from "./lpc.js";
import { cosine, LsfDecoder, ORDER } from "./lsf.js";
import { LsfQuantizer } from "./lsf-quantizer.js";
import { NoiseEncoder } from "./noise-encoder.js";
import { openLoopDelay } from "./open-loop-pitch.js";
import { PulseSearch, type Pulses } from "./pulse-search.js";
import { VoiceActivity } from "./voice-activity.js";
import { resonate, takeResidual, tilt, weigh, type ResidualRun } from "./weighting.js";

const FRAME = 80;
/** Of the 240 samples that are analysed the frame's own begin here; 40 of the next follow it. */
const AT = 120;
const PAST = LONGEST_DELAY + 11;
const LSP_AT_RESET = Int16Array.of(30_000, 26_000, 21_000, 15_000, 8000, 0, -8000, -15_000, -21_000, -26_000);
const Q13 = 8192;
const Q14 = 16_384;
const Q16 = 65_536;
/** Section 3.7.3. */
const PITCH_GAIN_MAX = 1.2;
/** Longer than that, delays have no thirds. */
const WHOLE_FROM = 85;
const PITCH_RANGE = 3;

export class FrameEncoder {
  readonly #activity: VoiceActivity | undefined;
  readonly #noiseEncoder = new NoiseEncoder();
  readonly #noise = new ComfortNoise();
  readonly analysis = new LpAnalysis();
  /** Preprocessed: 120 samples of the past, the frame, 40 of the next one. */
  readonly sound = new Int16Array(ANALYSED);
  readonly parameters = new Int32Array(bits.PARAMETERS);
  readonly #highPass = new HighPass(PRE_PROCESSING);
  readonly #quantizer = new LsfQuantizer();
  readonly #lsf = new LsfDecoder();
  readonly #gains = new GainPredictor();
  readonly #pulseSearch = new PulseSearch();
  readonly #lsp = Int16Array.from(LSP_AT_RESET);
  readonly #lastLsp = Int16Array.from(LSP_AT_RESET);
  readonly #middle = new Int16Array(ORDER);
  /** Both subframes' coefficients, Q12. */
  readonly #a = new Int16Array(2 * ORDER);
  readonly #weighted = [new Float64Array(ORDER), new Float64Array(ORDER)] as const;
  readonly #tilted = new Float64Array(ORDER);
  /** Past samples stand before each. */
  readonly #excitation = new Int16Array(PAST + FRAME);
  readonly #residual = new Float64Array(FRAME);
  readonly #weightedSound = new Float64Array(LONGEST_DELAY + FRAME);
  readonly #target = new Float64Array(ORDER + SUBFRAME);
  readonly #x = new Float64Array(SUBFRAME);
  readonly #left = new Float64Array(SUBFRAME);
  readonly #backward = new Float64Array(SUBFRAME);
  readonly #response = new Float64Array(ORDER + SUBFRAME);
  readonly #h = new Float64Array(SUBFRAME);
  readonly #sharpened = new Float64Array(SUBFRAME);
  readonly #y = new Float64Array(SUBFRAME);
  readonly #z = new Float64Array(SUBFRAME);
  readonly #errors = new Float64Array(ORDER);
  readonly #bestVector = new Int16Array(SUBFRAME);
  readonly #code = new Int16Array(SUBFRAME);
  readonly #delay: PitchDelay = { samples: 60, thirds: 0 };
  readonly #pulses: Pulses = { positions: 0, signs: 0 };
  readonly #gainCodes: GainCodes = { a: 0, b: 0 };
  readonly #gainTask = { x: this.#x, y: this.#y, z: this.#z, predicted: 0, pitchMax: PITCH_GAIN_MAX };
  readonly #residualRun: ResidualRun = { x: this.sound, xAt: AT, out: this.#residual, outAt: 0 };
  readonly #input = new Int16Array(FRAME);
  #firstDelay = 60;
  #pitchGain = 0;

  /** @param pauses whether frames without speech are comfort noise (Annex B), most of them not sent at all */
  constructor({ pauses = false }: { readonly pauses?: boolean } = {}) {
    this.#activity = pauses ? new VoiceActivity() : undefined;
  }

  reset(): void {
    this.#activity?.reset();
    this.#noiseEncoder.reset();
    this.#noise.reset();
    this.analysis.reset();
    this.sound.fill(0);
    this.#highPass.reset();
    this.#lsf.reset();
    this.#gains.reset();
    this.#lastLsp.set(LSP_AT_RESET);
    this.#excitation.fill(0);
    this.#weightedSound.fill(0);
    this.#errors.fill(0);
    this.#pitchGain = 0;
  }

  /** Takes the 80 samples at `samples[at]`; `encode` gives the frame that began 40 samples before them. */
  take(samples: Int16Array, at: number): void {
    this.sound.copyWithin(0, FRAME);
    for (let n = 0; n < FRAME; n++) this.#input[n] = samples[at + n]!;
    this.#highPass.run(this.#input, this.sound, ANALYSED - FRAME, FRAME);
    this.analysis.analyse(this.sound);
  }

  /** Returns the end of what it wrote at `out[at]`: ten bytes, two that tell of a pause, or none while what they told holds. */
  encode(out: Uint8Array, at: number): number {
    if (this.#activity !== undefined) {
      const speaks = this.#activity.push(this.analysis, this.sound);
      this.#noiseEncoder.push(this.analysis.correlations, speaks);
      if (!speaks) return this.#encodePause(out, at);
      this.#noise.running = false;
    }
    this.#encodeSound(out, at);
    return at + bits.FRAME_BYTES;
  }

  #encodePause(out: Uint8Array, at: number): number {
    const due = this.#noiseEncoder.isDue();
    if (due) {
      this.#noiseEncoder.write(this.#lsf.memory.residues, out, at);
      this.#noise.read(out, at, this.#lsf);
    } else this.#noise.goOn();
    this.#lsp.set(this.#noise.lsp);
    this.#useLsp();
    for (let half = 0; half < 2; half++) {
      this.#noise.excite(this.#excitation, PAST + half * SUBFRAME);
      this.#followNoise(half);
    }
    this.#excitation.copyWithin(0, FRAME);
    return due ? at + NOISE_BYTES : at;
  }

  /** The searches go on after the pause from how far its noise is from the sound. */
  #followNoise(half: number): void {
    const target = this.#target;
    target.set(this.#errors);
    for (let n = 0; n < SUBFRAME; n++) target[ORDER + n] = this.#residual[half * SUBFRAME + n]! - this.#excitation[PAST + half * SUBFRAME + n]!;
    resonate(this.#weighted[half]!, target, ORDER);
    for (let i = 0; i < ORDER; i++) this.#errors[i] = target[SUBFRAME + i]!;
  }

  #encodeSound(out: Uint8Array, at: number): void {
    const p = this.parameters;
    this.#quantizer.quantize(this.analysis.lsf, this.#lsf.memory.residues, p);
    this.#lsf.decode(p);
    for (let i = 0; i < ORDER; i++) this.#lsp[i] = cosine(this.#lsf.lsf[i]!);
    this.#useLsp();
    const guess = openLoopDelay(this.#weightedSound, LONGEST_DELAY);
    for (let half = 0; half < 2; half++) this.#encodeHalf(half, guess);
    p[bits.P0] = bits.parity(p[bits.P1]!);
    bits.writeFrame(p, out, at);
    this.#excitation.copyWithin(0, FRAME);
  }

  /** Filters of both subframes, and the sound through them. */
  #useLsp(): void {
    interpolate(this.#lastLsp, this.#lsp, this.#middle);
    lspToLpc(this.#middle, this.#a, 0);
    lspToLpc(this.#lsp, this.#a, ORDER);
    this.#lastLsp.set(this.#lsp);
    this.#weightedSound.copyWithin(0, FRAME);
    for (let half = 0; half < 2; half++) {
      const from = half * SUBFRAME;
      const weighted = this.#weighted[half]!;
      weigh(this.#a, half * ORDER, weighted);
      tilt(weighted, this.#tilted);
      this.#residualRun.xAt = AT + from;
      this.#residualRun.outAt = from;
      takeResidual(this.#a, half * ORDER, this.#residualRun);
      for (let n = 0; n < SUBFRAME; n++) this.#weightedSound[LONGEST_DELAY + from + n] = this.#residual[from + n]!;
      resonate(this.#tilted, this.#weightedSound, LONGEST_DELAY + from);
    }
  }

  #encodeHalf(half: number, guess: number): void {
    const p = this.parameters;
    const second = half === 1;
    const at = PAST + half * SUBFRAME;
    this.#setTarget(this.#weighted[half]!, half);
    p[second ? bits.P2 : bits.P1] = this.#searchDelay(at, second, guess);
    convolve(this.#bestVector, 1, this.#h, this.#y);
    const pitchGain = this.#openGain();
    const sharp = sharpening(this.#pitchGain);
    for (let n = 0; n < SUBFRAME; n++) this.#left[n] = this.#x[n]! - pitchGain * this.#y[n]!;
    this.#sharpened.set(this.#h);
    for (let n = this.#delay.samples; n < SUBFRAME; n++) this.#sharpened[n]! += (sharp / Q14) * this.#sharpened[n - this.#delay.samples]!;
    this.#pulseSearch.search(this.#left, this.#sharpened, this.#pulses);
    p[second ? bits.C2 : bits.C1] = this.#pulses.positions;
    p[second ? bits.S2 : bits.S1] = this.#pulses.signs;
    fixedVector(this.#pulses.positions, this.#pulses.signs, this.#code);
    sharpen(this.#code, this.#delay.samples, sharp);
    convolve(this.#code, 1 / Q13, this.#h, this.#z);
    this.#chooseGains(at, second);
  }

  /** The target of the searches, and the impulse response that they use. */
  #setTarget(weighted: Float64Array, half: number): void {
    const target = this.#target;
    target.set(this.#errors);
    for (let n = 0; n < SUBFRAME; n++) target[ORDER + n] = this.#residual[half * SUBFRAME + n]!;
    resonate(weighted, target, ORDER);
    const response = this.#response.fill(0);
    response[ORDER] = 1;
    resonate(weighted, response, ORDER);
    for (let n = 0; n < SUBFRAME; n++) {
      this.#x[n] = target[ORDER + n]!;
      this.#h[n] = response[ORDER + n]!;
      // Delays shorter than a subframe reach into it, where the excitation is not known yet (section 3.7).
      this.#excitation[PAST + half * SUBFRAME + n] = saturate16(Math.round(this.#residual[half * SUBFRAME + n]!));
    }
    for (let n = 0; n < SUBFRAME; n++) {
      let sum = 0;
      for (let i = n; i < SUBFRAME; i++) sum += this.#x[i]! * this.#h[i - n]!;
      this.#backward[n] = sum;
    }
  }

  /** The delay whose past excitation is most like the target, its code, and its vector in `#bestVector` (section A.3.7). */
  #searchDelay(at: number, second: boolean, guess: number): number {
    const x = this.#excitation;
    const [backward, delay] = [this.#backward, this.#delay];
    const lowest = second ? lowestSecondDelay(this.#firstDelay) : Math.min(Math.max(SHORTEST_DELAY, guess - PITCH_RANGE), LONGEST_DELAY - 2 * PITCH_RANGE);
    const highest = lowest + (second ? 9 : 2 * PITCH_RANGE);
    let [best, most] = [lowest, -Infinity];
    for (let k = lowest; k <= highest; k++) {
      let sum = 0;
      for (let n = 0; n < SUBFRAME; n++) sum += backward[n]! * x[at + n - k]!;
      if (sum <= most) continue;
      best = k;
      most = sum;
    }
    const hasThirds = second || best < WHOLE_FROM;
    let third = 0;
    most = -Infinity;
    for (let thirds = hasThirds ? -1 : 0; thirds <= (hasThirds ? 1 : 0); thirds++) {
      delay.samples = best;
      delay.thirds = thirds;
      adaptiveVector(x, at, delay);
      let sum = 0;
      for (let n = 0; n < SUBFRAME; n++) sum += backward[n]! * x[at + n]!;
      if (sum <= most) continue;
      most = sum;
      third = thirds;
      for (let n = 0; n < SUBFRAME; n++) this.#bestVector[n] = x[at + n]!;
    }
    delay.samples = best;
    delay.thirds = third;
    if (!second) this.#firstDelay = best;
    if (second) return 3 * (best - lowest) + third + 2;
    return hasThirds ? 3 * (best - 19) + third - 1 : best + 112;
  }

  #openGain(): number {
    let [xy, yy] = [0, 1e-9];
    for (let n = 0; n < SUBFRAME; n++) {
      xy += this.#x[n]! * this.#y[n]!;
      yy += this.#y[n]! * this.#y[n]!;
    }
    return Math.max(0, Math.min(PITCH_GAIN_MAX, xy / yy));
  }

  /** Both gains, the excitation that they give as the decoder computes it, and what is left of the target. */
  #chooseGains(at: number, second: boolean): void {
    const p = this.parameters;
    const [task, codes, x] = [this.#gainTask, this.#gainCodes, this.#excitation];
    const predicted = this.#gains.predict(this.#code);
    task.predicted = predicted / Q16;
    searchGains(task, codes);
    p[second ? bits.GA2 : bits.GA1] = codes.a;
    p[second ? bits.GB2 : bits.GB1] = codes.b;
    const correction = CODE_GAIN_A[codes.a]! + CODE_GAIN_B[codes.b]!;
    this.#pitchGain = PITCH_GAIN_A[codes.a]! + PITCH_GAIN_B[codes.b]!;
    const codeGain = Math.min(32_767, Math.floor((correction * predicted + 0x400_0000) / 0x800_0000));
    this.#gains.update(correction);
    for (let n = 0; n < SUBFRAME; n++) x[at + n] = saturate16((Math.imul(this.#pitchGain, this.#bestVector[n]!) + Math.imul(codeGain, this.#code[n]!) + 0x2000) >> 14);
    for (let i = 0; i < ORDER; i++) {
      const n = SUBFRAME - ORDER + i;
      this.#errors[i] = this.#x[n]! - (this.#pitchGain / Q14) * this.#y[n]! - (codeGain / 2) * this.#z[n]!;
    }
  }
}

/** The first 40 samples of `v` times `scale` through the impulse response `h`. */
function convolve(v: Int16Array, scale: number, h: Float64Array, out: Float64Array): void {
  out.fill(0);
  for (let i = 0; i < SUBFRAME; i++) {
    const value = v[i]! * scale;
    if (value !== 0) for (let n = i; n < SUBFRAME; n++) out[n]! += value * h[n - i]!;
  }
}
