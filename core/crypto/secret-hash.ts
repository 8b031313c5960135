// How a PIN is kept: `scrypt$n$r$p$salt$hash`, salt and hash in base64. A PIN has ten thousand values, so the store
// alone must not be enough to try them: HMAC-SHA-256 with a pepper, which is kept elsewhere, comes before scrypt.
import type { Crypto, ScryptCost } from "../../protocol/base/crypto.js";
import type { Random } from "../../protocol/base/random.js";

export interface SecretHashOptions {
  readonly crypto: Crypto;
  readonly random: Random;
  /** At least 16 bytes. */
  readonly pepper: Uint8Array;
  /** Of new hashes; old ones carry their own. n 16384, r 8, p 1 unless told: 16 MiB, tens of milliseconds. */
  readonly cost?: ScryptCost;
}

const COST: ScryptCost = { n: 16384, r: 8, p: 1 };
const SALT_BYTES = 16;
const PEPPER_BYTES_MIN = 16;
/** What a stored hash may ask for: 1 GiB would let a forged row stop the server. */
const N_MAX = 1 << 17;
const RP_MAX = 16;
const SECRET_CHARS_MAX = 256;

export class SecretHash {
  readonly #options: SecretHashOptions;
  readonly #cost: ScryptCost;

  constructor(options: SecretHashOptions) {
    if (options.pepper.length < PEPPER_BYTES_MIN) throw new RangeError(`a pepper has at least ${PEPPER_BYTES_MIN} bytes`);
    this.#options = options;
    this.#cost = options.cost ?? COST;
  }

  /** Throws RangeError for a secret longer than 256 characters. */
  async hash(secret: string): Promise<string> {
    if (secret.length > SECRET_CHARS_MAX) throw new RangeError(`a secret has at most ${SECRET_CHARS_MAX} characters`);
    const salt = this.#options.random.bytes(SALT_BYTES);
    const derived = await this.#derive(secret, salt, this.#cost);
    const { n, r, p } = this.#cost;
    return ["scrypt", n, r, p, toBase64(salt), toBase64(derived)].join("$");
  }

  /** Takes as long where `hash` is absent or malformed as for a wrong secret. */
  async verify(secret: string, hash: string | undefined): Promise<boolean> {
    const stored = parse(hash);
    const { salt, cost, expected } = stored ?? { salt: new Uint8Array(SALT_BYTES), cost: this.#cost, expected: new Uint8Array(0) };
    const derived = await this.#derive(secret.slice(0, SECRET_CHARS_MAX + 1), salt, cost);
    return this.#options.crypto.equal(derived, expected) && stored !== undefined && secret.length <= SECRET_CHARS_MAX;
  }

  #derive(secret: string, salt: Uint8Array, cost: ScryptCost): Promise<Uint8Array> {
    const peppered = this.#options.crypto.hmacSha256(this.#options.pepper, new TextEncoder().encode(secret));
    return this.#options.crypto.scrypt(peppered, salt, cost);
  }
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

function parse(hash: string | undefined): { readonly cost: ScryptCost; readonly salt: Uint8Array; readonly expected: Uint8Array } | undefined {
  const match = /^scrypt\$(\d{1,7})\$(\d{1,3})\$(\d{1,3})\$([A-Za-z0-9+/]{4,128}=*)\$([A-Za-z0-9+/]{43}=)$/.exec(hash ?? "");
  if (match === null) return undefined;
  const cost = { n: Number(match[1]), r: Number(match[2]), p: Number(match[3]) };
  const powerOfTwo = cost.n > 1 && (cost.n & (cost.n - 1)) === 0;
  if (!powerOfTwo || cost.n > N_MAX || cost.r < 1 || cost.r > RP_MAX || cost.p < 1 || cost.p > RP_MAX) return undefined;
  return { cost, salt: Buffer.from(match[4]!, "base64"), expected: Buffer.from(match[5]!, "base64") };
}
