// G.722 at 64 kbit/s (ITU-T G.722, mode 1): 16 kHz sound in two sub-bands, one byte for two samples. Its RTP clock runs at
// 8000 Hz all the same (RFC 3551 section 4.5.2).
import { AUDIO_FORMATS } from "../../../protocol/sdp/audio-format.js";
import type { Codec, Decoder, Encoder, Span } from "../codec.js";
import { Concealment } from "../concealment.js";
import { HIGH_BAND, LOW_BAND, SubBand } from "./sub-band.js";
import { MirrorFilter } from "./mirror-filter.js";
import { ILN, ILP, Q6, QM2, QM4, QM6, WH_OF_CODE, WL_OF_CODE } from "./tables.js";

const SAMPLE_RATE_HZ = 16_000;
/** The high band's one decision level (Table 14, Q2). */
const Q2 = 564;

const saturate = (value: number): number => (value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value);
/** LIMIT of the decoder (section 6.2.2.2): 15 bits. */
const limit = (value: number): number => (value > 16_383 ? 16_383 : value < -16_384 ? -16_384 : value);

class G722Encoder implements Encoder {
  readonly #low = new SubBand(LOW_BAND);
  readonly #high = new SubBand(HIGH_BAND);
  readonly #qmf = new MirrorFilter();

  /** `samples` come in pairs: an odd last one is left out. */
  encode(samples: Int16Array, out: Uint8Array, at: number): number {
    let end = at;
    const qmf = this.#qmf;
    for (let i = 0; i + 1 < samples.length; i += 2) {
      qmf.push(samples[i]!, samples[i + 1]!);
      // Transmit QMF (section 3.1), then each band's difference is quantized.
      out[end++] = (this.#encodeHigh((qmf.odd - qmf.even) >> 14) << 6) | this.#encodeLow((qmf.even + qmf.odd) >> 14);
    }
    return end;
  }

  reset(): void {
    this.#low.reset();
    this.#high.reset();
    this.#qmf.reset();
  }

  #encodeLow(sample: number): number {
    const band = this.#low;
    const { det } = band;
    const difference = saturate(sample - band.prediction);
    const magnitude = difference >= 0 ? difference : -(difference + 1);
    // The first interval whose level is above, among 1 to 30: the levels rise.
    let interval = 1;
    let above = 30;
    while (interval < above) {
      const middle = (interval + above) >> 1;
      if (magnitude >= Math.imul(Q6[middle]!, det) >> 12) interval = middle + 1;
      else above = middle;
    }
    const code = (difference < 0 ? ILN : ILP)[interval]!;
    // Prediction uses the 4-bit quantizer in all modes, so that the two lowest bits may be stolen for data.
    const quantized = Math.imul(det, QM4[code >> 2]!) >> 15;
    band.scale(WL_OF_CODE[code >> 2]!);
    band.adapt(quantized);
    return code;
  }

  #encodeHigh(sample: number): number {
    const band = this.#high;
    const difference = saturate(sample - band.prediction);
    const magnitude = difference >= 0 ? difference : -(difference + 1);
    const far = magnitude >= Math.imul(Q2, band.det) >> 12;
    const code = difference < 0 ? (far ? 0 : 1) : far ? 2 : 3;
    const quantized = Math.imul(band.det, QM2[code]!) >> 15;
    band.scale(WH_OF_CODE[code]!);
    band.adapt(quantized);
    return code;
  }
}

class G722Decoder implements Decoder {
  readonly #low = new SubBand(LOW_BAND);
  readonly #high = new SubBand(HIGH_BAND);
  readonly #qmf = new MirrorFilter();
  readonly #concealment = new Concealment(SAMPLE_RATE_HZ);

  decode(payload: Uint8Array, { start, end }: Span, out: Int16Array): number {
    const qmf = this.#qmf;
    let at = 0;
    for (let i = start; i < end && at + 1 < out.length; i++) {
      const code = payload[i]!;
      const low = this.#decodeLow(code & 0x3f);
      const high = this.#decodeHigh(code >> 6);
      // Both bands, then the receive QMF (section 4.4).
      qmf.push(low + high, low - high);
      out[at++] = saturate(qmf.odd >> 11);
      out[at++] = saturate(qmf.even >> 11);
    }
    this.#concealment.heard(out, at);
    return at;
  }

  /** The bands' predictors stand still meanwhile. */
  conceal(out: Int16Array): void {
    this.#concealment.conceal(out);
  }

  reset(): void {
    this.#low.reset();
    this.#high.reset();
    this.#qmf.reset();
    this.#concealment.reset();
  }

  #decodeLow(code: number): number {
    const band = this.#low;
    const { det } = band;
    const sample = limit(band.prediction + (Math.imul(det, QM6[code]!) >> 15));
    const quantized = Math.imul(det, QM4[code >> 2]!) >> 15;
    band.scale(WL_OF_CODE[code >> 2]!);
    band.adapt(quantized);
    return sample;
  }

  #decodeHigh(code: number): number {
    const band = this.#high;
    const quantized = Math.imul(band.det, QM2[code]!) >> 15;
    const sample = limit(band.prediction + quantized);
    band.scale(WH_OF_CODE[code]!);
    band.adapt(quantized);
    return sample;
  }
}

export const G722: Codec = {
  format: AUDIO_FORMATS.G722,
  sampleRateHz: SAMPLE_RATE_HZ,
  // Of both filters: 22 samples.
  delayMs: 1.375,
  frameMs: (ptimeMs) => (ptimeMs % 20 === 0 ? 20 : 10),
  unitsIn: (_payload, { start, end }) => end - start,
  createEncoder: () => new G722Encoder(),
  createDecoder: () => new G722Decoder(),
};
