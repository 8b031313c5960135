// What begins or ends in the middle of a wave clicks: tones come and go within 3 ms.

const RAMP_MS = 3;

/**
 * Raises the first and lowers the last 3 ms of a tone that lasts `length` samples, of which `out[from .. to)` begins at `offset`.
 * A tone shorter than both ramps is left alone.
 */
export function ramp(out: Int16Array, range: { readonly from: number; readonly to: number }, tone: { readonly offset: number; readonly length: number; readonly rateHz: number }): void {
  const size = Math.round((RAMP_MS * tone.rateHz) / 1000);
  if (tone.length < 2 * size) return;
  const count = range.to - range.from;
  for (let i = 0; i < count; i++) {
    const edge = Math.min(tone.offset + i, tone.length - 1 - tone.offset - i);
    if (edge >= size) {
      // Jumps to the closing ramp.
      i = Math.max(i, tone.length - size - tone.offset - 1);
      continue;
    }
    const at = range.from + i;
    out[at] = Math.round(out[at]! * (0.5 - 0.5 * Math.cos((Math.PI * (edge + 0.5)) / size)));
  }
}
