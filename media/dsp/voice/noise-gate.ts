// Keeps a silent member's room out of a conference: while nobody speaks, the sound is lowered.
import type { PcmFrame, Stage } from "../../pipeline/stage.js";
import { VoiceDetector } from "./voice-detector.js";

export interface NoiseGateOptions {
  /** By how much it is lowered; 20 dB unless told. Not to silence: a dead line makes people ask whether one is there. */
  readonly depthDb?: number;
  /** How long it stays open past the last word; 300 ms unless told. */
  readonly holdMs?: number;
}

const FRAME_MS = 20;
/** Opens within a frame, so that no word loses its beginning; closes over so many. */
const CLOSE_FRAMES = 10;

export class NoiseGate implements Stage<PcmFrame, PcmFrame> {
  readonly name = "noise-gate";
  readonly #depth: number;
  readonly #holdFrames: number;
  readonly #voice = new VoiceDetector();
  #held = 0;
  #gain = 1;

  constructor({ depthDb = 20, holdMs = 300 }: NoiseGateOptions = {}) {
    this.#depth = 10 ** (-depthDb / 20);
    this.#holdFrames = Math.ceil(holdMs / FRAME_MS);
  }

  push(frame: PcmFrame, out: (frame: PcmFrame) => void): void {
    if (this.#voice.push(frame.samples)) this.#held = this.#holdFrames;
    else if (this.#held > 0) this.#held -= 1;
    const from = this.#gain;
    const to = this.#held > 0 ? 1 : Math.max(this.#depth, from * this.#depth ** (1 / CLOSE_FRAMES));
    this.#gain = to;
    const { samples } = frame;
    if (from !== 1 || to !== 1) for (let i = 0; i < samples.length; i++) samples[i] = Math.round(samples[i]! * (from + ((to - from) * i) / samples.length));
    out(frame);
  }

  close(): void {
    // Holds nothing.
  }
}
