// A name and a password at somebody else's registrar or proxy. The password can be digested and nothing else: no log,
// journal or error that shows the object shows it.
import type { Crypto, DigestAlgorithm } from "../../base/crypto.js";
import type { Random } from "../../base/random.js";
import { digestHa1 } from "./digest.js";

export interface DigestAccountOptions {
  readonly username: string;
  readonly password: string;
  /** Challenges of other realms are not answered; any unless told. */
  readonly realm?: string | undefined;
  readonly crypto: Crypto;
  /** For cnonces. */
  readonly random: Random;
}

export class DigestAccount {
  readonly username: string;
  readonly #options: DigestAccountOptions;

  constructor(options: DigestAccountOptions) {
    this.username = options.username;
    this.#options = options;
  }

  get crypto(): Crypto {
    return this.#options.crypto;
  }

  get random(): Random {
    return this.#options.random;
  }

  isFor(realm: string): boolean {
    return this.#options.realm === undefined || this.#options.realm === realm;
  }

  ha1(algorithm: DigestAlgorithm, realm: string): string {
    return digestHa1(this.#options.crypto, algorithm, { username: this.username, realm, password: this.#options.password });
  }
}
