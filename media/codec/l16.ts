// L16: samples as they are, most significant byte first (RFC 3551 section 4.5.11), mono.
import { AUDIO_FORMATS } from "../../protocol/sdp/audio-format.js";
import type { Codec, Decoder, Encoder, Span } from "./codec.js";
import { Concealment } from "./concealment.js";

class L16Encoder implements Encoder {
  encode(samples: Int16Array, out: Uint8Array, at: number): number {
    let end = at;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i]!;
      out[end++] = sample >> 8;
      out[end++] = sample;
    }
    return end;
  }

  reset(): void {
    // Each sample stands for itself: nothing is kept between frames.
  }
}

class L16Decoder implements Decoder {
  readonly #concealment: Concealment;

  constructor(sampleRateHz: 8000 | 16_000) {
    this.#concealment = new Concealment(sampleRateHz);
  }

  decode(payload: Uint8Array, { start, end }: Span, out: Int16Array): number {
    const count = Math.min((end - start) >> 1, out.length);
    for (let i = 0; i < count; i++) out[i] = (payload[start + 2 * i]! << 8) | payload[start + 2 * i + 1]!;
    this.#concealment.heard(out, count);
    return count;
  }

  conceal(out: Int16Array): void {
    this.#concealment.conceal(out);
  }

  reset(): void {
    this.#concealment.reset();
  }
}

/** No static payload type: those of RFC 3551 are for 44.1 kHz. @param sampleRateHz also the RTP clock's */
export const l16 = (sampleRateHz: 8000 | 16_000): Codec => ({
  format: AUDIO_FORMATS[`L16/${sampleRateHz}`],
  sampleRateHz,
  frameMs: (ptimeMs) => (ptimeMs % 20 === 0 ? 20 : 10),
  unitsIn: (_payload, { start, end }) => (end - start) >> 1,
  createEncoder: () => new L16Encoder(),
  createDecoder: () => new L16Decoder(sampleRateHz),
});
