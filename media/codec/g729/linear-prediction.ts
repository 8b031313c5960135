// The encoder's linear prediction (ITU-T G.729 sections 3.2.1 and 3.2.2): windowed correlations, and Levinson and Durbin's
// recursion in Q27.
import { mulHigh31 } from "./fixed-point.js";
import * as tables from "./lp-tables.js";
import * as sizes from "./sizes.js";

const { ORDER, ANALYSED } = sizes;
const { LAG_WINDOW, LP_WINDOW } = tables;
const ONE = 0x7fff_ffff;
/** Lags that are summed at once. */
const LAGS = 5;
/** The windowed samples behind zeros, so that each lag sees as many. */
const windowed = new Float64Array(ORDER + ANALYSED);

export class LinearPrediction {
  /** a1 to a10 of A(z), Q12. */
  readonly a = new Int16Array(ORDER);
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
    const r = this.#r;
    const x = windowed;
    let energy = 0;
    for (let n = 0; n < ANALYSED; n++) {
      const sample = (sound[n]! * LP_WINDOW[n]! + 0x4000) >> 15;
      x[ORDER + n] = sample;
      energy += sample * sample;
    }
    let scale = 1;
    if (energy < 1) energy = 1;
    while (energy * scale >= 0x8000_0000) scale /= 2;
    while (energy * scale < 0x4000_0000) scale *= 2;
    r[0] = Math.floor(energy * scale);
    // Five lags at a time share the later sample, and none waits for another's sum.
    for (let lag = 1; lag <= ORDER; lag += LAGS) {
      let a = 0, b = 0, c = 0, d = 0, e = 0;
      for (let n = ORDER, m = ORDER - lag; n < ORDER + ANALYSED; n++, m++) {
        const sample = x[n]!;
        a += sample * x[m]!;
        b += sample * x[m - 1]!;
        c += sample * x[m - 2]!;
        d += sample * x[m - 3]!;
        e += sample * x[m - 4]!;
      }
      r[lag] = lessen(Math.floor(a * scale), lag);
      r[lag + 1] = lessen(Math.floor(b * scale), lag + 1);
      r[lag + 2] = lessen(Math.floor(c * scale), lag + 2);
      r[lag + 3] = lessen(Math.floor(d * scale), lag + 3);
      r[lag + 4] = lessen(Math.floor(e * scale), lag + 4);
    }
  }

  #predict(): void {
    const r = this.#r;
    const a = this.#fine;
    const before = this.#before;
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
