// The 80 bits of a frame (ITU-T G.729, Table 8), most significant bit first in the order of transmission.

export const FRAME_BYTES = 10;

/** Where each parameter stands in `Parameters`; the second subframe's stand `SECOND` further than the first's. */
export const L0 = 0;
export const L1 = 1;
export const L2 = 2;
export const L3 = 3;
export const P1 = 4;
export const P0 = 5;
export const C1 = 6;
export const S1 = 7;
export const GA1 = 8;
export const GB1 = 9;
export const P2 = 10;
export const C2 = 11;
export const S2 = 12;
export const GA2 = 13;
export const GB2 = 14;
export const PARAMETERS = 15;

const WIDTHS = [1, 7, 5, 5, 8, 1, 13, 4, 3, 4, 5, 13, 4, 3, 4] as const;

/** Takes the fifteen parameters of the frame at `bytes[start]` apart into `out`. */
export function readFrame(bytes: Uint8Array, start: number, out: Int32Array): void {
  let held = 0;
  let count = 0;
  let at = start;
  for (let i = 0; i < PARAMETERS; i++) {
    const width = WIDTHS[i]!;
    while (count < width) {
      held = ((held << 8) | bytes[at++]!) & 0xff_ffff;
      count += 8;
    }
    count -= width;
    out[i] = (held >> count) & ((1 << width) - 1);
  }
}

/** Puts the fifteen parameters into ten bytes at `bytes[start]`. */
export function writeFrame(parameters: Int32Array, bytes: Uint8Array, start: number): void {
  let held = 0;
  let count = 0;
  let at = start;
  for (let i = 0; i < PARAMETERS; i++) {
    const width = WIDTHS[i]!;
    held = ((held & 0xff) << width) | parameters[i]!;
    count += width;
    while (count >= 8) {
      count -= 8;
      bytes[at++] = held >> count;
    }
  }
}

/** P0: odd parity over the six upper bits of P1 (section 3.7.2). */
export function parity(delayCode: number): number {
  let bits = delayCode >> 2;
  bits ^= bits >> 4;
  bits ^= bits >> 2;
  return (bits ^ (bits >> 1) ^ 1) & 1;
}
