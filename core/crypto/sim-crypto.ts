import { scryptSync } from "node:crypto";
import type { ScryptCost } from "../../protocol/base/crypto.js";
import { NodeCrypto, SCRYPT_BYTES, scryptMemoryBytes } from "./node-crypto.js";

/** n of every derivation here, whatever was asked for: a simulated year has many calls. */
const N_MAX = 2;

/** For simulations: the same digests, and a scrypt that is done in the calling thread, cheaply, by the next microtask. */
export class SimCrypto extends NodeCrypto {
  override scrypt(secret: Uint8Array, salt: Uint8Array, cost: ScryptCost): Promise<Uint8Array> {
    const cheap = { n: Math.min(N_MAX, cost.n), r: 1, p: 1 };
    return Promise.resolve(scryptSync(secret, salt, SCRYPT_BYTES, { N: cheap.n, r: cheap.r, p: cheap.p, maxmem: scryptMemoryBytes(cheap) }));
  }
}
