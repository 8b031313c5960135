// Where libbcg729's encoder departs from the Recommendation, so that all the rest of ours can be compared with it bit by bit. Each was
// found by calling its functions; docs/g729.md holds each against the text.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { EncoderRules } from "../../../media/codec/g729/encoder-rules.js";
import { ORDER, SUBFRAME } from "../../../media/codec/g729/sizes.js";
import { chebyshev, GRID_COSINES, narrow } from "../../../media/codec/g729/line-spectrum.js";
import { GAMMA_POWERS } from "../../../media/codec/g729/weighting.js";

/** Its arcsine, Q13 of 0 to 32767 in Q15, each of them asked for: up to 8 of 8192 from the arcsine. */
const ARCSINE = readArcsine(fileURLToPath(new URL("../../../../test/interop/g729/fixtures/arcsine.gz", import.meta.url)));
const QUARTER_TURN = 12_868;

/** Section 3.2.3: it takes the polynomial where the search of a zero began for its value at the grid's point before, and leaves out the rest of a zero's cell. */
function findRoots(sums: Int32Array, differences: Int32Array, out: Int16Array): boolean {
  let f = sums;
  let start = chebyshev(f, GRID_COSINES[0]!);
  let found = 0;
  for (let i = 1; i < GRID_COSINES.length && found < ORDER; i++) {
    const [xh, xl] = [GRID_COSINES[i - 1]!, GRID_COSINES[i]!];
    const yl = chebyshev(f, xl);
    if ((yl ^ start) >= 0) continue;
    const root = narrow(f, xh, start, xl);
    out[found++] = root;
    f = f === sums ? differences : sums;
    start = chebyshev(f, root);
  }
  return found === ORDER;
}

/** Section 3.2.4, before the predictors are compared: it moves the second of two neighbours from where the first has gone to, and its sums wrap at 16 bits. */
function separate(residue: Int32Array): void {
  for (let i = 1; i < ORDER; i++) if (i !== ORDER / 2) part(residue, i, 10);
  for (let i = 1; i < ORDER; i++) part(residue, i, 5);
}

function part(residue: Int32Array, i: number, distance: number): void {
  const [low, high] = [residue[i - 1]!, residue[i]!];
  if (high - low >= distance) return;
  residue[i - 1] = wrap16(low + high - distance + 1) >> 1;
  residue[i] = wrap16(residue[i - 1]! + high + distance + 1) >> 1;
}

function readArcsine(file: string): Int16Array {
  const bytes = gunzipSync(readFileSync(file));
  return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i));
}

const wrap16 = (value: number): number => (value << 16) >> 16;

export const LIBBCG729: EncoderRules = {
  findRoots,
  arccosine: (lsp) => QUARTER_TURN - Math.sign(lsp) * ARCSINE[Math.abs(lsp)]!,
  separate,
  /** Section A.3.4: the delay before is held against the middle one, not against the one after. */
  refine: (middle, next, before) => (before > middle ? -1 : next > middle ? 1 : 0),
  /** Section A.3.3: the first power of 0.75 has two digits the wrong way round, 24756 for 24576. */
  gammaPowers: GAMMA_POWERS.map((power, i) => (i === 0 ? 24_756 : power)),
  /** Section 3.8, equation 47: its upper bound is 1.2; 0.8 in its own decoder. */
  sharpening: (pitchGain) => Math.max(3277, Math.min(19_661, pitchGain)),
  /** Sections 3.8 and 3.9: it rounds both down, its own decoder to the nearest. */
  sharpen: (code, delay, gain) => {
    for (let i = delay; i < SUBFRAME; i++) code[i] = code[i]! + ((code[i - delay]! * gain) >> 14);
  },
  codeGain: (correction, predicted) => Math.min(32_767, Math.floor((correction * (predicted >> 12)) / 0x8000)),
};
