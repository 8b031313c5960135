// Digest as server: RFC 3261 section 22, RFC 7616, RFC 8760. Says the same, after the same work, for a wrong password
// as for an unknown user.
import type { Clock } from "../../base/clock.js";
import type { Crypto, DigestAlgorithm } from "../../base/crypto.js";
import type { Random } from "../../base/random.js";
import type { SipRequest } from "../message/message.js";
import { parseUri, type SipUri } from "../message/uri.js";
import { readCredentials, type Credentials } from "./credentials.js";
import { DIGEST_NAMES, digestAlgorithm, digestResponse, hexDigest } from "./digest.js";
import { NonceCounts } from "./nonce-counts.js";
import { NonceMint } from "./nonce.js";

/** H(username:realm:password) as lower-case hex; undefined where there is no such user. */
export type Ha1Lookup = (username: string, algorithm: DigestAlgorithm) => string | undefined;

export interface AuthenticatorOptions {
  readonly realm: string;
  /** At least 16 bytes, new at each start or kept: nonces of another secret are stale. */
  readonly secret: Uint8Array;
  readonly lookup: Ha1Lookup;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly clock: Clock;
  /** What a challenge offers, best first, and all that is taken; default both, SHA-256 first (RFC 8760 section 2.4). */
  readonly algorithms?: readonly DigestAlgorithm[];
  /** How long a nonce serves; default 300 000. */
  readonly nonceLifeMs?: number;
  /** Nonces whose count is remembered; default 10 000. */
  readonly noncesMax?: number;
}

/** `absent`: nothing was tried; `stale`: right but for the nonce; `wrong`: counts as a failed attempt; `malformed`: unreadable. */
export type AuthFailure = "absent" | "stale" | "wrong" | "malformed";

export type AuthVerdict =
  | { readonly kind: "ok"; readonly username: string }
  /** `challenges` go into a 401 as WWW-Authenticate, in order. `username` is what was claimed, for counting and locking. */
  | { readonly kind: "challenge"; readonly why: AuthFailure; readonly challenges: readonly string[]; readonly username?: string };

/** Authorization values read per request: one a realm, and nobody is in many. */
const VALUES_MAX = 4;

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #offered: typeof DIGEST_NAMES;
  readonly #nonceLifeMs: number;
  readonly #mint: NonceMint;
  readonly #counts: NonceCounts;
  /** Stands in for the HA1 of a user that is not there. */
  readonly #dummy: ReadonlyMap<DigestAlgorithm, string>;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#offered = options.algorithms?.flatMap((wanted) => DIGEST_NAMES.filter(([algorithm]) => algorithm === wanted)) ?? DIGEST_NAMES;
    this.#nonceLifeMs = options.nonceLifeMs ?? 300_000;
    this.#mint = new NonceMint(options);
    this.#counts = new NonceCounts(options.noncesMax ?? 10_000);
    const noise = options.random.bytes(32).join(".");
    this.#dummy = new Map(DIGEST_NAMES.map(([algorithm]) => [algorithm, hexDigest(options.crypto, algorithm, noise)]));
  }

  /** Nonces whose count is remembered, for /metrics. */
  get nonceCount(): number {
    return this.#counts.size;
  }

  /** The value of one WWW-Authenticate header field for each algorithm, one fresh nonce. `stale`: RFC 7616 section 3.3. */
  challenge(stale = false): readonly string[] {
    const nonce = this.#mint.issue(this.#options.clock.utcMs());
    return this.#offered.map(([, name]) => `Digest realm="${this.#options.realm}", nonce="${nonce}", algorithm=${name}, qop="auth"${stale ? ", stale=true" : ""}`);
  }

  /** Checks the Authorization of `request` for our realm. */
  verify(request: SipRequest): AuthVerdict {
    const values = request.headers.getAll("authorization").slice(0, VALUES_MAX);
    if (values.length === 0) return this.#refuse("absent");
    let malformed = false;
    for (const value of values) {
      const credentials = readCredentials(value);
      if (typeof credentials === "string") malformed = true;
      else if (credentials.realm === this.#options.realm) return this.#check(credentials, request);
    }
    return this.#refuse(malformed ? "malformed" : "absent");
  }

  #check(credentials: Credentials, request: SipRequest): AuthVerdict {
    const { username, nc, cnonce } = credentials;
    const algorithm = digestAlgorithm(credentials.algorithm);
    // What was not offered is not taken: a downgrade would undo the choice.
    if (algorithm === undefined || !this.#offered.some(([offered]) => offered === algorithm) || credentials.qop !== "auth" || nc === undefined || cnonce === undefined) return this.#refuse("malformed", username);
    const { crypto, lookup, clock } = this.#options;
    const known = lookup(username, algorithm);
    const ha1 = known ?? this.#dummy.get(algorithm)!;
    const expected = digestResponse(crypto, algorithm, { ha1, method: request.method, uri: credentials.uri, nonce: credentials.nonce, nc: nc.text, cnonce });
    const matches = crypto.equal(encoder.encode(expected), encoder.encode(credentials.response));
    const nowMs = clock.utcMs();
    const issuedMs = this.#mint.issuedMs(credentials.nonce);
    if (known === undefined || !matches || !aimsAt(credentials.uri, request)) return this.#refuse("wrong", username);
    // A clock set back makes a nonce of the future; it is as stale as an old one.
    if (issuedMs === undefined || issuedMs > nowMs || nowMs - issuedMs >= this.#nonceLifeMs) return this.#refuse("stale", username);
    this.#counts.forgetBefore(nowMs - this.#nonceLifeMs);
    if (!this.#counts.advance(credentials.nonce, issuedMs, nc.count)) return this.#refuse("stale", username);
    return { kind: "ok", username };
  }

  #refuse(why: AuthFailure, username?: string): AuthVerdict {
    const refusal = { kind: "challenge", why, challenges: this.challenge(why === "stale") } as const;
    return username === undefined ? refusal : { ...refusal, username };
  }
}

const encoder = new TextEncoder();

/**
 * RFC 7616 section 3.4.6: the digest must be for this resource. Proxies may add URI parameters (RFC 3261 section 22.4), so
 * those don't count; some clients digest the server's URI, without a user, whatever they ask of it (sipp).
 */
function aimsAt(digestUri: string, request: SipRequest): boolean {
  if (digestUri === request.rawUri) return true;
  const uri = parseUri(digestUri);
  return uri !== undefined && request.uri !== undefined && sameResource(uri, request.uri);
}

const sameResource = (a: SipUri, b: SipUri): boolean => a.scheme === b.scheme && (a.user === b.user || a.user === undefined) && a.host === b.host && (a.port ?? 5060) === (b.port ?? 5060);
