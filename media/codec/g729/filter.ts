// The filters of tenth order, A(z) and 1/A(z), over a subframe.
import { saturate16 } from "./fixed-point.js";
import * as sizes from "./sizes.js";

const { SUBFRAME } = sizes;

/**
 * 1/A(z): `y[yAt..+40)` of `x[xAt..+40)`, `y` holding the ten samples before. Coefficients a1 to a10 (Q12) at `a[aAt]`.
 */
export function synthesise(a: Int16Array, aAt: number, io: FilterRun): void {
  const { x, xAt, y, yAt } = io;
  const a1 = a[aAt]!, a2 = a[aAt + 1]!, a3 = a[aAt + 2]!, a4 = a[aAt + 3]!, a5 = a[aAt + 4]!;
  const a6 = a[aAt + 5]!, a7 = a[aAt + 6]!, a8 = a[aAt + 7]!, a9 = a[aAt + 8]!, a10 = a[aAt + 9]!;
  let y1 = y[yAt - 1]!, y2 = y[yAt - 2]!, y3 = y[yAt - 3]!, y4 = y[yAt - 4]!, y5 = y[yAt - 5]!;
  let y6 = y[yAt - 6]!, y7 = y[yAt - 7]!, y8 = y[yAt - 8]!, y9 = y[yAt - 9]!, y10 = y[yAt - 10]!;
  for (let n = 0; n < SUBFRAME; n++) {
    // The last sample comes in last: it is what the next one waits for.
    const far = Math.imul(a6, y6) + Math.imul(a7, y7) + Math.imul(a8, y8) + Math.imul(a9, y9) + Math.imul(a10, y10);
    const near = Math.imul(a2, y2) + Math.imul(a3, y3) + Math.imul(a4, y4) + Math.imul(a5, y5);
    const sum = ((x[xAt + n]! << 12) + 0x800 - far - near - Math.imul(a1, y1)) | 0;
    y10 = y9;
    y9 = y8;
    y8 = y7;
    y7 = y6;
    y6 = y5;
    y5 = y4;
    y4 = y3;
    y3 = y2;
    y2 = y1;
    y1 = saturate16(sum >> 12);
    y[yAt + n] = y1;
  }
}

export interface FilterRun {
  readonly x: Int16Array;
  readonly xAt: number;
  readonly y: Int16Array;
  readonly yAt: number;
}
