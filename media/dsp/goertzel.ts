// How much of one frequency is in a stretch of sound, by Goertzel's recurrence.
import { dbm0OfPeak } from "./level.js";

/** Peak of the component at `frequencyHz`, in samples. A Hann window keeps what is next to it out. */
export const peakAt = (samples: Int16Array, rateHz: number, frequencyHz: number): number => peakOf(windowed(samples), rateHz, frequencyHz);

/** The strongest frequency of the telephone's band, to 0.1 Hz, and its level. At least 100 ms of sound for 1 Hz of truth. */
export function strongestTone(samples: Int16Array, rateHz: number): { readonly frequencyHz: number; readonly levelDbm0: number } {
  const sound = windowed(samples);
  let best = 300;
  let most = -1;
  const look = (fromHz: number, toHz: number, stepHz: number): void => {
    for (let frequencyHz = fromHz; frequencyHz <= toHz; frequencyHz += stepHz) {
      const peak = peakOf(sound, rateHz, frequencyHz);
      if (peak > most) [best, most] = [frequencyHz, peak];
    }
  };
  const resolutionHz = rateHz / Math.max(1, samples.length);
  look(300, 3400, Math.max(0.5, resolutionHz));
  look(best - resolutionHz, best + resolutionHz, Math.max(0.1, resolutionHz / 20));
  look(best - 0.5, best + 0.5, 0.1);
  return { frequencyHz: best, levelDbm0: dbm0OfPeak(most) };
}

/** Scaled so that the weights sum to 1. */
function windowed(samples: Int16Array): Float64Array {
  return Float64Array.from(samples, (sample, i) => (sample * (1 - Math.cos((2 * Math.PI * i) / samples.length))) / samples.length);
}

function peakOf(sound: Float64Array, rateHz: number, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / rateHz);
  let s1 = 0;
  let s2 = 0;
  for (let i = 0; i < sound.length; i++) {
    const s0 = sound[i]! + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  return 2 * Math.sqrt(Math.max(0, s1 * s1 + s2 * s2 - coefficient * s1 * s2));
}
