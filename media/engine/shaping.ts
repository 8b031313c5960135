// What a leg's far side says, made fit for others: brought to one level, its room kept out while it is silent, its keys taken
// out (by `inband-keys.ts`).
import { GainControl } from "../dsp/voice/gain-control.js";
import { NoiseGate } from "../dsp/voice/noise-gate.js";
import type { PcmFrame, Stage } from "../pipeline/stage.js";

/** Absent is off. */
export interface ShapeSettings {
  /** Soft voices louder, loud ones softer: to -18 dBm0, by 12 dB at most. */
  readonly gainControl?: boolean;
  /** 20 dB softer while nobody speaks. */
  readonly noiseGate?: boolean;
  /** Keys' tones are taken out, of its recording too; they are heard of as keys alone. What it says comes 60 ms later, behind G.729 80. */
  readonly removeKeys?: boolean;
}

const kept = (): void => undefined;

export class Shaping {
  readonly settings: ShapeSettings;
  readonly #stages: readonly Stage<PcmFrame, PcmFrame>[];

  constructor(settings: ShapeSettings) {
    this.settings = settings;
    // The gate first: what it lowers is no voice to be made louder.
    this.#stages = [...(settings.noiseGate === true ? [new NoiseGate()] : []), ...(settings.gainControl === true ? [new GainControl()] : [])];
  }

  /** Undefined where all is off. */
  static of(settings: ShapeSettings | undefined): Shaping | undefined {
    return settings?.gainControl === true || settings?.noiseGate === true || settings?.removeKeys === true ? new Shaping(settings) : undefined;
  }

  /** Changes 20 ms in place. */
  apply(frame: PcmFrame): void {
    for (const stage of this.#stages) stage.push(frame, kept);
  }
}
