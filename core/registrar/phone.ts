// The desk phones that may register, with the secrets that digest needs and nothing more.
import type { Crypto, DigestAlgorithm } from "../../protocol/base/crypto.js";
import { digestHa1 } from "../../protocol/sip/auth/digest.js";

export interface PhoneDefinition {
  /** The number that others dial and the user that the phone registers as. */
  readonly extension: string;
  readonly password: string;
  readonly displayName?: string;
  /** RTP is expected from where the phone's SIP came from instead of its SDP's address; true unless told. */
  readonly nat?: boolean;
}

/** A phone as kept in memory: H(user:realm:password) per algorithm (RFC 7616 section 3.4.2), the password is forgotten. */
export interface Phone {
  readonly extension: string;
  readonly displayName?: string;
  readonly nat: boolean;
  /** Lower-case hex. */
  readonly ha1: { readonly [A in DigestAlgorithm]: string };
}

export type PhoneErrorCode =
  /** Two phones bear one extension. */
  "PHONE_EXTENSION_TAKEN";

export class PhoneError extends Error {
  override readonly name = "PhoneError";
  constructor(
    readonly code: PhoneErrorCode,
    message: string,
    readonly context: Readonly<Record<string, string | number>>,
  ) {
    super(message);
  }
}

export interface PhoneMaker {
  readonly crypto: Crypto;
  readonly realm: string;
}

/** The password goes no further. */
export function makePhone({ crypto, realm }: PhoneMaker, { extension, password, displayName, nat }: PhoneDefinition): Phone {
  const who = { username: extension, realm, password };
  const ha1 = { md5: digestHa1(crypto, "md5", who), sha256: digestHa1(crypto, "sha256", who) };
  return { extension, nat: nat ?? true, ha1, ...(displayName === undefined ? {} : { displayName }) };
}

export class Phones {
  readonly #byExtension = new Map<string, Phone>();

  /** Throws PhoneError "PHONE_EXTENSION_TAKEN". */
  constructor(options: PhoneMaker & { readonly definitions: readonly PhoneDefinition[] }) {
    for (const definition of options.definitions) {
      const { extension } = definition;
      if (this.#byExtension.has(extension)) throw new PhoneError("PHONE_EXTENSION_TAKEN", "two phones have the same extension", { extension });
      this.put(makePhone(options, definition));
    }
  }

  get(extension: string): Phone | undefined {
    return this.#byExtension.get(extension);
  }

  /** As `Authenticator` asks. */
  ha1(extension: string, algorithm: DigestAlgorithm): string | undefined {
    return this.#byExtension.get(extension)?.ha1[algorithm];
  }

  list(): readonly Phone[] {
    return [...this.#byExtension.values()];
  }

  /** In the place of the one with its extension: it counts from its next request on. */
  put(phone: Phone): void {
    this.#byExtension.set(phone.extension, phone);
  }

  remove(extension: string): void {
    this.#byExtension.delete(extension);
  }
}
