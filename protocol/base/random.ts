/** Randomness as an input: the system's generator in production, a seeded one in a simulation. */
export interface Random {
  /** `count` bytes fit for tags, nonces and keys. */
  bytes(count: number): Uint8Array;
}

const TOKEN_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** A token of `length` characters out of 32 (5 bits each), valid in every SIP and SDP grammar. */
export function randomToken(random: Random, length: number): string {
  let token = "";
  for (const byte of random.bytes(length)) token += TOKEN_ALPHABET[byte & 31];
  return token;
}

/** An unsigned 32-bit number: an SSRC, a first RTP timestamp. */
export function randomUint32(random: Random): number {
  const b = random.bytes(4);
  return ((b[0]! << 24) | (b[1]! << 16) | (b[2]! << 8) | b[3]!) >>> 0;
}

/** A whole number in 0 .. `bound` - 1; `bound` at most 2^24, so that the bias stays below 2^-8 of a step. */
export function randomBelow(random: Random, bound: number): number {
  return randomUint32(random) % bound;
}
