// G.729 in RTP (RFC 3551 section 4.5.6): frames of 10 ms in ten bytes, any number in a packet, and a last one of two bytes
// where a pause begins or its noise changes (Annex B).
import { AUDIO_FORMATS } from "../../../protocol/sdp/audio-format.js";
import { parameterOf } from "../../../protocol/sdp/fmtp.js";
import type { Codec, Decoder, Encoder, Span } from "../codec.js";
import { FRAME_BYTES } from "./bitstream.js";
import { NOISE_BYTES } from "./comfort-noise.js";
import { FRAME_SAMPLES, FrameDecoder } from "./frame-decoder.js";
import { FrameEncoder } from "./frame-encoder.js";

/** Frames in a payload, its comfort noise among them; 0 where its length is none that G.729 has. */
export function framesIn(bytes: number): number {
  const rest = bytes % FRAME_BYTES;
  return rest === 0 || rest === NOISE_BYTES ? Math.ceil(bytes / FRAME_BYTES) : 0;
}

class G729Encoder implements Encoder {
  readonly #frames: FrameEncoder;

  constructor(pauses: boolean) {
    this.#frames = new FrameEncoder({ pauses });
  }

  encode(samples: Int16Array, out: Uint8Array, at: number): number {
    this.#frames.take(samples, 0);
    return this.#frames.encode(out, at);
  }

  reset(): void {
    this.#frames.reset();
  }
}

export class G729Decoder implements Decoder {
  readonly #frames = new FrameDecoder();

  /** Frames that do not fit into `out` are left out; a payload of a length that no frames make gives no sample. */
  decode(payload: Uint8Array, { start, end }: Span, out: Int16Array): number {
    const count = Math.min(framesIn(end - start), Math.floor(out.length / FRAME_SAMPLES));
    for (let i = 0, at = start; i < count; i++, at += FRAME_BYTES) {
      if (end - at >= FRAME_BYTES) this.#frames.decode(payload, at, out, i * FRAME_SAMPLES);
      else this.#frames.decodeNoise(payload, at, out, i * FRAME_SAMPLES);
    }
    return count * FRAME_SAMPLES;
  }

  /** After comfort noise more of it: nothing is sent in a pause. After sound what the last frames lead one to expect. */
  conceal(out: Int16Array): void {
    let at = 0;
    for (; at + FRAME_SAMPLES <= out.length; at += FRAME_SAMPLES) this.#frames.conceal(out, at);
    out.fill(0, at);
  }

  reset(): void {
    this.#frames.reset();
  }
}

/** @param fmtp the far side's: `annexb=no` wants all frames (RFC 4856 section 2.1.9) */
export const g729 = (fmtp: string): Codec => ({
  format: AUDIO_FORMATS.G729,
  sampleRateHz: 8000,
  // What its analysis looks ahead.
  delayMs: 5,
  frameMs: () => 10,
  frameBytes: FRAME_BYTES,
  unitsIn: (_payload, { start, end }) => framesIn(end - start) * FRAME_SAMPLES,
  pausesAfter: (_payload, { start, end }) => (end - start) % FRAME_BYTES === NOISE_BYTES,
  createEncoder: (pauses = false) => new G729Encoder(pauses && parameterOf(fmtp, "annexb") !== "no"),
  createDecoder: () => new G729Decoder(),
});
