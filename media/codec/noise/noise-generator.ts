// Comfort noise heard: white noise through the all-pole filter that a packet describes (RFC 3389; ITU-T G.711 Appendix II).
import { Resampler, type SampleRateHz } from "../../dsp/resampler/resampler.js";
import { saturate } from "../../dsp/level.js";
import type { Span } from "../codec.js";
import { createNoiseModel, NOISE_ORDER, readNoise } from "./noise-model.js";

const STEP_MS = 10;
/** Each step of 10 ms goes so far from the noise that is heard to the one that was told. */
const GLIDE = 0.25;
/** Uniform draws have this variance. */
const VARIANCE = 1 / 3;
const SEED = 11_111;

export class NoiseGenerator {
  readonly #told = createNoiseModel();
  readonly #heard = createNoiseModel();
  /** Backward errors of the lattice. */
  readonly #past = new Float64Array(NOISE_ORDER + 1);
  readonly #step: Int16Array;
  readonly #resampler: Resampler | undefined;
  #seed = SEED;
  #running = false;

  /** @param clockRateHz that of the packets, whose noise it is @param sampleRateHz of what is heard */
  constructor(clockRateHz: number, sampleRateHz: SampleRateHz) {
    this.#step = new Int16Array((clockRateHz * STEP_MS) / 1000);
    this.#resampler = clockRateHz === sampleRateHz ? undefined : new Resampler(clockRateHz as SampleRateHz, sampleRateHz);
  }

  /** Whether a pause goes on: what does not come is not lost. */
  get running(): boolean {
    return this.#running;
  }

  /** Takes a packet. The first of a pause counts at once, a later one bit by bit. */
  read(payload: Uint8Array, span: Span): void {
    if (!readNoise(this.#told, payload, span)) return;
    if (!this.#running) {
      this.#heard.rms = this.#told.rms;
      this.#heard.reflections.set(this.#told.reflections);
    }
    this.#running = true;
  }

  /** Somebody speaks again. */
  stop(): void {
    this.#running = false;
  }

  /** Fills 10 ms. */
  fill(out: Int16Array): void {
    const { reflections } = this.#heard;
    this.#heard.rms += GLIDE * (this.#told.rms - this.#heard.rms);
    let rest = 1;
    for (let i = 0; i < NOISE_ORDER; i++) {
      reflections[i]! += GLIDE * (this.#told.reflections[i]! - reflections[i]!);
      rest *= 1 - reflections[i]! * reflections[i]!;
    }
    // What the filter makes of white noise is louder by one over this rest.
    const gain = this.#heard.rms * Math.sqrt(rest / VARIANCE);
    const to = this.#resampler === undefined ? out : this.#step;
    for (let n = 0; n < to.length; n++) to[n] = saturate(this.#filter(gain * this.#random()));
    this.#resampler?.push(this.#step, out);
  }

  /** One sample through the lattice, stable as long as no coefficient reaches 1. */
  #filter(excitation: number): number {
    const k = this.#heard.reflections;
    const b = this.#past;
    let forward = excitation;
    for (let i = NOISE_ORDER - 1; i >= 0; i--) {
      forward -= k[i]! * b[i]!;
      b[i + 1] = b[i]! + k[i]! * forward;
    }
    b[0] = forward;
    return forward;
  }

  /** -1 to 1. */
  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) | 0;
    return this.#seed / 0x8000_0000;
  }
}
