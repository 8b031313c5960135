import type { PcmFrame, Stage } from "../pipeline/stage.js";
import { saturate } from "./level.js";

/** Louder or softer by `gainDb` (-40 .. +20); what is too loud is cut, never wrapped. */
export function createGain(gainDb: number): Stage<PcmFrame, PcmFrame> {
  const factor = 10 ** (gainDb / 20);
  return {
    name: "gain",
    push(frame, out) {
      const { samples } = frame;
      for (let i = 0; i < samples.length; i++) samples[i] = saturate(samples[i]! * factor);
      out(frame);
    },
    close() {
      // Holds nothing.
    },
  };
}
