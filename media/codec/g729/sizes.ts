// Sizes that all of the codec shares, in samples where nothing else is said.
//
// What computes takes them, and its tables, into constants of its own: `import * as sizes`, `const { SUBFRAME } = sizes`. To V8 what is
// imported is a variable; with a length that is known when it compiles a loop needs no check of its indices (docs/g729.md).

export const FRAME = 80;
export const SUBFRAME = 40;
/** Of linear prediction. */
export const ORDER = 10;
/** What one linear prediction sees: 120 samples of the past, the frame's 80, and 40 of the next one. */
export const ANALYSED = 240;
/** The pitch's. */
export const SHORTEST_DELAY = 20;
export const LONGEST_DELAY = 143;
