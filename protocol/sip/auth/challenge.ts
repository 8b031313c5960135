// WWW-Authenticate and Proxy-Authenticate as a client reads them: RFC 7616 section 3.3, RFC 3261 section 22, RFC 8760.
import type { DigestAlgorithm } from "../../base/crypto.js";
import { readAuthParams, type AuthParamsFault } from "./auth-params.js";
import { digestAlgorithm } from "./digest.js";

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** The password was right, the nonce too old. */
  readonly stale: boolean;
  /** As sent, "MD5" where absent; it goes back as it came. */
  readonly algorithmName: string;
  readonly algorithm: DigestAlgorithm;
  /** The algorithm ends in `-sess`. */
  readonly session: boolean;
  /** False: no qop was named, the digest is that of RFC 2069. */
  readonly qopAuth: boolean;
}

export type ChallengeFault =
  | AuthParamsFault
  | "auth.missing"
  /** Neither MD5 nor SHA-256, with or without `-sess`. */
  | "auth.algorithm"
  /** `auth-int` alone. */
  | "auth.qop";

/** One challenge; the strings are unquoted. */
export function readChallenge(value: string): Challenge | ChallengeFault {
  const params = readAuthParams(value);
  if (typeof params === "string") return params;
  const realm = params.get("realm");
  const nonce = params.get("nonce");
  if (realm === undefined || nonce === undefined) return "auth.missing";
  const algorithmName = params.get("algorithm") ?? "MD5";
  const session = /-sess$/i.test(algorithmName);
  const algorithm = digestAlgorithm(session ? algorithmName.slice(0, -"-sess".length) : algorithmName);
  if (algorithm === undefined) return "auth.algorithm";
  const qop = params.get("qop")?.toLowerCase().split(",").map((item) => item.trim());
  if (qop !== undefined && !qop.includes("auth")) return "auth.qop";
  return { realm, nonce, opaque: params.get("opaque"), stale: params.get("stale")?.toLowerCase() === "true", algorithmName, algorithm, session, qopAuth: qop !== undefined };
}
