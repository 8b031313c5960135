// What every codec is to the media plane: its name in SDP, how its packets count in time, and the two halves that do the work.
import type { AudioFormat } from "../../protocol/sdp/audio-format.js";
import type { SampleRateHz } from "../dsp/resampler/resampler.js";

/** Bytes `[start, end)` of a packet. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Codec {
  readonly format: AudioFormat;
  /** Of the samples that its encoder takes and its decoder gives; not the RTP clock's. */
  readonly sampleRateHz: SampleRateHz;
  /**
   * The sound that one call of `encode` takes, ms, where packets are `ptimeMs` long: a packet is one or several of them.
   */
  frameMs(ptimeMs: number): number;
  /** So much later its decoder says what its encoder took, ms; default 0. */
  readonly delayMs?: number;
  /** Where every frame of sound has the same length: a shorter one is comfort noise and ends its packet (RFC 3551 section 4.5.6). */
  readonly frameBytes?: number;
  /** RTP clock units of sound in a payload; 0 where it is none of this codec's. */
  unitsIn(payload: Uint8Array, span: Span): number;
  /** Whether a pause begins or goes on after this payload: what does not come then, was not sent. Absent where the codec has none. */
  pausesAfter?(payload: Uint8Array, span: Span): boolean;
  /** @param pauses whether what is no speech need not be sent, where the codec and the far side's parameters have a way to say so; default false */
  createEncoder(pauses?: boolean): Encoder;
  createDecoder(): Decoder;
}

export interface Encoder {
  /**
   * Encodes one frame (see `frameMs`) into `out` from `at` and returns the end: `at` itself where the codec says nothing in
   * a pause (DTX). Never allocates; whoever calls leaves room for the samples as they are, two bytes each.
   */
  encode(samples: Int16Array, out: Uint8Array, at: number): number;
  /** So much of what we send is lost, 0..1, as the far side's RTCP says: a codec that can, sends less or repeats itself. */
  adapt?(loss: number): void;
  reset(): void;
  /** Gives back what is not the garbage collector's. Not to be used again. */
  close?(): void;
}

export interface Decoder {
  /** Decodes a packet's payload into `out`; returns the number of samples, never more than fit. Never allocates. */
  decode(payload: Uint8Array, span: Span, out: Int16Array): number;
  /** Fills `out` with what stands in for sound that did not come: 10 ms or a multiple of it. */
  conceal(out: Int16Array): void;
  /** As `conceal`, for the sound just before a packet that did come and tells of it (forward error correction). */
  recover?(next: Uint8Array, span: Span, out: Int16Array): void;
  reset(): void;
  close?(): void;
}
