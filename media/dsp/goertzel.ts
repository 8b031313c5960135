// How much of one frequency is in a stretch of sound, by Goertzel's recurrence.
import { dbm0OfPeak } from "./level.js";

/** Peak of the component at `frequencyHz`, in samples. A Hann window keeps what is next to it out. */
export function peakAt(samples: Int16Array, rateHz: number, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / rateHz);
  let s1 = 0;
  let s2 = 0;
  let weights = 0;
  for (let i = 0; i < samples.length; i++) {
    const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples.length);
    weights += weight;
    const s0 = samples[i]! * weight + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  return weights === 0 ? 0 : (2 * Math.sqrt(Math.max(0, s1 * s1 + s2 * s2 - coefficient * s1 * s2))) / weights;
}

/** The strongest frequency of the telephone's band, to 0.1 Hz, and its level. At least 100 ms of sound for 1 Hz of truth. */
export function strongestTone(samples: Int16Array, rateHz: number): { readonly frequencyHz: number; readonly levelDbm0: number } {
  let [best, most] = [300, -1];
  const look = (from: number, to: number, stepHz: number): void => {
    for (let frequencyHz = from; frequencyHz <= to; frequencyHz += stepHz) {
      const peak = peakAt(samples, rateHz, frequencyHz);
      if (peak > most) [best, most] = [frequencyHz, peak];
    }
  };
  const resolutionHz = rateHz / Math.max(1, samples.length);
  look(300, 3400, Math.max(0.5, resolutionHz / 2));
  look(best - resolutionHz, best + resolutionHz, Math.max(0.1, resolutionHz / 20));
  look(best - 0.5, best + 0.5, 0.1);
  return { frequencyHz: best, levelDbm0: dbm0OfPeak(most) };
}
