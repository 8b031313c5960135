// What codecs cost, so that of several that would do the cheapest is taken.
import type { AudioCodecName } from "../../protocol/sdp/audio-format.js";

/**
 * CPU µs to encode and decode 20 ms, as `npm run bench -- codec` measured it on one machine: only their order counts. Opus is
 * at 48 kHz.
 */
export const CODEC_COST_US: Readonly<Record<AudioCodecName, number>> = { PCMA: 0.6, PCMU: 0.6, "L16/8000": 0.7, "L16/16000": 1.2, G722: 56, G729: 78, opus: 180 };

/** `codecs` with `relayed` first, which costs no coding at all, and the others by what it costs to code the other side's sound in them. */
export const cheapestFirst = (codecs: readonly AudioCodecName[], relayed: AudioCodecName): readonly AudioCodecName[] =>
  codecs.includes(relayed) ? [relayed, ...codecs.filter((codec) => codec !== relayed).sort((a, b) => CODEC_COST_US[a] - CODEC_COST_US[b])] : [...codecs].sort((a, b) => CODEC_COST_US[a] - CODEC_COST_US[b]);
