// The encoder's linear prediction (ITU-T G.729 sections 3.2.1 and 3.2.2): windowed correlations, and Levinson and Durbin's
// recursion in Q27.
import { mulHigh31 } from "./fixed-point.js";
import * as tables from "./lp-tables.js";
import * as sizes from "./sizes.js";

const { ORDER, ANALYSED } = sizes;
const { LAG_WINDOW, LP_WINDOW } = tables;
const ONE = 0x7fff_ffff;

export class LinearPrediction {
  /** a1 to a10 of A(z), Q12. */
  readonly a = new Int16Array(ORDER);
  readonly #windowed = new Float64Array(ANALYSED);
  /** The energy fills 31 bits. */
  readonly #r = new Int32Array(ORDER + 1);
  readonly #fine = new Int32Array(ORDER + 1);
  readonly #before = new Int32Array(ORDER + 1);

  /** Analyses `sound[0..240)` into `a`. */
  analyse(sound: Int16Array): void {
    this.#correlate(sound);
    this.#predict();
  }

  #correlate(sound: Int16Array): void {
    const [x, r] = [this.#windowed, this.#r];
    for (let n = 0; n < ANALYSED; n++) x[n] = (sound[n]! * LP_WINDOW[n]! + 0x4000) >> 15;
    let energy = 0;
    for (let n = 0; n < ANALYSED; n++) energy += x[n]! * x[n]!;
    let scale = 1;
    if (energy < 1) energy = 1;
    while (energy * scale >= 0x8000_0000) scale /= 2;
    while (energy * scale < 0x4000_0000) scale *= 2;
    r[0] = Math.floor(energy * scale);
    // Two lags at a time share the later sample.
    for (let lag = 1; lag <= ORDER; lag += 2) {
      let near = x[lag]! * x[0]!;
      let far = 0;
      for (let n = lag + 1, m = 0; n < ANALYSED; n++, m++) {
        const sample = x[n]!;
        near += sample * x[m + 1]!;
        far += sample * x[m]!;
      }
      r[lag] = lessen(Math.floor(near * scale), lag);
      r[lag + 1] = lessen(Math.floor(far * scale), lag + 1);
    }
  }

  #predict(): void {
    const [r, a, before] = [this.#r, this.#fine, this.#before];
    let error = r[0]!;
    for (let i = 1; i <= ORDER; i++) {
      let k: number;
      if (i === 1) k = -Math.trunc((r[1]! * 0x800_0000) / error) * 16;
      else {
        let sum = 0;
        for (let j = 1; j < i; j++) sum += mulHigh31(a[j]!, r[i - j]!);
        k = -Math.trunc(((sum * 16 + r[i]!) * 0x8000_0000) / error);
      }
      before.set(a);
      for (let j = 1; j < i; j++) a[j] = before[j]! + mulHigh31(k, before[i - j]!);
      a[i] = k >> 4;
      error = mulHigh31(error, ONE - mulHigh31(k, k));
    }
    for (let i = 0; i < ORDER; i++) this.a[i] = (a[i + 1]! + 0x4000) >> 15;
  }
}

/** By the lag window. */
const lessen = (correlation: number, lag: number): number => Math.floor((correlation * LAG_WINDOW[lag - 1]! + 0x4000) / 0x8000);
