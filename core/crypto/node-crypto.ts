// The platform's ciphers behind protocol/base/crypto.ts.
import { createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import type { Crypto, DigestAlgorithm, ScryptCost } from "../../protocol/base/crypto.js";
import type { Random } from "../../protocol/base/random.js";

export const SCRYPT_BYTES = 32;
/** Room above the 128 * n * r bytes that a derivation needs (RFC 7914 section 5), which Node counts too. */
const MEMORY_SLACK_BYTES = 1 << 20;

export const scryptMemoryBytes = (cost: ScryptCost): number => 128 * cost.r * (cost.n + cost.p) + MEMORY_SLACK_BYTES;

export class NodeCrypto implements Crypto {
  digest(algorithm: DigestAlgorithm, data: Uint8Array): Uint8Array {
    return createHash(algorithm).update(data).digest();
  }

  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array {
    return createHmac("sha256", key).update(data).digest();
  }

  equal(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && timingSafeEqual(a, b);
  }

  /** On libuv's pool, not on the calling thread. */
  scrypt(secret: Uint8Array, salt: Uint8Array, cost: ScryptCost): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      scrypt(secret, salt, SCRYPT_BYTES, { N: cost.n, r: cost.r, p: cost.p, maxmem: scryptMemoryBytes(cost) }, (error, derived) => {
        if (error) reject(error);
        else resolve(derived);
      });
    });
  }
}

/** The system's generator. */
export const systemRandom: Random = { bytes: (count) => randomBytes(count) };
