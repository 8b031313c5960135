export type DigestAlgorithm = "md5" | "sha256";

/** Cost of one scrypt derivation (RFC 7914 section 2): `n` is a power of two, memory is 128 * n * r bytes. */
export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** Ciphers and digests as an input, so that protocol code needs no platform. */
export interface Crypto {
  digest(algorithm: DigestAlgorithm, data: Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** Compares in a time that depends on the lengths only. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  /** RFC 7914; 32 bytes. Takes tens of milliseconds off the calling thread in production. */
  scrypt(secret: Uint8Array, salt: Uint8Array, cost: ScryptCost): Promise<Uint8Array>;
}
