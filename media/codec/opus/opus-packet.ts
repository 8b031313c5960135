// What the first byte of an Opus packet tells (RFC 6716 section 3.1).
import type { Span } from "../codec.js";

const CLOCK_RATE_HZ = 48_000;
/** Frames of 48 kHz samples by configuration number: SILK, hybrid, CELT. */
const SILK = [480, 960, 1920, 2880] as const;
const HYBRID = [480, 960] as const;
const CELT = [120, 240, 480, 960] as const;
/** Section 3.4 R5: no packet is longer than 120 ms. */
const UNITS_MAX = (CLOCK_RATE_HZ * 120) / 1000;

/** How long a packet sounds, in units of 48 kHz; 0 where it is none. */
export function opusUnits(payload: Uint8Array, { start, end }: Span): number {
  if (end <= start) return 0;
  const toc = payload[start]!;
  const configuration = toc >> 3;
  const frame = configuration < 12 ? SILK[configuration & 3]! : configuration < 16 ? HYBRID[configuration & 1]! : CELT[configuration & 3]!;
  const code = toc & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : end - start < 2 ? 0 : payload[start + 1]! & 0x3f;
  return frames * frame > UNITS_MAX ? 0 : frames * frame;
}
