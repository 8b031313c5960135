// What a pause sounds like, as a comfort noise packet tells it: level and reflection coefficients of its last 160 ms.
import { NOISE_ORDER, type NoiseModel } from "./noise-model.js";

/** Of 20 ms. */
const FRAMES = 8;
/** Frames so much louder than the softest are the end of a word or a click. */
const LOUDER_MAX = 4;
/** White noise 40 dB below, which a filter of tenth order does not mistake for tones. */
const WHITENING = 1.0001;
const LAGS = NOISE_ORDER + 1;

export class NoiseAnalyser {
  readonly #window: Float64Array;
  readonly #windowed: Float64Array;
  /** [frame][lag] */
  readonly #correlations = new Float64Array(FRAMES * LAGS);
  readonly #meanSquares = new Float64Array(FRAMES);
  readonly #mean = new Float64Array(LAGS);
  readonly #a = new Float64Array(LAGS);
  readonly #before = new Float64Array(LAGS);
  #count = 0;

  /** @param frameSamples of 20 ms */
  constructor(frameSamples: number) {
    this.#window = Float64Array.from({ length: frameSamples }, (_, n) => 0.54 - 0.46 * Math.cos((2 * Math.PI * n) / (frameSamples - 1)));
    this.#windowed = new Float64Array(frameSamples);
  }

  /** Forgets what was heard: somebody speaks. */
  reset(): void {
    this.#count = 0;
  }

  /** Takes 20 ms of the pause. */
  push(samples: Int16Array): void {
    const x = this.#windowed;
    const frame = this.#count % FRAMES;
    let squares = 0;
    for (let n = 0; n < x.length; n++) {
      const sample = samples[n]!;
      squares += sample * sample;
      x[n] = sample * this.#window[n]!;
    }
    this.#meanSquares[frame] = squares / x.length;
    for (let lag = 0; lag < LAGS; lag++) {
      let sum = 0;
      for (let n = lag; n < x.length; n++) sum += x[n]! * x[n - lag]!;
      this.#correlations[frame * LAGS + lag] = sum;
    }
    this.#count += 1;
  }

  /** Fills `model` with the noise of what was pushed; silence before that. */
  describe(model: NoiseModel): void {
    const held = Math.min(this.#count, FRAMES);
    let softest = Infinity;
    for (let i = 0; i < held; i++) softest = Math.min(softest, this.#meanSquares[i]!);
    let square = 0;
    let frames = 0;
    const r = this.#mean.fill(0);
    for (let i = 0; i < held; i++) {
      if (this.#meanSquares[i]! > LOUDER_MAX * softest) continue;
      square += this.#meanSquares[i]!;
      frames += 1;
      for (let lag = 0; lag < LAGS; lag++) r[lag]! += this.#correlations[i * LAGS + lag]!;
    }
    model.rms = frames === 0 ? 0 : Math.sqrt(square / frames);
    this.#reflect(model.reflections);
  }

  /** Levinson and Durbin's recursion over the mean correlations. */
  #reflect(out: Float64Array): void {
    const r = this.#mean;
    const a = this.#a;
    const before = this.#before;
    out.fill(0);
    let error = r[0]! * WHITENING;
    if (error <= 0) return;
    a.fill(0);
    a[0] = 1;
    for (let i = 1; i < LAGS; i++) {
      let sum = 0;
      for (let j = 0; j < i; j++) sum += a[j]! * r[i - j]!;
      const k = -sum / error;
      out[i - 1] = k;
      before.set(a);
      for (let j = 1; j <= i; j++) a[j] = before[j]! + k * before[i - j]!;
      error *= 1 - k * k;
    }
  }
}
