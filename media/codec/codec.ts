/** A sound codec by its RTP identity (RFC 3551 section 6, or its own payload format). */
export interface Codec {
  /** Encoding name as SDP's rtpmap gives it. */
  readonly name: string;
  /** Static payload type, or undefined where it is agreed by SDP. */
  readonly payloadType: number | undefined;
  /** RTP timestamp units a second; for G.722 not the sample rate. */
  readonly clockRateHz: number;
  readonly sampleRateHz: number;
  createEncoder(): Encoder;
  createDecoder(): Decoder;
}

export interface Encoder {
  /** Encodes `samples` into `out` from `at`; returns the end. Never allocates. */
  encode(samples: Int16Array, out: Uint8Array, at: number): number;
  reset(): void;
}

export interface Decoder {
  /** Decodes `payload[start..end)` into `out`; returns the number of samples. Never allocates. */
  decode(payload: Uint8Array, span: { readonly start: number; readonly end: number }, out: Int16Array): number;
  /** Fills `out` with what stands in for a frame that did not come. */
  conceal(out: Int16Array): void;
  reset(): void;
}
