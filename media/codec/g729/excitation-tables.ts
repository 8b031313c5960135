// Numeric constants of ITU-T Recommendation G.729 (06/2012), carried over value by value: sections 3.7.1, 3.8 and 3.9.

/** b30, the interpolation of the past excitation in thirds of a sample, Q15. */
export const PITCH_FILTER = Int16Array.of(
  29443, 25207, 14701, 3143, -4402, -5850, -2783, 1211, 3130, 2259, 0, -1652, -1666, -464, 756, 1099, 550, -245, -634, -451, 0, 308, 296, 78, -120,
  -165, -79, 34, 91, 70, 0,
);

/** Gain codebooks GA and GB in the order of their transmitted codes: pitch gain Q14. The smallest, 0.00001, is 0 here. */
export const PITCH_GAIN_A = Int16Array.of(3242, 1551, 2678, 1921, 1831, 0, 356, 57);
export const PITCH_GAIN_B = Int16Array.of(5142, 17299, 6160, 16112, 826, 18973, 1994, 15434, 10573, 15132, 11569, 14194, 8091, 15161, 9120, 13260);
/** The same codebooks' correction of the fixed gain, Q12: the Recommendation's Q13 values halved, 2395 downwards, the rest upwards. */
export const CODE_GAIN_A = Int16Array.of(4975, 1213, 13581, 4646, 2511, 758, 7378, 2702);
export const CODE_GAIN_B = Int16Array.of(296, 931, 1197, 1696, 1003, 2968, 0, 119, 1483, 2457, 598, 815, 2431, 7138, 263, 1628);
