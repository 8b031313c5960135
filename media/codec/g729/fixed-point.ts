// 16- and 32-bit arithmetic of the codec. Sums stay within int32 where the names do not say otherwise.

export const saturate16 = (value: number): number => (value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value);

/** a * b / 2^15, rounded half up; `a` int32, `b` int16. */
export const mulRound15 = (a: number, b: number): number => (Math.imul(a >> 15, b) + ((Math.imul(a & 0x7fff, b) + 0x4000) >> 15)) | 0;

/** a * b / 2^14, rounded half up; `a` int32, `b` int16. */
export const mulRound14 = (a: number, b: number): number => (Math.imul(a >> 14, b) + ((Math.imul(a & 0x3fff, b) + 0x2000) >> 14)) | 0;

/** a * b / 2^15, rounded down; `a` int32, `b` int16. */
export const mul15 = (a: number, b: number): number => (Math.imul(a >> 15, b) + (Math.imul(a & 0x7fff, b) >> 15)) | 0;

/**
 * Base-2 logarithm in Q16 of a positive integer below 2^31: the third-order Taylor polynomial around 3/4 of the mantissa
 * in [1/2, 1).
 */
export function log2(value: number): number {
  const bits = 32 - Math.clz32(value);
  const mantissa = bits > 15 ? value >> (bits - 15) : value << (15 - bits);
  return (bits << 16) - 200_539 + mul15(378_194 + mul15(-252_129 + mul15(74_705, mantissa), mantissa), mantissa);
}

/**
 * 2 to the power of `exponent` (Q11, 0 to below 15) in Q16: a third-order polynomial in its fraction, exact at both ends. Its
 * four coefficients are those of Speex's fixed-point approximations, found again by measurement: all 2048 values are libbcg729's.
 */
export function exp2(exponent: number): number {
  const fraction = (exponent & 0x7ff) << 3;
  const mantissa = 16_384 + ((fraction * (11_356 + ((fraction * (3726 + ((1301 * fraction) >> 14))) >> 14))) >> 14);
  const shift = (exponent >> 11) + 2;
  return shift >= 0 ? mantissa << shift : mantissa >> -shift;
}

/** Square root in Q7 of a positive integer: a third-order polynomial of the mantissa in [1/4, 1), its coefficients of the same origin. */
export function squareRoot(value: number): number {
  const half = ((31 - Math.clz32(value)) >> 1) - 6;
  const x = half >= 0 ? value >> (2 * half) : value << (-2 * half);
  const root = 3634 + ((x * (21_173 + ((x * (-12_627 + ((x * 4204) >> 14))) >> 14))) >> 14);
  return half >= 0 ? root << half : root >> -half;
}

/** a * b / 2^31, rounded down, both int32. */
export const mulHigh31 = (a: number, b: number): number => Math.floor(((a >> 16) * b + Math.floor(((a & 0xffff) * b) / 0x1_0000)) / 0x8000);
