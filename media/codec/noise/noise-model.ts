// What a comfort noise packet says (RFC 3389 section 3): how loud the pause's noise is and how its spectrum bends.
import type { Span } from "../codec.js";

/** Of ITU-T G.711 Appendix II and of most senders. More than that is ignored, as section 3.2 allows. */
export const NOISE_ORDER = 10;
export const NOISE_BYTES_MAX = 1 + NOISE_ORDER;
/** 0 dBov is a square wave as high as samples go (section 3.1): 6.15 dBm0. */
const OVERLOAD = 32_768;
const SOFTEST_DB = 127;
/** Section 3.2: steps of a reflection coefficient, and the index of zero. */
const STEP = 258 / 32_768;
const ZERO_INDEX = 127;
const INDEX_MAX = 254;
/** The all-pole filter stays some way off the circle, whatever a packet says. */
const REFLECTION_MAX = 0.995;

export interface NoiseModel {
  /** Root mean square, samples. */
  rms: number;
  /** k1 to k10 of A(z) = 1 + a1/z + ..., a1 = k1 in the first order: noise of low frequencies has a negative k1. */
  readonly reflections: Float64Array;
}

export const createNoiseModel = (): NoiseModel => ({ rms: 0, reflections: new Float64Array(NOISE_ORDER) });

/** Fills `model`; false, and nothing is changed, where the payload is empty. */
export function readNoise(model: NoiseModel, payload: Uint8Array, { start, end }: Span): boolean {
  if (end <= start) return false;
  // The highest bit is unused.
  model.rms = OVERLOAD * 10 ** (-(payload[start]! & 0x7f) / 20);
  for (let i = 0; i < NOISE_ORDER; i++) {
    const at = start + 1 + i;
    // 255 is reserved.
    const index = at < end && payload[at]! <= INDEX_MAX ? payload[at]! : ZERO_INDEX;
    model.reflections[i] = Math.max(-REFLECTION_MAX, Math.min(REFLECTION_MAX, STEP * (index - ZERO_INDEX)));
  }
  return true;
}

/** Writes a payload at `out[at]` and returns its end: so many coefficients as are needed. */
export function writeNoise(model: NoiseModel, out: Uint8Array, at: number): number {
  const dbBelow = model.rms <= 0 ? SOFTEST_DB : -20 * Math.log10(model.rms / OVERLOAD);
  out[at] = Math.max(0, Math.min(SOFTEST_DB, Math.round(dbBelow)));
  let end = at + 1;
  for (let i = 0; i < NOISE_ORDER; i++) {
    const index = Math.max(0, Math.min(INDEX_MAX, ZERO_INDEX + Math.round(model.reflections[i]! / STEP)));
    out[at + 1 + i] = index;
    if (index !== ZERO_INDEX) end = at + 2 + i;
  }
  return end;
}
