// The encoder of ITU-T G.729 Annexes A and B: 80 samples to the fifteen parameters of a frame, or to what is told of a pause.
import * as bits from "./bitstream.js";
import { ComfortNoise, NOISE_BYTES } from "./comfort-noise.js";
import { RECOMMENDED, type EncoderRules } from "./encoder-rules.js";
import { CODE_GAIN_A, CODE_GAIN_B, PITCH_GAIN_A, PITCH_GAIN_B } from "./excitation-tables.js";
import { fixedVector, type PitchDelay } from "./excitation.js";
import { synthesise, type FilterRun } from "./filter.js";
import { saturate16 } from "./fixed-point.js";
import { GainPredictor } from "./gain-predictor.js";
import { GainSearch, type GainCodes, type GainTask } from "./gain-search.js";
import { HighPass, PRE_PROCESSING } from "./high-pass.js";
import { LineSpectrum } from "./line-spectrum.js";
import { LinearPrediction } from "./linear-prediction.js";
import { LpAnalysis } from "./lp-analysis.js";
import { interpolate, lspToLpc } from "./lpc.js";
import { LsfQuantizer } from "./lsf-quantizer.js";
import { cosine, LsfDecoder } from "./lsf.js";
import { NoiseEncoder } from "./noise-encoder.js";
import { openLoopDelay } from "./open-loop-pitch.js";
import { PitchSearch } from "./pitch-search.js";
import { searchPulses, type Pulses } from "./pulse-search.js";
import * as sizes from "./sizes.js";
import { VoiceActivity } from "./voice-activity.js";
import { takeResidual, tilt, weigh, type ResidualRun } from "./weighting.js";

const { FRAME, SUBFRAME, ORDER, ANALYSED, LONGEST_DELAY } = sizes;
/** Of the 240 samples that are analysed the frame's own begin here; 40 of the next follow it. */
const AT = 120;
const PAST = LONGEST_DELAY + 11;
const LSP_AT_RESET = Int16Array.of(30_000, 26_000, 21_000, 15_000, 8000, 0, -8000, -15_000, -21_000, -26_000);
const ONE = 4096;
/** A filter's run in buffers that stay, from places that move. */
type Run = { -readonly [K in keyof FilterRun]: FilterRun[K] };

export interface FrameEncoderOptions {
  /** Whether frames without speech are comfort noise (Annex B), most of them not sent at all. */
  readonly pauses?: boolean;
  readonly rules?: EncoderRules;
}

export class FrameEncoder {
  readonly #activity: VoiceActivity | undefined;
  readonly #noiseEncoder = new NoiseEncoder();
  readonly #noise = new ComfortNoise();
  /** The pauses' own. */
  readonly #analysis = new LpAnalysis();
  /** Preprocessed: 120 samples of the past, the frame, 40 of the next one. */
  readonly sound = new Int16Array(ANALYSED);
  readonly #input = new Int16Array(FRAME);
  readonly parameters = new Int32Array(bits.PARAMETERS);
  readonly #rules: EncoderRules;
  readonly #highPass = new HighPass(PRE_PROCESSING);
  readonly #prediction = new LinearPrediction();
  readonly #spectrum: LineSpectrum;
  readonly #quantizer: LsfQuantizer;
  readonly #lsf = new LsfDecoder();
  readonly #gains = new GainPredictor();
  readonly #pitchSearch = new PitchSearch();
  readonly #gainSearch = new GainSearch();
  readonly #soundLsp = Int16Array.from(LSP_AT_RESET);
  readonly #soundLsf = new Int16Array(ORDER);
  readonly #lsp = Int16Array.from(LSP_AT_RESET);
  readonly #lastLsp = Int16Array.from(LSP_AT_RESET);
  readonly #middle = new Int16Array(ORDER);
  /** Both subframes' coefficients, Q12: Â(z) and Â(z/0.75). */
  readonly #a = new Int16Array(2 * ORDER);
  readonly #weighted = new Int16Array(2 * ORDER);
  readonly #tilted = new Int16Array(ORDER);
  /** Past samples stand before each. */
  readonly #excitation = new Int16Array(PAST + FRAME);
  readonly #residual = new Int16Array(FRAME);
  readonly #weightedSound = new Int16Array(LONGEST_DELAY + FRAME);
  readonly #target = new Int16Array(ORDER + SUBFRAME);
  readonly #response = new Int16Array(ORDER + SUBFRAME);
  readonly #filtered = new Int16Array(ORDER + SUBFRAME);
  readonly #impulse = Int16Array.from({ length: SUBFRAME }, (_, n) => (n === 0 ? ONE : 0));
  readonly #errors = new Int16Array(ORDER);
  readonly #x = this.#target.subarray(ORDER);
  readonly #y = this.#filtered.subarray(ORDER);
  readonly #z = new Int16Array(SUBFRAME);
  readonly #h = this.#response.subarray(ORDER);
  readonly #left = new Int16Array(SUBFRAME);
  readonly #code = new Int16Array(SUBFRAME);
  readonly #delay: PitchDelay = { samples: 60, thirds: 0 };
  readonly #pulses: Pulses = { positions: 0, signs: 0 };
  readonly #gainCodes: GainCodes = { a: 0, b: 0 };
  readonly #gainTask: GainTask = { x: this.#x, y: this.#y, z: this.#z, predicted: 0 };
  readonly #residualRun: ResidualRun = { x: this.sound, xAt: AT, out: this.#residual, outAt: 0 };
  readonly #soundRun: Run = { x: this.#residual, xAt: 0, y: this.#weightedSound, yAt: 0 };
  readonly #targetRun: Run = { x: this.#residual, xAt: 0, y: this.#target, yAt: ORDER };
  readonly #responseRun: Run = { x: this.#impulse, xAt: 0, y: this.#response, yAt: ORDER };
  readonly #filterRun: Run = { x: this.#excitation, xAt: 0, y: this.#filtered, yAt: ORDER };
  #pitchGain = 0;

  constructor({ pauses = false, rules = RECOMMENDED }: FrameEncoderOptions = {}) {
    this.#activity = pauses ? new VoiceActivity() : undefined;
    this.#rules = rules;
    this.#spectrum = new LineSpectrum(rules.findRoots);
    this.#quantizer = new LsfQuantizer(rules.separate);
  }

  reset(): void {
    this.#activity?.reset();
    this.#noiseEncoder.reset();
    this.#noise.reset();
    this.#analysis.reset();
    this.sound.fill(0);
    this.#highPass.reset();
    this.#soundLsp.set(LSP_AT_RESET);
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
  }

  /** Returns the end of what it wrote at `out[at]`: ten bytes, two that tell of a pause, or none while what they told holds. */
  encode(out: Uint8Array, at: number): number {
    if (this.#activity !== undefined) {
      this.#analysis.analyse(this.sound);
      const speaks = this.#activity.push(this.#analysis, this.sound);
      this.#noiseEncoder.push(this.#analysis.correlations, speaks);
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
    const from = half * SUBFRAME;
    for (let n = 0; n < SUBFRAME; n++) this.#residual[from + n] = saturate16(this.#residual[from + n]! - this.#excitation[PAST + from + n]!);
    this.#filterTarget(half);
    this.#errors.set(this.#target.subarray(SUBFRAME));
  }

  #encodeSound(out: Uint8Array, at: number): void {
    const p = this.parameters;
    this.#prediction.analyse(this.sound);
    this.#spectrum.convert(this.#prediction.a, this.#soundLsp);
    for (let i = 0; i < ORDER; i++) this.#soundLsf[i] = this.#rules.arccosine(this.#soundLsp[i]!);
    this.#quantizer.quantize(this.#soundLsf, this.#lsf.memory.residues, p);
    this.#lsf.decode(p);
    for (let i = 0; i < ORDER; i++) this.#lsp[i] = cosine(this.#lsf.lsf[i]!);
    this.#useLsp();
    const guess = openLoopDelay(this.#weightedSound, LONGEST_DELAY, this.#rules.refine);
    this.#encodeHalf(0, guess);
    this.#encodeHalf(1, guess);
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
      weigh(this.#a, half * ORDER, this.#rules.gammaPowers, this.#weighted);
      tilt(this.#weighted, half * ORDER, this.#tilted);
      this.#residualRun.xAt = AT + from;
      this.#residualRun.outAt = from;
      takeResidual(this.#a, half * ORDER, this.#residualRun);
      this.#soundRun.xAt = from;
      this.#soundRun.yAt = LONGEST_DELAY + from;
      synthesise(this.#tilted, 0, this.#soundRun);
    }
  }

  #filterTarget(half: number): void {
    this.#target.set(this.#errors);
    this.#targetRun.xAt = half * SUBFRAME;
    synthesise(this.#weighted, half * ORDER, this.#targetRun);
  }

  #encodeHalf(half: number, guess: number): void {
    const p = this.parameters;
    const second = half === 1;
    const at = PAST + half * SUBFRAME;
    this.#filterTarget(half);
    synthesise(this.#weighted, half * ORDER, this.#responseRun);
    this.#pitchSearch.setTarget(this.#x, this.#h);
    // Delays shorter than a subframe reach into it, where the excitation is not known yet (section 3.7).
    for (let n = 0; n < SUBFRAME; n++) this.#excitation[at + n] = this.#residual[half * SUBFRAME + n]!;
    if (second) p[bits.P2] = this.#pitchSearch.second(this.#excitation, at, this.#delay);
    else p[bits.P1] = this.#pitchSearch.first(this.#excitation, at, guess, this.#delay);
    this.#filterRun.xAt = at;
    synthesise(this.#weighted, half * ORDER, this.#filterRun);
    this.#searchPulses();
    p[second ? bits.C2 : bits.C1] = this.#pulses.positions;
    p[second ? bits.S2 : bits.S1] = this.#pulses.signs;
    this.#chooseGains(at);
    p[second ? bits.GA2 : bits.GA1] = this.#gainCodes.a;
    p[second ? bits.GB2 : bits.GB1] = this.#gainCodes.b;
  }

  /** The pulses of what the adaptive codebook leaves, and their vector as it is and through the filter. */
  #searchPulses(): void {
    const x = this.#x;
    const y = this.#y;
    const h = this.#h;
    const z = this.#z;
    const code = this.#code;
    const gain = this.#gainSearch.openGain(x, y);
    for (let n = 0; n < SUBFRAME; n++) this.#left[n] = saturate16(x[n]! - ((gain * y[n]!) >> 14));
    const sharp = this.#rules.sharpening(this.#pitchGain);
    const delay = this.#delay.samples;
    for (let n = delay; n < SUBFRAME; n++) h[n] = h[n]! + ((h[n - delay]! * sharp) >> 14);
    searchPulses(this.#left, h, this.#pulses);
    fixedVector(this.#pulses.positions, this.#pulses.signs, code);
    z.fill(0);
    for (let place = 0; place < SUBFRAME; place++) {
      const pulse = code[place]!;
      if (pulse > 0) for (let n = place; n < SUBFRAME; n++) z[n] = z[n]! + h[n - place]!;
      else if (pulse < 0) for (let n = place; n < SUBFRAME; n++) z[n] = z[n]! - h[n - place]!;
    }
    this.#rules.sharpen(code, delay, sharp);
  }

  /** Both gains, the excitation that they give, and what is left of the target. */
  #chooseGains(at: number): void {
    const task = this.#gainTask;
    const codes = this.#gainCodes;
    const x = this.#excitation;
    const predicted = this.#gains.predict(this.#code);
    task.predicted = predicted >> 12;
    this.#gainSearch.search(task, codes);
    const correction = CODE_GAIN_A[codes.a]! + CODE_GAIN_B[codes.b]!;
    const pitchGain = PITCH_GAIN_A[codes.a]! + PITCH_GAIN_B[codes.b]!;
    const codeGain = this.#rules.codeGain(correction, predicted);
    this.#pitchGain = pitchGain;
    this.#gains.update(correction);
    for (let n = 0; n < SUBFRAME; n++) x[at + n] = saturate16((Math.imul(pitchGain, x[at + n]!) + Math.imul(codeGain, this.#code[n]!) + 0x2000) >> 14);
    const halfGain = (pitchGain + 1) >> 1;
    for (let i = 0, n = SUBFRAME - ORDER; i < ORDER; i++, n++) this.#errors[i] = saturate16(this.#x[n]! - ((halfGain * this.#y[n]! + codeGain * this.#z[n]! + 0x1000) >> 13));
  }
}
