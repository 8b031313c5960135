// Sound of 20 ms at a time to frames of the codec's own length, handed to the leg's stream.
import type { Codec, Encoder } from "../codec/codec.js";
import { FRAME_UNITS, UNITS_PER_MS, type RtpSender } from "./rtp-sender.js";

/** Two bytes for each sample of 60 ms at 16 kHz, and for any frame of Opus. */
const FRAME_BYTES_MAX = 1920;

export class FrameEncoder {
  readonly #encoder: Encoder;
  readonly #sender: RtpSender;
  readonly #frameUnits: number;
  readonly #frameBytes: number;
  readonly #place: { units: number; readonly durationUnits: number; last: boolean };
  readonly #frame: Int16Array;
  readonly #bytes = new Uint8Array(FRAME_BYTES_MAX);
  #gathered = 0;

  constructor({ codec, encoder, ptimeMs }: { readonly codec: Codec; readonly encoder: Encoder; readonly ptimeMs: number }, sender: RtpSender) {
    this.#encoder = encoder;
    this.#sender = sender;
    const frameMs = codec.frameMs(ptimeMs);
    this.#frameUnits = frameMs * UNITS_PER_MS;
    this.#frameBytes = codec.frameBytes ?? 0;
    this.#place = { units: 0, durationUnits: this.#frameUnits, last: false };
    this.#frame = new Int16Array((codec.sampleRateHz * frameMs) / 1000);
  }

  /** @param samples 20 ms that belong to the moment `units`, or follow what was pushed before */
  push(samples: Int16Array, units: number): void {
    if (samples.length === this.#frame.length) return this.#encode(samples, units);
    const perSample = FRAME_UNITS / samples.length;
    let at = units - this.#gathered * perSample;
    for (let i = 0; i < samples.length; i++) {
      this.#frame[this.#gathered++] = samples[i]!;
      if (this.#gathered < this.#frame.length) continue;
      this.#gathered = 0;
      this.#encode(this.#frame, at);
      at += this.#frameUnits;
    }
  }

  /** Takes sound that the far side has heard otherwise, whole frames up to its end: nothing is sent, and what is pushed next follows it. */
  prime(samples: Int16Array): void {
    this.#gathered = 0;
    const length = this.#frame.length;
    for (let at = samples.length % length; at < samples.length; at += length) this.#encoder.encode(samples.subarray(at, at + length), this.#bytes, 0);
  }

  /** What was gathered is not followed by what comes. */
  break(): void {
    this.#gathered = 0;
  }

  #encode(samples: Int16Array, units: number): void {
    const length = this.#encoder.encode(samples, this.#bytes, 0);
    this.#place.units = units;
    this.#place.last = length < this.#frameBytes;
    this.#sender.sendFrame(this.#bytes, length, this.#place);
  }
}
