// Serial number arithmetic (RFC 1982) for the two counters of RTP that wrap.

/** How far `a` is ahead of `b`, both uint16: -32768 .. 32767. */
export const seqDiff16 = (a: number, b: number): number => ((a - b) << 16) >> 16;

/** How far `a` is ahead of `b`, both uint32: -2^31 .. 2^31 - 1. */
export const tsDiff32 = (a: number, b: number): number => (a - b) | 0;

export const seqAdd16 = (a: number, n: number): number => (a + n) & 0xffff;
export const tsAdd32 = (a: number, n: number): number => (a + n) >>> 0;
