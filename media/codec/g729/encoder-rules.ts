// Where the encoder follows the Recommendation's text and another implementation may not: what a comparison bit by bit puts its own in place of.
import { codeGain, sharpen, sharpening } from "./excitation.js";
import { separate, type Separation } from "./lsf-quantizer.js";
import { findRoots, type RootSearch } from "./line-spectrum.js";
import { refine, type Refinement } from "./open-loop-pitch.js";
import { GAMMA_POWERS } from "./weighting.js";

export interface EncoderRules {
  readonly findRoots: RootSearch;
  /** Line spectral pairs (Q15) to frequencies (Q13). */
  readonly arccosine: (lsp: number) => number;
  readonly separate: Separation;
  readonly refine: Refinement;
  readonly gammaPowers: Int16Array;
  /** Gain (Q14) by which the pulses are sharpened, of the last subframe's pitch gain. */
  readonly sharpening: (pitchGain: number) => number;
  /** Adds the pulses' echo (Q13) at the delay, as the decoder will. */
  readonly sharpen: (code: Int16Array, delay: number, gain: number) => void;
  /** The fixed codebook's gain (Q1) of its correction (Q12) and what was expected (Q16), as the decoder will. */
  readonly codeGain: (correction: number, predicted: number) => number;
}

export const RECOMMENDED: EncoderRules = { findRoots, arccosine: (lsp) => Math.round(Math.acos(lsp / 32_768) * 8192), separate, refine, gammaPowers: GAMMA_POWERS, sharpening, sharpen, codeGain };
