// A secret that must be read again, as a carrier's password must: encrypted with the key that is kept outside the store.
import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";
import type { Random } from "../../protocol/base/random.js";

const CIPHER = "aes-256-gcm";
const [NONCE_BYTES, TAG_BYTES] = [12, 16];

export class SecretSeal {
  readonly #random: Random;
  readonly #key: Uint8Array;

  /** @param pepper kept outside the store */
  constructor({ random, pepper }: { readonly random: Random; readonly pepper: Uint8Array }) {
    this.#random = random;
    // Not the pepper itself: what hashes PINs encrypts nothing.
    this.#key = createHmac("sha256", pepper).update("sealed secrets").digest();
  }

  /** Nonce, text and tag in base64. */
  seal(secret: string): string {
    const nonce = this.#random.bytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce);
    return Buffer.concat([nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]).toString("base64");
  }

  /** Undefined where it was sealed with another key, or changed. */
  open(sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, "base64");
    const cut = bytes.length - TAG_BYTES;
    if (cut < NONCE_BYTES) return undefined;
    const cipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES }).setAuthTag(bytes.subarray(cut));
    try {
      return Buffer.concat([cipher.update(bytes.subarray(NONCE_BYTES, cut)), cipher.final()]).toString("utf8");
    } catch {
      // The tag does not fit: nothing else is thrown for a key and nonce of these lengths.
      return undefined;
    }
  }
}
