// What a leg says to its far side: sound of any rate to frames of its codec.
import type { Codec } from "../codec/codec.js";
import { RateConverter } from "../dsp/resampler/rate-converter.js";
import type { SampleRateHz } from "../dsp/resampler/resampler.js";
import { FrameEncoder } from "../session/frame-encoder.js";
import type { RtpSender } from "../session/rtp-sender.js";

export class Voice {
  readonly codec: Codec;
  readonly #rate: RateConverter;
  readonly #encoder: FrameEncoder;
  readonly #adapt: ((loss: number) => void) | undefined;
  readonly #close: (() => void) | undefined;

  constructor(codec: Codec, ptimeMs: number, sender: RtpSender) {
    const encoder = codec.createEncoder();
    this.codec = codec;
    this.#rate = new RateConverter(codec.sampleRateHz);
    this.#encoder = new FrameEncoder({ codec, encoder, ptimeMs }, sender);
    this.#adapt = encoder.adapt?.bind(encoder);
    this.#close = encoder.close?.bind(encoder);
  }

  /** @param frame 20 ms that belong to the moment `units` */
  say(frame: Int16Array, rateHz: SampleRateHz, units: number): void {
    this.#encoder.push(this.#rate.convert(frame, rateHz), units);
  }

  /** So much of what we send is lost, 0..1. */
  adapt(loss: number): void {
    this.#adapt?.(loss);
  }

  close(): void {
    this.#close?.();
  }
}
