// Numeric constants of ITU-T Recommendation G.729 (06/2012) Annex B, carried over value by value: section B.4.2.

/** Level of the excitation by its five-bit code: root mean square, Q3, in steps of 2 dB (4 dB at the lower end). */
export const NOISE_GAIN = Int16Array.of(
  2, 5, 8, 13, 20, 32, 50, 64, 80, 101, 127, 160, 201, 253, 318, 401, 505, 635, 800, 1007, 1268, 1596, 2010, 2530, 3185, 4009, 5048, 6355, 8000,
  10071, 12679, 15962,
);

/** The 32 of the first stage's vectors that comfort noise uses. */
export const NOISE_STAGE_1 = Int16Array.of(
  96, 52, 20, 54, 86, 114, 82, 68, 36, 121, 48, 92, 18, 120, 94, 124, 50, 125, 4, 100, 28, 76, 12, 117, 81, 22, 90, 116, 127, 21, 108, 66,
);

/** The 16 of the second stage's for the lower five frequencies, then those for the upper five. */
export const NOISE_STAGE_2 = Int16Array.of(
  31, 21, 9, 3, 10, 2, 19, 26, 4, 3, 11, 29, 15, 27, 21, 12, 16, 1, 0, 0, 8, 25, 22, 20, 19, 23, 20, 31, 4, 31, 20, 31,
);

/** One less the sum of each noise predictor's coefficients, Q15. */
export const NOISE_PREDICTOR_REST = Int16Array.of(
  7798, 8447, 8205, 8293, 8126, 8477, 8447, 8703, 9043, 8604, 10514, 12402, 12833, 11914, 11447, 11670, 11132, 11311, 11844, 11447,
);
