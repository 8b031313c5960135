// Levels of telephone sound. dBm0 is tied to samples by G.711 section 5: a sine that just fills A-law's range is +3.14 dBm0.

const FULL_SCALE_DBM0 = 3.14;
const FULL_SCALE_PEAK = 32_768;

/** Peak of a sine of `levelDbm0`, in 16-bit samples; 0 dBm0 is 22827. µ-law's range is 0.03 dB larger, which nobody hears. */
export const peakOfDbm0 = (levelDbm0: number): number => FULL_SCALE_PEAK * 10 ** ((levelDbm0 - FULL_SCALE_DBM0) / 20);

/** Level of a sine by its peak, in dBm0; -Infinity for silence. */
export const dbm0OfPeak = (peak: number): number => 20 * Math.log10(peak / FULL_SCALE_PEAK) + FULL_SCALE_DBM0;

/** To a 16-bit sample: what is too loud is cut, never wrapped. */
export const saturate = (value: number): number => (value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : Math.round(value));
