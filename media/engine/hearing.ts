// What a leg hears from its far side: packets in as they come, 20 ms of sound out at each beat, as the bytes of a G.711 law
// where a recording wants no more, else decoded.
import { rtpTime, type RtpView } from "../../protocol/rtp/packet.js";
import type { Codec } from "../codec/codec.js";
import { G711, LAW_RATE_HZ, lawOf, type LawName } from "../codec/g711.js";
import { RateConverter } from "../dsp/resampler/rate-converter.js";
import { JitterBuffer, type JitterState } from "../jitter/jitter-buffer.js";
import { Playout } from "../jitter/playout.js";
import { FRAME_MS, FRAME_UNITS } from "../session/rtp-sender.js";

/** The longest payload of codecs that need more than G.711: Opus. L16 for 40 ms at 16 kHz has 1280 bytes. */
const PAYLOAD_BYTES_MAX = 1280;

export class Hearing {
  readonly codec: Codec;
  /** Of `lawFrame`. */
  readonly law: LawName;
  readonly jitter: JitterBuffer;
  readonly #isLaw: boolean;
  readonly #playout: Playout;
  readonly #close: (() => void) | undefined;
  readonly #pcm: Int16Array;
  readonly #narrow = new RateConverter(LAW_RATE_HZ);
  readonly #bytes = new Uint8Array(FRAME_UNITS);
  readonly #span = { start: 0, end: 0 };
  #decoded = false;

  constructor(codec: Codec, depthMs: number) {
    const { codec: name, clockRateHz } = codec.format;
    this.codec = codec;
    this.#isLaw = name === "PCMA" || name === "PCMU";
    this.law = name === "PCMU" ? "PCMU" : "PCMA";
    this.jitter = new JitterBuffer({ depthMs, unitsPerMs: clockRateHz / 1000, ...(this.#isLaw ? {} : { payloadBytesMax: PAYLOAD_BYTES_MAX }) });
    const decoder = codec.createDecoder();
    this.#playout = new Playout(codec, decoder, this.jitter);
    this.#close = decoder.close?.bind(decoder);
    this.#pcm = new Int16Array((codec.sampleRateHz * FRAME_MS) / 1000);
  }

  /** Recording what it hears needs no decoding. */
  get isLaw(): boolean {
    return this.#isLaw;
  }

  /** This beat's sound at the codec's rate, where it was decoded. */
  get frame(): Int16Array {
    return this.#pcm;
  }

  /** How long a packet sounds, of the codec's clock. */
  unitsIn(view: RtpView): number {
    this.#span.start = view.payloadStart;
    this.#span.end = view.payloadEnd;
    return this.codec.unitsIn(view.bytes, this.#span);
  }

  put(view: RtpView): void {
    const units = this.unitsIn(view);
    this.jitter.put(view.bytes, this.#span, rtpTime(view), units);
  }

  /** Lets 20 ms pass; `decoded` where somebody needs samples. */
  listen(decoded: boolean): void {
    if (decoded) this.#playout.take(this.#pcm);
    else this.jitter.take(this.#bytes, lawOf(this.law).silence);
    this.#decoded = decoded;
  }

  /** So many beats pass unheard. */
  skip(beats: number): void {
    this.jitter.skip((beats * FRAME_MS * this.codec.format.clockRateHz) / 1000);
  }

  /** This beat's sound at 8000 Hz; only where it was decoded. */
  narrowFrame(): Int16Array {
    return this.#narrow.convert(this.#pcm, this.codec.sampleRateHz);
  }

  /** This beat's sound as 160 bytes of `law`. */
  lawFrame(): Uint8Array {
    if (!this.#decoded) return this.#bytes;
    ENCODERS[this.law].encode(this.narrowFrame(), this.#bytes, 0);
    return this.#bytes;
  }

  /** Forgets what was held: another stream begins. */
  reset(): void {
    this.jitter.reset();
    this.#playout.reset();
  }

  restore(state: JitterState): void {
    this.jitter.restore(state);
  }

  close(): void {
    this.#close?.();
  }
}

/** G.711 has no memory: one serves all legs. */
const ENCODERS = { PCMA: G711.PCMA.createEncoder(), PCMU: G711.PCMU.createEncoder() };
