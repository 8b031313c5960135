// Nonces that carry their own proof, so that a challenge costs the server no memory (RFC 7616 section 3.3):
// 6 bytes of time, 8 of randomness, 16 of HMAC over both, in hex.
import type { Crypto } from "../../base/crypto.js";
import type { Random } from "../../base/random.js";

const TIME_BYTES = 6;
const RANDOM_BYTES = 8;
const MAC_BYTES = 16;
const BODY_BYTES = TIME_BYTES + RANDOM_BYTES;
const NONCE = /^[0-9a-f]{60}$/;

export class NonceMint {
  readonly #crypto: Crypto;
  readonly #random: Random;
  readonly #secret: Uint8Array;

  /** @param options.secret at least 16 bytes; whoever has it can make nonces. */
  constructor(options: { readonly crypto: Crypto; readonly random: Random; readonly secret: Uint8Array }) {
    this.#crypto = options.crypto;
    this.#random = options.random;
    this.#secret = options.secret;
  }

  /** @param issuedMs milliseconds since 1970, below 2^48. */
  issue(issuedMs: number): string {
    const body = new Uint8Array(BODY_BYTES);
    let rest = Math.floor(issuedMs);
    for (let i = TIME_BYTES - 1; i >= 0; i--) {
      body[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    body.set(this.#random.bytes(RANDOM_BYTES), TIME_BYTES);
    return toHex(body) + toHex(this.#mac(body));
  }

  /** When a nonce of ours was issued; undefined for one that is not ours. */
  issuedMs(nonce: string): number | undefined {
    if (!NONCE.test(nonce)) return undefined;
    const bytes = fromHex(nonce);
    const body = bytes.subarray(0, BODY_BYTES);
    if (!this.#crypto.equal(bytes.subarray(BODY_BYTES), this.#mac(body))) return undefined;
    let issuedMs = 0;
    for (let i = 0; i < TIME_BYTES; i++) issuedMs = issuedMs * 256 + body[i]!;
    return issuedMs;
  }

  #mac(body: Uint8Array): Uint8Array {
    return this.#crypto.hmacSha256(this.#secret, body).subarray(0, MAC_BYTES);
  }
}

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (hex: string): Uint8Array => Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(i * 2, i * 2 + 2), 16));
