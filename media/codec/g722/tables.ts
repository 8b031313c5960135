// Constants of ITU-T Recommendation G.722 (09/2012) at 64 kbit/s, by the names of its tables.

/** Table 11: coefficients of the transmit and receive quadrature mirror filters, h0 .. h22 by twos; the rest is their mirror. */
export const QMF = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11] as const;

/** Table 14, Q6: decision levels of the 6-bit quantizer; index 1-29 is a level. */
export const Q6 = Int32Array.of(0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919);
/** Table 14: code words by interval, for a negative (ILN) and a positive difference (ILP). */
export const ILN = Uint8Array.of(0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4);
export const ILP = Uint8Array.of(0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32);

/** Table 14: output of the inverse quantizers with 6, 4 and 2 bits. */
export const QM6 = Int32Array.of(
  -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
  -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
  24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
  4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
); // prettier-ignore
export const QM4 = Int32Array.of(0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0);
export const QM2 = Int32Array.of(-7408, -1616, 7408, 1616);

/** Tables 15 and 16: logarithmic scale factor adaptation, already indexed by the code word (RL42 and RH2 applied). */
const WL = [-60, -30, 58, 172, 334, 538, 1198, 3042];
const RL42 = [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0];
export const WL_OF_CODE = Int32Array.from(RL42, (index) => WL[index]!);
const WH = [0, -214, 798];
const RH2 = [2, 1, 2, 1];
export const WH_OF_CODE = Int32Array.from(RH2, (index) => WH[index]!);

/** Table 15, ILB: the antilogarithm's mantissas, 2048 * 2^(i/32). */
export const ILB = Int32Array.from({ length: 32 }, (_, i) => Math.round(2048 * 2 ** (i / 32)));
