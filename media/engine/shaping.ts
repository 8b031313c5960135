// What a leg's far side says, made fit for others: brought to one level, its room kept out while it is silent.
import { GainControl } from "../dsp/voice/gain-control.js";
import { NoiseGate } from "../dsp/voice/noise-gate.js";
import type { PcmFrame, Stage } from "../pipeline/stage.js";

/** Absent is off. */
export interface ShapeSettings {
  /** Soft voices louder, loud ones softer: to -18 dBm0, by 12 dB at most. */
  readonly gainControl?: boolean;
  /** 20 dB softer while nobody speaks. */
  readonly noiseGate?: boolean;
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
    return settings?.gainControl === true || settings?.noiseGate === true ? new Shaping(settings) : undefined;
  }

  /** Changes 20 ms in place. */
  apply(frame: PcmFrame): void {
    for (const stage of this.#stages) stage.push(frame, kept);
  }
}
