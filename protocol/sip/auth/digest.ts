// The digest computation of RFC 7616 section 3.4.1 for qop=auth, as RFC 8760 uses it in SIP.
import type { Crypto, DigestAlgorithm } from "../../base/crypto.js";

/** Names on the wire; SHA-256 first, which RFC 8760 section 2.4 wants offered on top. */
export const DIGEST_NAMES: readonly (readonly [algorithm: DigestAlgorithm, name: string])[] = [
  ["sha256", "SHA-256"],
  ["md5", "MD5"],
];

/** Undefined for what we don't offer (SHA-512-256, -sess). */
export const digestAlgorithm = (name: string): DigestAlgorithm | undefined => DIGEST_NAMES.find(([, known]) => known === name.toUpperCase())?.[0];

const encoder = new TextEncoder();

/** Lower-case hex. */
export function hexDigest(crypto: Crypto, algorithm: DigestAlgorithm, text: string): string {
  let hex = "";
  for (const byte of crypto.digest(algorithm, encoder.encode(text))) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

/** What a store keeps instead of the password: H(username:realm:password). */
export const digestHa1 = (crypto: Crypto, algorithm: DigestAlgorithm, who: { readonly username: string; readonly realm: string; readonly password: string }): string =>
  hexDigest(crypto, algorithm, `${who.username}:${who.realm}:${who.password}`);

/** RFC 7616 section 3.4.2, the algorithms that end in `-sess`: good for one nonce and the cnonce of its first use. */
export const sessionHa1 = (crypto: Crypto, algorithm: DigestAlgorithm, session: { readonly ha1: string; readonly nonce: string; readonly cnonce: string }): string =>
  hexDigest(crypto, algorithm, `${session.ha1}:${session.nonce}:${session.cnonce}`);

export interface DigestInput {
  readonly ha1: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  /** Eight hex digits. */
  readonly nc: string;
  readonly cnonce: string;
}

/** The `response` parameter: KD(HA1, nonce:nc:cnonce:auth:H(method:uri)), lower-case hex. */
export const digestResponse = (crypto: Crypto, algorithm: DigestAlgorithm, input: DigestInput): string =>
  hexDigest(crypto, algorithm, `${input.ha1}:${input.nonce}:${input.nc}:${input.cnonce}:auth:${hexDigest(crypto, algorithm, `${input.method}:${input.uri}`)}`);

/** As `digestResponse` for a challenge without qop (RFC 2069, which RFC 3261 section 22.4 still allows): KD(HA1, nonce:H(method:uri)). */
export const plainDigestResponse = (crypto: Crypto, algorithm: DigestAlgorithm, input: Pick<DigestInput, "ha1" | "method" | "uri" | "nonce">): string =>
  hexDigest(crypto, algorithm, `${input.ha1}:${input.nonce}:${hexDigest(crypto, algorithm, `${input.method}:${input.uri}`)}`);
