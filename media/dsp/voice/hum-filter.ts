// What is no voice's at the lower end: a line's direct current and the mains' hum. Two high-pass filters of the second order
// (Butterworth, by the bilinear transform), one behind the other.

/** 6 dB down here; 25 dB at 50 Hz. */
const CORNER_HZ = 100;
const FRAMES_PER_S = 50;
const SILENT = 1e-12;

/** The memories of both filters: plain data. */
export type HumState = readonly number[];
export const NO_HUM: HumState = [0, 0, 0, 0];

export class HumFilter {
  readonly #memory: Float64Array;
  #samples = 0;
  #power = 0;
  #product = 0;
  #gain = 0;
  #a1 = 0;
  #a2 = 0;

  constructor(state: HumState) {
    this.#memory = Float64Array.from(state);
  }

  /** Of the last 20 ms: the sum of the samples' squares. */
  get power(): number {
    return this.#power;
  }

  /** Of the last 20 ms: the sum of each sample times the one before it. */
  get product(): number {
    return this.#product;
  }

  save(): HumState {
    return [...this.#memory];
  }

  /** Takes 20 ms at any rate, and sums over them without hum. */
  push(samples: Int16Array): void {
    if (samples.length !== this.#samples) this.#design(samples.length);
    const gain = this.#gain;
    const a1 = this.#a1;
    const a2 = this.#a2;
    const memory = this.#memory;
    let p1 = memory[0]!;
    let p2 = memory[1]!;
    let q1 = memory[2]!;
    let q2 = memory[3]!;
    let power = 0;
    let product = 0;
    let last = 0;
    for (const sample of samples) {
      const x = sample * gain;
      const y = x + p1;
      p1 = -2 * x - a1 * y + p2;
      p2 = x - a2 * y;
      const u = y * gain;
      const v = u + q1;
      q1 = -2 * u - a1 * v + q2;
      q2 = u - a2 * v;
      power += v * v;
      product += v * last;
      last = v;
    }
    memory[0] = p1;
    memory[1] = p2;
    memory[2] = q1;
    memory[3] = q2;
    // In a digital silence what is left gets so small that a processor takes a hundred times as long for it.
    if (power < SILENT) memory.fill(0);
    this.#power = power;
    this.#product = product;
  }

  #design(samples: number): void {
    this.#samples = samples;
    const k = Math.tan((Math.PI * CORNER_HZ) / (samples * FRAMES_PER_S));
    this.#gain = 1 / (1 + Math.SQRT2 * k + k * k);
    this.#a1 = 2 * (k * k - 1) * this.#gain;
    this.#a2 = (1 - Math.SQRT2 * k + k * k) * this.#gain;
  }
}
