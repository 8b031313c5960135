/** Mono sound as 16-bit linear samples. Whoever receives it may change `samples` but not keep them past its return. */
export interface PcmFrame {
  readonly samples: Int16Array;
  readonly rateHz: number;
  /** Time of the first sample in RTP clock units, uint32. */
  rtpTime: number;
}

/**
 * One step of a media pipeline, bound when the pipeline is built: what is switched off is not in the chain.
 * `push` runs once per 20 ms frame and must not await, throw, log or allocate; `out` may be called 0 to n times within it.
 */
export interface Stage<In, Out> {
  readonly name: string;
  push(frame: In, out: (frame: Out) => void): void;
  close(): void;
}
