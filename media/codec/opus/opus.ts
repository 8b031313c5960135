// Opus (RFC 6716, RFC 7587) by the system's libopus: mono at the rate that the far side can play, with forward error
// correction, concealment and, where asked for, silence that is not sent.
import { AUDIO_FORMATS } from "../../../protocol/sdp/audio-format.js";
import { readOpusFmtp, type OpusParameters } from "../../../protocol/sdp/opus-format.js";
import type { SampleRateHz } from "../../dsp/resampler/resampler.js";
import type { Codec, Decoder, Encoder, Span } from "../codec.js";
import type { Libopus, OpusState } from "./libopus.js";
import { opusUnits } from "./opus-packet.js";

/** opus_defines.h. */
const APPLICATION_VOIP = 2048;
const SET_BITRATE = 4002;
const SET_VBR = 4006;
const SET_COMPLEXITY = 4010;
const SET_INBAND_FEC = 4012;
const SET_PACKET_LOSS_PERC = 4014;
const SET_DTX = 4016;
const RESET_STATE = 4028;

/** RFC 6716 section 2.1.1: the longest frame of Opus. */
const FRAME_BYTES_MAX = 1275;
/** Several frames in a packet are longer (section 3.2.5): as much as a datagram of Ethernet holds. */
const PACKET_BYTES_MAX = 1500;
/** Of ten: speech gains little by more, and two servers' cores much by less. */
const COMPLEXITY = 5;
/** By rate, RFC 7587 section 3.1.1: good speech in mono, and three quarters of it enough for libopus to repeat what was lost. */
const BITRATES: Readonly<Record<8000 | 12_000 | 16_000 | 24_000 | 48_000, number>> = { 8000: 17_000, 12_000: 20_000, 16_000: 24_000, 24_000: 32_000, 48_000: 40_000 };
/** Below this loss the bit rate stays; at 20 % and above it has lost a quarter. */
const LOSS_FREE = 0.02;
const LOSS_WORST = 0.2;
const BITRATE_MIN = 6000;
/** A frame of so few bytes says that there is nothing to hear: RFC 7587 section 3.1.3. */
const DTX_BYTES_MAX = 2;

class OpusEncoder implements Encoder {
  readonly #libopus: Libopus;
  readonly #bitrate: number;
  readonly #dtx: boolean;
  readonly #out = new Uint8Array(FRAME_BYTES_MAX);
  #state: OpusState;

  constructor(libopus: Libopus, rateHz: SampleRateHz, { maxPlaybackRateHz, maxAverageBitrate, cbr, useInbandFec, useDtx }: OpusParameters) {
    this.#libopus = libopus;
    this.#bitrate = Math.min(maxAverageBitrate ?? Infinity, BITRATES[maxPlaybackRateHz as keyof typeof BITRATES]);
    this.#dtx = useDtx;
    this.#state = created(libopus.createEncoder(rateHz, 1, APPLICATION_VOIP, new Int32Array(1)));
    for (const [request, value] of [
      [SET_BITRATE, this.#bitrate],
      [SET_VBR, cbr ? 0 : 1],
      [SET_COMPLEXITY, COMPLEXITY],
      [SET_INBAND_FEC, useInbandFec ? 1 : 0],
      [SET_DTX, useDtx ? 1 : 0],
    ] as const)
      libopus.setEncoder(this.#state, request, value);
  }

  encode(samples: Int16Array, out: Uint8Array, at: number): number {
    const length = this.#libopus.encode(this.#state, samples, samples.length, this.#out, FRAME_BYTES_MAX);
    if (length < 0 || (this.#dtx && length <= DTX_BYTES_MAX)) return at;
    for (let i = 0; i < length; i++) out[at + i] = this.#out[i]!;
    return at + length;
  }

  /** A path that loses much is often one that is full: fewer bits, more of them spent on repeating what was lost. */
  adapt(loss: number): void {
    const excess = Math.min(1, Math.max(0, (loss - LOSS_FREE) / (LOSS_WORST - LOSS_FREE)));
    this.#libopus.setEncoder(this.#state, SET_PACKET_LOSS_PERC, Math.round(Math.min(1, Math.max(0, loss)) * 100));
    this.#libopus.setEncoder(this.#state, SET_BITRATE, Math.max(BITRATE_MIN, Math.round(this.#bitrate * (1 - excess / 4))));
  }

  reset(): void {
    this.#libopus.resetEncoder(this.#state, RESET_STATE);
  }

  close(): void {
    if (this.#state !== null) this.#libopus.destroyEncoder(this.#state);
    this.#state = null;
  }
}

class OpusDecoder implements Decoder {
  readonly #libopus: Libopus;
  /** Where koffi takes its bytes from: it hands over whole arrays. */
  readonly #bytes = new Uint8Array(PACKET_BYTES_MAX);
  #state: OpusState;

  constructor(libopus: Libopus, rateHz: SampleRateHz) {
    this.#libopus = libopus;
    this.#state = created(libopus.createDecoder(rateHz, 1, new Int32Array(1)));
  }

  decode(payload: Uint8Array, span: Span, out: Int16Array): number {
    return Math.max(0, this.#libopus.decode(this.#state, this.#bytes, this.#take(payload, span), out, out.length, 0));
  }

  conceal(out: Int16Array): void {
    if (this.#libopus.decode(this.#state, null, 0, out, out.length, 0) < 0) out.fill(0);
  }

  recover(next: Uint8Array, span: Span, out: Int16Array): void {
    if (this.#libopus.decode(this.#state, this.#bytes, this.#take(next, span), out, out.length, 1) < 0) this.conceal(out);
  }

  reset(): void {
    this.#libopus.resetDecoder(this.#state, RESET_STATE);
  }

  close(): void {
    if (this.#state !== null) this.#libopus.destroyDecoder(this.#state);
    this.#state = null;
  }

  #take(payload: Uint8Array, { start, end }: Span): number {
    const length = Math.min(end - start, PACKET_BYTES_MAX);
    for (let i = 0; i < length; i++) this.#bytes[i] = payload[start + i]!;
    return length;
  }
}

/** @param fmtp the far side's */
export function opusCodec(libopus: Libopus, fmtp: string): Codec {
  const parameters = readOpusFmtp(fmtp);
  // 12 kHz is none of ours: what is encoded at 16 of it is heard all the same.
  const sampleRateHz = (parameters.maxPlaybackRateHz === 12_000 ? 16_000 : parameters.maxPlaybackRateHz) as SampleRateHz;
  return {
    format: AUDIO_FORMATS.opus,
    sampleRateHz,
    // OPUS_GET_LOOKAHEAD for speech: 2.5 ms, and 4 to line up its two halves.
    delayMs: 6.5,
    // One frame a packet: 10, 20, 40 or 60 ms, as `ptimesMs` says.
    frameMs: (ptimeMs) => ptimeMs,
    unitsIn: opusUnits,
    pausesAfter: (_payload, { start, end }) => end - start <= DTX_BYTES_MAX,
    createEncoder: () => new OpusEncoder(libopus, sampleRateHz, parameters),
    createDecoder: () => new OpusDecoder(libopus, sampleRateHz),
  };
}

function created(state: OpusState): OpusState {
  if (state === null) throw new Error("libopus has no memory");
  return state;
}
