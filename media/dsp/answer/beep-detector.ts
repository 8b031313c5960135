// The beep after which a machine records: one pure tone of a frequency that nobody knows beforehand.
import { levelOf } from "../voice/level-meter.js";

const RATE_HZ = 8000;
const LEVEL_DBM0_MIN = -35;
const HZ_MIN = 380;
const HZ_MAX = 2600;
const FRAME_MS = 20;
const BEEP_MS_MIN = 160;
/** A voice's pitch moves, and it has harmonics. */
const OFF_HZ_MAX = 8;
/** Of the sound, so much is the one tone's. */
const PURITY_MIN = 0.85;

export class BeepDetector {
  #hz = 0;
  #toneMs = 0;

  /** Whether the last frame was one pure tone. */
  get pure(): boolean {
    return this.#toneMs > 0;
  }

  /** Takes 20 ms at 8000 Hz. True once a pure tone has lasted for 160 ms, and while it lasts. */
  push(samples: Int16Array): boolean {
    const hz = pureHz(samples);
    if (hz === undefined) this.#toneMs = 0;
    else {
      this.#toneMs = this.#toneMs > 0 && Math.abs(hz - this.#hz) <= OFF_HZ_MAX ? this.#toneMs + FRAME_MS : FRAME_MS;
      this.#hz = hz;
    }
    return this.#toneMs >= BEEP_MS_MIN;
  }
}

/** A sine obeys x[n-1] + x[n+1] = 2 cos(w) x[n], which gives w by least squares; whether it is one, how much of the sound lies at w. */
function pureHz(samples: Int16Array): number | undefined {
  let xx = 0;
  let xy = 0;
  for (let i = 1; i + 1 < samples.length; i++) {
    xx += samples[i]! * samples[i]!;
    xy += samples[i]! * (samples[i - 1]! + samples[i + 1]!);
  }
  if (xx === 0 || levelOf(xx / samples.length) < LEVEL_DBM0_MIN) return undefined;
  const twoCos = Math.max(-2, Math.min(2, xy / xx));
  const hz = (Math.acos(twoCos / 2) * RATE_HZ) / (2 * Math.PI);
  if (hz < HZ_MIN || hz > HZ_MAX) return undefined;
  let s1 = 0;
  let s2 = 0;
  let energy = 0;
  for (const sample of samples) {
    [s1, s2] = [sample + twoCos * s1 - s2, s1];
    energy += sample * sample;
  }
  const power = s1 * s1 + s2 * s2 - twoCos * s1 * s2;
  return 2 * power >= PURITY_MIN * samples.length * energy ? hz : undefined;
}
