// What a leg says to its far side: sound of any rate to frames of its codec.
import type { Codec } from "../codec/codec.js";
import { RateConverter } from "../dsp/resampler/rate-converter.js";
import type { SampleRateHz } from "../dsp/resampler/resampler.js";
import type { MediaSettings } from "./command.js";
import { FrameEncoder } from "../session/frame-encoder.js";
import { PauseEncoder } from "../session/pause-encoder.js";
import type { RtpSender } from "../session/rtp-sender.js";

export class Voice {
  readonly codec: Codec;
  readonly #rate: RateConverter;
  readonly #encoder: FrameEncoder;
  readonly #sender: RtpSender;
  readonly #pauses: PauseEncoder | undefined;
  readonly #adapt: ((loss: number) => void) | undefined;
  readonly #close: (() => void) | undefined;

  constructor(codec: Codec, sender: RtpSender, { ptimeMs, dtx, noisePayloadType }: MediaSettings) {
    const encoder = codec.createEncoder(dtx);
    this.codec = codec;
    this.#sender = sender;
    this.#pauses = dtx === true && noisePayloadType !== undefined ? new PauseEncoder(codec.format.clockRateHz as SampleRateHz) : undefined;
    this.#rate = new RateConverter(codec.sampleRateHz);
    this.#encoder = new FrameEncoder({ codec, encoder, ptimeMs }, sender);
    this.#adapt = encoder.adapt?.bind(encoder);
    this.#close = encoder.close?.bind(encoder);
  }

  /** @param frame 20 ms that belong to the moment `units` */
  say(frame: Int16Array, rateHz: SampleRateHz, units: number): void {
    const sound = this.#rate.convert(frame, rateHz);
    const told = this.#pauses?.push(sound, this.codec.sampleRateHz) ?? -1;
    if (told < 0) return this.#encoder.push(sound, units);
    this.#encoder.break();
    if (told > 0) this.#sender.sendNoise(this.#pauses!.payload, told, units);
  }

  /** The far side has heard `samples`, at the codec's rate, by other packets; what is said next follows them. */
  prime(samples: Int16Array): void {
    this.#encoder.prime(samples);
  }

  /** So much of what we send is lost, 0..1. */
  adapt(loss: number): void {
    this.#adapt?.(loss);
  }

  close(): void {
    this.#close?.();
  }
}
