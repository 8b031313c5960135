// How far what was heard is what was said: where it stands in time, and how alike it is there.

const RATE_HZ = 8000;
const FRAME = 160;
/** Edges of the bands whose loudness is followed over time, Hz. */
const BANDS_HZ = [300, 600, 1000, 1500, 2100, 2700, 3400] as const;
/** Below the loudest frame of a band by so much is silence, dB. */
const FLOOR_DB = 25;
/** A coarse look at every fourth place finds a peak of speech below 3400 Hz; all places around it are looked at then. */
const COARSE = 2;

export interface Match {
  /** Samples by which what was heard is behind. */
  readonly delay: number;
  /** Of the waveforms there, -1 to 1. */
  readonly correlation: number;
}

/**
 * Looks for `heard` in `said`, whose sample at `at` is due where that of `heard` begins: 0 to `delayMax` samples later.
 */
export function findDelay(said: Int16Array, heard: Int16Array, { at, delayMax }: { readonly at: number; readonly delayMax: number }): Match {
  let best: Match = { delay: 0, correlation: -1 };
  const look = (delay: number, step: number): void => {
    const correlation = correlate(said, heard, { shift: at - delay, step });
    if (correlation > best.correlation) best = { delay, correlation };
  };
  for (let delay = 0; delay <= delayMax; delay += COARSE) look(delay, 3);
  const around = best.delay;
  best = { delay: 0, correlation: -1 };
  for (let delay = Math.max(0, around - 2 * COARSE); delay <= around + 2 * COARSE; delay++) look(delay, 1);
  return best;
}

function correlate(said: Int16Array, heard: Int16Array, { shift, step }: { readonly shift: number; readonly step: number }): number {
  let [product, a, b] = [0, 1, 1];
  for (let n = 0; n < heard.length; n += step) {
    const [x, y] = [said[n + shift] ?? 0, heard[n]!];
    product += x * y;
    a += x * x;
    b += y * y;
  }
  return product / Math.sqrt(a * b);
}

/** How alike the loudness of each band goes up and down over 20 ms frames: the least correlation of six bands, -1 to 1. */
export function bandLikeness(said: Int16Array, heard: Int16Array): number {
  const [a, b] = [bandLevels(said), bandLevels(heard)];
  return Math.min(...a.map((levels, band) => pearson(levels, b[band]!)));
}

function bandLevels(samples: Int16Array): number[][] {
  const frames = Math.floor(samples.length / FRAME);
  const levels = BANDS_HZ.slice(1).map(() => [] as number[]);
  for (let frame = 0; frame < frames; frame++) {
    const power = new Float64Array(levels.length);
    for (let hz = BANDS_HZ[0]; hz < BANDS_HZ.at(-1)!; hz += RATE_HZ / FRAME) {
      const band = BANDS_HZ.findIndex((edge) => edge > hz) - 1;
      let [re, im] = [0, 0];
      for (let n = 0; n < FRAME; n++) {
        const sample = samples[frame * FRAME + n]! * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FRAME));
        re += sample * Math.cos((2 * Math.PI * hz * n) / RATE_HZ);
        im += sample * Math.sin((2 * Math.PI * hz * n) / RATE_HZ);
      }
      power[band]! += re * re + im * im;
    }
    power.forEach((value, band) => levels[band]!.push(10 * Math.log10(value + 1)));
  }
  return levels.map((band) => {
    const floor = Math.max(...band) - FLOOR_DB;
    return band.map((level) => Math.max(level, floor));
  });
}

function pearson(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  let [product, a, b] = [0, 0, 0];
  for (const [i, value] of x.entries()) {
    product += (value - mx) * (y[i]! - my);
    a += (value - mx) ** 2;
    b += (y[i]! - my) ** 2;
  }
  return product / Math.sqrt(a * b);
}
