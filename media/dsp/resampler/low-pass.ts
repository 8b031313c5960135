// Linear-phase low-pass filters: a sinc under Kaiser's window.

export interface LowPassOptions {
  /** Odd for a delay of whole samples. */
  readonly taps: number;
  /** The middle of the transition, as part of the sample rate: 0..0.5. */
  readonly cutoff: number;
  /** Attenuation beyond the transition, dB, above 50. */
  readonly rejectionDb: number;
}

/** Kaiser's formula: so many taps are needed for a transition of `width` (part of the sample rate). */
export const tapsFor = (rejectionDb: number, width: number): number => Math.ceil((rejectionDb - 8) / (2.285 * 2 * Math.PI * width)) + 1;

/** Its sum is 1, so that the level stays. */
export function lowPass({ taps, cutoff, rejectionDb }: LowPassOptions): Float64Array {
  const half = (taps - 1) / 2;
  const beta = 0.1102 * (rejectionDb - 8.7);
  const kernel = Float64Array.from({ length: taps }, (_, i) => {
    const x = 2 * Math.PI * cutoff * (i - half);
    const window = bessel0(beta * Math.sqrt(Math.max(0, 1 - ((i - half) / half) ** 2))) / bessel0(beta);
    return (x === 0 ? 1 : Math.sin(x) / x) * window;
  });
  const sum = kernel.reduce((a, b) => a + b, 0);
  return kernel.map((tap) => tap / sum);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}
