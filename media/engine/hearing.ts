// What a leg hears from its far side: packets in as they come, 20 ms of sound out at each beat, as the bytes of a G.711 law
// where a recording wants no more, else decoded.
import { rtpTime, type RtpView } from "../../protocol/rtp/packet.js";
import type { Codec } from "../codec/codec.js";
import { NOISE_BYTES_MAX } from "../codec/noise/noise-model.js";
import { G711, LAW_RATE_HZ, lawOf, type LawName } from "../codec/g711.js";
import { RateConverter } from "../dsp/resampler/rate-converter.js";
import type { Track } from "../recorder/track.js";
import { createByteBlock } from "../jitter/byte-block.js";
import { JitterBuffer, type JitterState } from "../jitter/jitter-buffer.js";
import { Playout } from "../jitter/playout.js";
import { FRAME_MS, FRAME_UNITS } from "../session/rtp-sender.js";

/** The longest payload of codecs that need more than G.711: several frames of Opus, as many as a datagram of Ethernet holds. */
const PAYLOAD_BYTES_MAX = 1500;
/** As much of G.711 as a jitter buffer takes in one packet: 100 ms. */
const LAW_BYTES_MAX = 800;
/** What a comfort noise packet counts as in the order of time: it holds until sound comes. */
const NOISE_MS = 10;

/** The payload that tells of a codec's own pause: six frames of G.729 and their noise. */
const PAUSE_BYTES_MAX = 62;

/** A pause of the far side, and what tells of it: RFC 3389's noise, or the codec's own packet. */
export interface Pause {
  readonly noise?: Uint8Array;
  readonly packet?: Uint8Array;
}

/** As much as a jitter buffer holds, and what is made up behind it. */
const PREVIEW_MS_MAX = 400;
const FOLLOWING_MS = 40;

/** What is about to be heard: `known` samples of what came, then what would follow. */
export interface Preview {
  readonly sound: Int16Array;
  readonly known: number;
}

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
  readonly #frame = createByteBlock(FRAME_UNITS);
  readonly #span = { start: 0, end: 0 };
  #decoded = false;
  /** This beat's, once it was asked for. */
  #narrowed: Int16Array | undefined;
  readonly #told = new Uint8Array(PAUSE_BYTES_MAX);
  #toldBytes = 0;
  #toldNoise = false;
  readonly #tellsPauses: boolean;
  #pausing = false;
  #hasNoise = false;

  constructor(codec: Codec, depthMs: number) {
    const { codec: name, clockRateHz } = codec.format;
    this.codec = codec;
    this.#tellsPauses = codec.pausesAfter !== undefined;
    this.#isLaw = name === "PCMA" || name === "PCMU";
    this.law = name === "PCMU" ? "PCMU" : "PCMA";
    this.jitter = new JitterBuffer({ depthMs, unitsPerMs: clockRateHz / 1000, payloadBytesMax: this.#isLaw ? LAW_BYTES_MAX : PAYLOAD_BYTES_MAX });
    const decoder = codec.createDecoder();
    this.#playout = new Playout(codec, decoder, this.jitter);
    this.#close = decoder.close?.bind(decoder);
    this.#pcm = new Int16Array((codec.sampleRateHz * FRAME_MS) / 1000);
  }

  /** Recording what it hears needs no decoding. */
  get isLaw(): boolean {
    return this.#isLaw;
  }

  /** The far side sends nothing since it has said that nobody speaks. */
  get pausing(): boolean {
    return this.#pausing;
  }

  /** There was RFC 3389's noise in it, which only decoding makes heard. */
  get hasNoise(): boolean {
    return this.#hasNoise;
  }

  /** The pause as another one needs it to go on. */
  get pause(): Pause | undefined {
    if (!this.#pausing) return undefined;
    const told = this.#told.slice(0, this.#toldBytes);
    return this.#toldNoise ? { noise: told } : { packet: told };
  }

  /** This beat's sound stands in, at least in part, for what did not come; where it was decoded. */
  get concealed(): boolean {
    return this.#playout.concealed;
  }

  /** This beat's sound at the codec's rate, where it was decoded. */
  get frame(): Int16Array {
    return this.#pcm;
  }

  /** How long a packet sounds, of the codec's clock. */
  unitsIn(view: RtpView): number {
    if (this.#isLaw) return view.payloadEnd - view.payloadStart;
    this.#span.start = view.payloadStart;
    this.#span.end = view.payloadEnd;
    return this.codec.unitsIn(view.bytes, this.#span);
  }

  /** Takes note of a packet that goes by, heard or not. */
  heed(view: RtpView, isNoise: boolean): void {
    if (!isNoise && !this.#pausing && !this.#tellsPauses) return;
    this.#span.start = view.payloadStart;
    this.#span.end = view.payloadEnd;
    this.#pausing = isNoise || this.codec.pausesAfter?.(view.bytes, this.#span) === true;
    if (!this.#pausing) return;
    this.#toldNoise = isNoise;
    this.#hasNoise ||= isNoise;
    this.#toldBytes = Math.min(isNoise ? NOISE_BYTES_MAX : PAUSE_BYTES_MAX, view.payloadEnd - view.payloadStart);
    for (let i = 0; i < this.#toldBytes; i++) this.#told[i] = view.bytes[view.payloadStart + i]!;
  }

  putNoise(view: RtpView): void {
    this.#span.start = view.payloadStart;
    this.#span.end = view.payloadEnd;
    this.jitter.putNoise(view.bytes, this.#span, rtpTime(view), (NOISE_MS * this.codec.format.clockRateHz) / 1000);
  }

  put(view: RtpView): void {
    this.#span.start = view.payloadStart;
    this.#span.end = view.payloadEnd;
    this.jitter.put(view.bytes, this.#span, rtpTime(view), this.unitsIn(view));
  }

  /** Lets 20 ms pass; `decoded` where somebody needs samples. */
  listen(decoded: boolean): void {
    if (decoded) this.#playout.take(this.#pcm);
    else {
      this.#frame.bytes.fill(lawOf(this.law).silence);
      this.jitter.take(this.#frame, 0, FRAME_UNITS);
    }
    this.#decoded = decoded;
    this.#narrowed = undefined;
  }

  /** Holds nothing back any more: what is yet to be heard stands in `track` already; only where it `isLaw`, and the track is of that law. */
  writeAhead(track: Track): void {
    this.jitter.pour((ahead, bytes, span) => track.put(ahead, bytes, span));
  }

  /** Holds back again what was written ahead. */
  holdBack(track: Track): void {
    const ahead = new Uint8Array(this.jitter.aheadUnitsMax + LAW_BYTES_MAX);
    track.takeBack(ahead);
    this.jitter.refill(ahead, lawOf(this.law).silence);
  }

  /** So many beats pass unheard. */
  skip(beats: number): void {
    this.jitter.skip((beats * FRAME_MS * this.codec.format.clockRateHz) / 1000);
  }

  /**
   * What is held back yet, as another decoder says it, at the codec's rate, and what would likely follow it: `known` samples of
   * the one, 40 ms of the other. For the moment at which the other side of a bridge changes between this sound and its packets.
   */
  preview(): Preview {
    const { sampleRateHz, format } = this.codec;
    const perUnit = sampleRateHz / format.clockRateHz;
    const out = new Int16Array((sampleRateHz * (PREVIEW_MS_MAX + FOLLOWING_MS)) / 1000);
    const following = (sampleRateHz * FOLLOWING_MS) / 1000;
    const decoder = this.codec.createDecoder();
    let known = 0;
    for (let from = Number.NEGATIVE_INFINITY; known < out.length - following; ) {
      const slot = this.jitter.find(from, Number.POSITIVE_INFINITY);
      if (slot < 0 || this.jitter.isNoise(slot)) break;
      from = this.jitter.offsetOf(slot) + this.jitter.unitsOf(slot);
      this.jitter.spanOf(slot, this.#span);
      if (this.jitter.unitsOf(slot) * perUnit > out.length - following - known) break;
      known += decoder.decode(this.jitter.payloads, this.#span, out.subarray(known));
    }
    decoder.conceal(out.subarray(known, known + following));
    decoder.close?.();
    return { sound: out, known };
  }

  /** This beat's sound at 8000 Hz; only where it was decoded. */
  narrowFrame(): Int16Array {
    return (this.#narrowed ??= this.#narrow.convert(this.#pcm, this.codec.sampleRateHz));
  }

  /** This beat's sound as 160 bytes of `law`. */
  lawFrame(): Uint8Array {
    if (!this.#decoded) return this.#frame.bytes;
    ENCODERS[this.law].encode(this.narrowFrame(), this.#frame.bytes, 0);
    return this.#frame.bytes;
  }

  /** Forgets what was held: nobody listened, and from now on somebody does. */
  begin(): void {
    this.jitter.reset();
    this.#playout.reset();
    if (this.#pausing) this.#playout.goOn(this.#told.subarray(0, this.#toldBytes), this.#toldNoise);
  }

  /** Forgets all: another stream begins. */
  reset(): void {
    this.#pausing = false;
    this.begin();
  }

  restore(state: JitterState, pause: Pause | undefined): void {
    this.jitter.restore(state);
    this.#pausing = pause !== undefined;
    const told = pause?.noise ?? pause?.packet;
    if (told === undefined) return;
    this.#toldNoise = pause?.noise !== undefined;
    this.#hasNoise ||= this.#toldNoise;
    this.#toldBytes = told.length;
    this.#told.set(told);
    this.#playout.goOn(told, this.#toldNoise);
  }

  close(): void {
    this.#close?.();
  }
}

/** G.711 has no memory: one serves all legs. */
const ENCODERS = { PCMA: G711.PCMA.createEncoder(), PCMU: G711.PCMU.createEncoder() };
